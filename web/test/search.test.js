import assert from 'node:assert/strict';
import { test } from 'node:test';
import { find } from '../src/search.js';
import { shownSets } from '../src/rows.js';
import { estate } from './estate.js';

const place = estate();
place.partners[0].organisations = [{ code: 'smith', name: 'Smith Trust',
  formerly: ['Old Smithy'], aliases: ['SMT', 'osm'],
  successor: { name: 'Forge Board', since: '2020-01-01', aliases: ['FB1'] } }];
const ctx = /** @type {any} */ ({ place, rows: [], store: {},
  sets: shownSets(place, null) });

test('a partner is found by every name that its bodies have or had', () => {
  for (const name of ["Smith's", 'smith trust', 'old smithy', 'smt', 'OSM',
    'Forge board', 'fb1']) {
    assert.deepEqual(find(name, ctx).map((f) => f.title), ["Smith's"], name);
  }
  assert.deepEqual(find('nobody', ctx), []);
});
