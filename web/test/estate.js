/* A small invented estate for the tests of the pure modules. */
/** @import {Place, AreaSet} from '../src/types' */

/** @returns {AreaSet} */
const areas = (/** @type {string} */ id, /** @type {string} */ set,
  /** @type {string} */ vintage, /** @type {boolean} */ latest,
  /** @type {string[]} */ names) => ({
  id, set, vintage, vintage_name: null, label: 'Quarter', title: id, latest,
  n: names.length, areas: names.map((name) => ({ code: '', name,
    bbox: [0, 0, 1, 1], label: [0, 0] })) });

const partner = (/** @type {string} */ name, /** @type {number} */ sites) => ({
  name, sites, located: sites, asked: null, layers: [name.toLowerCase()],
  organisations: [] });

const layer = { kind: 'sites', draw: null, licence: 'OGL', vintage: null,
  as_of: null, illustrative: false, rows: 1, set: null };

/** @returns {Place} */
export const estate = () => ({
  title: 'Somewhere', purpose: null, contact: null, audience: 'public',
  version: '0123456789abcdef0123', as_of: '2026-01-01', extent: [0, 0, 1, 1],
  footprints: false,
  focus: { set: 'quarters', name: 'East', bbox: [0, 0, 1, 1] },
  partners: [partner("Smith's", 2), partner('Beta', 1), partner('Silent', 0)],
  area_sets: [
    areas('quarters', 'quarters', '2020', true, ['East', 'West']),
    areas('quarters-2010', 'quarters', '2010', false, ['East', 'West']),
    areas('parishes', 'parishes', '2020', true, ['A', 'B', 'C']),
    areas('town', 'town', '2020', true, ['Town']),
    { ...areas('blocks', 'blocks', '2020', true, []), n: 300 },
  ],
  layers: [
    { ...layer, id: "smith's", title: 'S', geometry: 'point',
      attribution: '(c) Smith; Shared' },
    { ...layer, id: 'beta', title: 'B', geometry: 'point',
      attribution: 'Beta; Shared' },
    { ...layer, id: 'parks', title: 'P', kind: 'context', draw: 'park',
      geometry: 'polygon', attribution: 'Parks' },
    { ...layer, id: 'unknown', title: 'U', kind: 'context', draw: 'volcano',
      geometry: 'point', attribution: 'Volcanoes' },
    { ...layer, id: 'quarters_2010', title: 'Q', kind: 'areas',
      geometry: 'polygon', attribution: 'Old', set: 'quarters',
      vintage: '2010' },
    { ...layer, id: 'quarters_2020', title: 'Q', kind: 'areas',
      geometry: 'polygon', attribution: 'New', set: 'quarters',
      vintage: '2020' },
  ],
  classes: [{ class: 'key', definition: 'Needed.', sites: 1 },
    { class: 'core', definition: null, sites: 2 }],
  not_classified_yet: 0, run: null, sites: 3, without_point: 1, accuracy: null,
});
