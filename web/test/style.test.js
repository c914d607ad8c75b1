import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { shownSets } from '../src/rows.js';
import { mapStyle } from '../src/style.js';
import { SIGNS } from '../src/symbols.js';
import { CLASSES } from '../src/text.js';
import { estate } from './estate.js';

const place = estate();
const make = (/** @type {string | null} */ filter, p = place) =>
  /** @type {any} */ (mapStyle(p, shownSets(p, null), filter));

test('the style is sound by the style specification', () => {
  const bare = { ...place, area_sets: [], focus: null, layers: [] };
  const outlined = { ...place, footprints: true };
  for (const style of [make(''), make(null), make("class IN ('key')", bare),
    make('', outlined)]) {
    for (const s of Object.values(style.sources)) {
      if (s.tiles)
        s.tiles = s.tiles.map((/** @type {string} */ t) => `http://x${t}`);
    }
    assert.deepEqual(validateStyleMin(style), []);
  }
});

test('layers of an unknown kind are not drawn', () => {
  const ids = make('').layers.map((/** @type {any} */ l) => l.id);
  assert.ok(ids.includes('base:parks'));
  assert.ok(!ids.some((/** @type {string} */ id) => id.includes('unknown')));
});

test('the sites are drawn above everything but the marks', () => {
  const ids = make('').layers.map((/** @type {any} */ l) => l.id);
  assert.deepEqual(ids.slice(-5),
    ['sites:names', 'sites', 'rings', 'hovered', 'chosen']);
});

test('footprints lie below the signs, filtered as they are', () => {
  const style = make("class = 'key'", { ...place, footprints: true });
  const ids = style.layers.map((/** @type {any} */ l) => l.id);
  assert.ok(ids.includes('footprints'));
  assert.ok(ids.indexOf('footprints') < ids.indexOf('area:main'));
  assert.match(style.sources.footprints.tiles[0], /filter=class/);
  assert.equal(make('').sources.footprints, undefined);
});

test('a filter and the version are in the address of the tiles', () => {
  const tiles = make("partner IN ('A & B')").sources.sites.tiles[0];
  assert.match(tiles, /\?v=0123456789abcdef&filter=partner%20IN/);
  assert.ok(!tiles.includes('A & B'));
});

test('every class has a shape and a colour of its own', () => {
  const signs = CLASSES.map((c) => SIGNS[c]);
  assert.equal(new Set(signs.map((s) => s.path)).size, CLASSES.length);
  assert.equal(signs.filter((s) => !s).length, 0);
});
