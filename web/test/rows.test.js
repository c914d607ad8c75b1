import assert from 'node:assert/strict';
import { test } from 'node:test';
import { siteFilter } from '../src/filter.js';
import { credits, layersShown } from '../src/credits.js';
import { moved, narrowed, shownSets, sorted, switchedOn, toRow,
  unnamedPartners, wantedProperties } from '../src/rows.js';
import { initialState } from '../src/state.js';
import { estate } from './estate.js';

const place = estate();
const sets = shownSets(place, null);

const row = (/** @type {string} */ id, /** @type {any} */ properties,
  /** @type {any} */ geometry = null) =>
  toRow({ id, geometry, properties }, place.area_sets, sets.main);

const rows = [
  row('1', { name: 'Zoo', partner: "Smith's", class: 'core', quarters: 'East',
    'quarters-2010': 'West', postcode: 'AB1 2CD' },
  { type: 'Point', coordinates: [0, 0] }),
  row('2', { name: 'Hall 10', partner: 'Beta', class: 'key',
    quarters: 'East', 'quarters-2010': 'East' }),
  row('3', { name: 'Hall 9', partner: "Smith's", class: 'core', uprn: 100012,
    quarters: 'West',
    'quarters.certainty': 'no point' }),
];
const names = (/** @type {any[]} */ list) =>
  list.map((/** @type {any} */ r) => r.name);

test('the focus is in the main set; a finer one and the edge go with it', () => {
  assert.equal(sets.main?.id, 'quarters');
  assert.equal(sets.fine?.id, 'parishes');
  assert.equal(sets.outer?.id, 'town');
});

test('an older vintage is used where there is one', () => {
  const old = shownSets(place, '2010');
  assert.equal(old.main?.id, 'quarters-2010');
  assert.equal(old.fine?.id, 'parishes');
});

test('an estate without areas has none to show', () => {
  const bare = shownSets({ ...place, area_sets: [], focus: null }, null);
  assert.deepEqual(bare, { main: null, fine: null, outer: null });
});

test('only properties that the estate has are asked for', () => {
  const known = { name: {}, quarters: {}, 'quarters.certainty': {},
    'quarters-2010': {}, condition: {} };
  assert.deepEqual(wantedProperties(known, place.area_sets).sort(),
    ['name', 'quarters', 'quarters-2010', 'quarters.certainty']);
});

test('a row is found by any of its words, spaces or not', () => {
  assert.deepEqual(names(narrowed(rows, 'ab12cd')), ['Zoo']);
  assert.deepEqual(names(narrowed(rows, 'smith 1000')), ['Hall 9']);
  assert.deepEqual(names(narrowed(rows, '')), names(rows));
  assert.deepEqual(narrowed(rows, 'zoo beta'), []);
});

test('sorting is by class order, by natural number, and both ways', () => {
  assert.deepEqual(names(sorted(rows, 'name', false, sets)),
    ['Hall 9', 'Hall 10', 'Zoo']);
  assert.deepEqual(names(sorted(rows, 'name', true, sets)),
    ['Zoo', 'Hall 10', 'Hall 9']);
  assert.deepEqual(names(sorted(rows, 'class', false, sets)),
    ['Hall 10', 'Hall 9', 'Zoo']);
});

test('what is switched off is gone', () => {
  const state = { ...initialState(), off: ["Smith's"] };
  assert.deepEqual(names(switchedOn(rows, state)), ['Hall 10']);
  assert.deepEqual(switchedOn(rows, { ...state, hidden: ['key'] }), []);
});

test('owners that the legend does not name are added to it', () => {
  const more = [...rows, row('4', { partner: 'Zed' }), row('5', {})];
  const added = unnamedPartners(more, place.partners);
  assert.deepEqual(added.map((p) => [p.name, p.sites, p.located]),
    [['Zed', 1, 0]]);
  assert.deepEqual(unnamedPartners(rows, place.partners), []);
});

test('the sites that moved say from where to where', () => {
  const list = moved(rows, place.area_sets[0], place.area_sets[1]);
  assert.deepEqual(list.map((m) => [m.row.name, m.from, m.to]),
    [['Zoo', 'West', 'East']]);
});

test('filters quote what people type, and say nothing when all is on', () => {
  const state = initialState();
  assert.equal(siteFilter(place, state), '');
  assert.equal(siteFilter(place, { ...state, off: ['Beta'] }),
    "partner NOT IN ('Beta')");
  assert.equal(siteFilter(place, { ...state, off: ["Smith's", 'No such'],
    hidden: ['core'] }), "partner NOT IN ('Smith''s') AND class NOT IN ('core')");
  assert.equal(siteFilter({ ...place, not_classified_yet: 1 },
    { ...state, hidden: ['key'] }),
  "(class IS NULL OR class NOT IN ('key'))");
  assert.equal(siteFilter(place, { ...state, off: ['Beta', "Smith's"] }), null);
  assert.equal(siteFilter(place, { ...state, hidden: ['key', 'core'] }), null);
});

test('credits are those of what is shown, each said once', () => {
  const state = initialState();
  assert.deepEqual(credits(layersShown(place, state)),
    ['\u00a9 Smith', 'Shared', 'Beta', 'Parks', 'New']);
  assert.deepEqual(credits(layersShown(place,
    { ...state, off: ["Smith's"], vintage: '2010' })),
  ['Beta', 'Shared', 'Parks', 'Old']);
});
