import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStore, fromHash, initialState, toHash } from '../src/state.js';

test('a state comes back from its address', () => {
  const state = { ...initialState(), vintage: '2017', words: 'old & new, 50%',
    position: { zoom: 12.5, lat: 53.45, lon: -2.3 },
    off: ['A, B & C', "O'Neill=x"], hidden: ['not-applicable'] };
  assert.deepEqual(fromHash(toHash(state)), state);
});

test('a chosen site opens its pane', () => {
  const s = fromHash('#site=abc0123');
  assert.equal(s.site, 'abc0123');
  assert.equal(s.pane, 'site');
});

test('the state at first needs no address', () => {
  assert.equal(toHash(initialState()), '');
  assert.deepEqual(fromHash(''), initialState());
});

test('broken addresses change nothing', () => {
  const broken = ['#map=1', '#map=x/y/z', '#map=99/0/0', '#map=3/91/0',
    '#site=%E0%A4', '#without=,,%', '#list=constructor', '#=&&=', '#hide'];
  for (const hash of broken)
    assert.deepEqual(fromHash(hash), initialState(), hash);
});

test('listeners hear what was and what is', () => {
  const store = createStore(initialState());
  /** @type {(string | null)[]} */
  const heard = [];
  store.on((now, before) => heard.push(before.site, now.site));
  store.set({ site: 'a' });
  store.set({ site: 'b' });
  assert.deepEqual(heard, [null, 'a', 'a', 'b']);
});
