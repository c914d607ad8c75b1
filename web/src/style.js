/* From what the server holds to the layers of the map. Pure: a place and a state
 * in, a MapLibre style out. The base is quiet - greens, water, rails - so that the
 * sites stand out; the focus is in full tone, the other areas under a wash. */
/** @import {Layer, Place, ShownSets} from './types' */
import { tileAddress } from './api.js';
import { CLASSES } from './text.js';

export const INK = '#1c2326';
const PAPER = '#eceae4'; /* beyond the edge of the place */
const LAND = '#faf8f3';
const ACCENT = '#8a1c4a';
const HALO = 'rgba(250,248,243,0.92)';

/* The first name only says how heavy or slanted: no font is called so. */
const FAMILIES = ['Segoe UI', 'Helvetica Neue', 'Noto Sans', 'Liberation Sans',
  'DejaVu Sans Condensed', 'sans-serif'];
const PLAIN = ['Map Regular', ...FAMILIES];
const STRONG = ['Map SemiBold', ...FAMILIES];
const SLANTED = ['Map Italic', 'Palatino Linotype', 'Palatino', 'Georgia',
  'DejaVu Serif Condensed', 'serif'];

const byZoom = (/** @type {number[]} */ ...stops) =>
  ['interpolate', ['linear'], ['zoom'], ...stops];

const name = ['coalesce', ['get', 'name'], ''];

/** @param {string} size of `size` @param {string[]} font
 * @param {any} [more] */
const lettering = (size, font, more = {}) => ({
  'text-field': name, 'text-font': font, 'text-size': size,
  'text-max-width': 8, 'text-padding': 4, ...more,
});

/** How each kind of context is drawn, lowest first.
 * @type {[string, (base: any) => any[]][]} */
const BASE = [
  ['park', (base) => [
    { ...base, type: 'fill', paint: { 'fill-color': '#e4ecd6' } },
  ]],
  ['wood', (base) => [
    { ...base, type: 'fill', paint: { 'fill-color': '#d3e0c3' } },
  ]],
  ['heritage', (base) => base.metadata.geometry === 'point' ? [
    { ...base, type: 'circle', minzoom: 14,
      paint: { 'circle-radius': byZoom(14, 1.2, 17, 3),
        'circle-color': '#b79a6b' } },
  ] : [
    { ...base, type: 'fill', minzoom: 12,
      paint: { 'fill-color': '#c9a56f', 'fill-opacity': 0.08 } },
    { ...base, id: `${base.id}:edge`, type: 'line', minzoom: 12,
      paint: { 'line-color': '#a98a5c', 'line-opacity': 0.6,
        'line-dasharray': [1, 2], 'line-width': 1 } },
  ]],
  ['water', (base) => [
    { ...base, type: base.metadata.geometry === 'polygon' ? 'fill' : 'line',
      ...(base.metadata.geometry === 'polygon' ?
        { paint: { 'fill-color': '#bcd5e2' } } :
        { layout: { 'line-cap': 'round', 'line-join': 'round' },
          paint: { 'line-color': '#a9cadb',
            'line-width': byZoom(9, 0.8, 13, 2, 16, 5) } }) },
  ]],
  ['road', (base) => [
    { ...base, type: 'line',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': '#cfc9bc',
        'line-width': byZoom(10, 0.6, 13, 2.2, 16, 6) } },
    { ...base, id: `${base.id}:top`, type: 'line', minzoom: 13,
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': '#ffffff',
        'line-width': byZoom(13, 1, 16, 4.4) } },
  ]],
  ['rail', (base) => [
    { ...base, type: 'line',
      paint: { 'line-color': '#a7a5a0',
        'line-width': byZoom(9, 0.6, 13, 1.2, 16, 1.8) } },
    { ...base, id: `${base.id}:ties`, type: 'line', minzoom: 12,
      paint: { 'line-color': '#b4b1ab', 'line-dasharray': [0.3, 3],
        'line-width': byZoom(12, 3, 16, 6) } },
  ]],
  ['stop', (base) => [
    { ...base, type: 'circle', minzoom: 14,
      paint: { 'circle-radius': byZoom(14, 1.2, 17, 3),
        'circle-color': '#b3b0a8' } },
  ]],
  ['station', (base) => [
    { ...base, type: 'circle', minzoom: 10.5,
      paint: { 'circle-radius': byZoom(10.5, 1.6, 15, 4),
        'circle-color': '#ffffff', 'circle-stroke-color': '#77756f',
        'circle-stroke-width': byZoom(10.5, 0.9, 15, 1.6) } },
  ]],
];

/** Names of the context, above all of its shapes. @type {Record<string, any>} */
const BASE_NAMES = {
  station: { minzoom: 13, layout: lettering(/** @type {any} */ (10.5), PLAIN, {
    'text-anchor': 'top', 'text-offset': [0, 0.5] }),
    paint: { 'text-color': '#5d5b56', 'text-halo-color': HALO,
      'text-halo-width': 1.4 } },
  water: { minzoom: 12.5, layout: lettering(/** @type {any} */ (11), SLANTED, {
    'symbol-placement': 'line', 'symbol-spacing': 420,
    'text-max-angle': 30 }),
    paint: { 'text-color': '#4f7f99', 'text-halo-color': HALO,
      'text-halo-width': 1.2 } },
  park: { minzoom: 13.5, layout: lettering(/** @type {any} */ (10.5), SLANTED),
    paint: { 'text-color': '#5a7344', 'text-halo-color': HALO,
      'text-halo-width': 1.2 } },
};

/** The layers of context that the map draws. @param {Place} place */
export const drawn = (place) => place.layers.filter((l) =>
  l.geometry !== 'none' && BASE.some(([draw]) => draw === l.draw));

/** From which zoom a kind of context is in sight. @param {string | null} draw */
export const firstZoom = (draw) =>
  draw === 'stop' ? 14 : draw === 'heritage' ? 12 : draw === 'station' ? 10.5 :
    0;

/** @param {Layer} l */
const baseSource = (l) => ({
  id: `base:${l.id}`, source: `base:${l.id}`, 'source-layer': l.id,
  metadata: { geometry: l.geometry },
});

/** @param {Layer[]} layers */
function baseLayers(layers) {
  const shapes = BASE.flatMap(([draw, make]) =>
    layers.filter((l) => l.draw === draw).flatMap((l) => make(baseSource(l))));
  const names = ['park', 'water', 'station'].flatMap((draw) =>
    layers.filter((l) => l.draw === draw &&
      !(draw === 'water' && l.geometry !== 'line')).map((l) => ({
      ...baseSource(l), id: `base:${l.id}:names`, type: 'symbol',
      ...BASE_NAMES[draw] })));
  return { shapes, names };
}

/** @param {string} set @param {string} role */
const areaSource = (set, role) => ({
  id: `area:${role}`, source: `area:${set}`, 'source-layer': set,
});

/** @param {ShownSets} sets @param {Place} place */
function areaLayers(sets, place) {
  const focus = place.focus && place.focus.set === sets.main?.set ?
    place.focus.name : null;
  const inFocus = ['==', ['get', 'name'], focus ?? ''];
  const ground = sets.outer ?? sets.main;
  const below = ground ? [{ ...areaSource(ground.id, 'ground'), type: 'fill',
    paint: { 'fill-color': LAND, 'fill-antialias': false } }] : [];
  const above = [];
  if (sets.fine) {
    above.push({ ...areaSource(sets.fine.id, 'fine'), type: 'line',
      minzoom: 11, paint: { 'line-color': '#8f8b83',
        'line-opacity': byZoom(11, 0.25, 13, 0.6), 'line-width': 0.8,
        'line-dasharray': [3, 2] } });
  }
  if (sets.main) {
    const main = sets.main.id;
    if (focus) {
      above.push({ ...areaSource(main, 'wash'), type: 'fill',
        filter: ['!', inFocus],
        paint: { 'fill-color': PAPER, 'fill-opacity': 0.5 } });
    }
    above.push({ ...areaSource(main, 'main'), type: 'line',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': '#6d6a64',
        'line-width': byZoom(9, 0.8, 14, 1.6) } });
    if (focus) {
      above.push({ ...areaSource(main, 'focus-band'), type: 'line',
        filter: inFocus, layout: { 'line-join': 'round' },
        paint: { 'line-color': ACCENT, 'line-opacity': 0.13,
          'line-width': byZoom(9, 3, 14, 8),
          'line-offset': byZoom(9, 1.5, 14, 4) } });
      above.push({ ...areaSource(main, 'focus'), type: 'line',
        filter: inFocus, layout: { 'line-join': 'round' },
        paint: { 'line-color': ACCENT,
          'line-width': byZoom(9, 1.2, 14, 2) } });
    }
  } else if (ground) {
    above.push({ ...areaSource(ground.id, 'main'), type: 'line',
      paint: { 'line-color': '#6d6a64', 'line-width': 1.2 } });
  }
  return { below, above };
}

/* Where a large name may stand to clear the sites: the first free place, or its
 * own point when there is none. */
const AWAY = [0, 0.9, 1.8, 2.6].flatMap((d) => d ?
  ['center', [0, d], 'center', [0, -d], 'center', [d, 0],
    'center', [-d, 0]] : ['center', [0, 0]]);

/** @param {ShownSets} sets */
function areaNames(sets) {
  const names = [];
  if (sets.fine) {
    names.push({ ...areaSource(sets.fine.id, 'fine-names'), type: 'symbol',
      'source-layer': `${sets.fine.id}_labels`, minzoom: 11.2,
      layout: lettering(/** @type {any} */ (byZoom(11, 10, 14, 12.5)), PLAIN,
        { 'text-padding': 3, 'text-variable-anchor-offset': AWAY }),
      paint: { 'text-color': '#5e5b55', 'text-halo-color': HALO,
        'text-halo-width': 1.6 } });
  }
  if (sets.main) {
    names.push({ ...areaSource(sets.main.id, 'main-names'), type: 'symbol',
      'source-layer': `${sets.main.id}_labels`, maxzoom: 14.5,
      layout: lettering(/** @type {any} */ (byZoom(9, 11, 11, 14, 14, 19)),
        STRONG, { 'text-transform': 'uppercase', 'text-letter-spacing': 0.22,
          'text-allow-overlap': true, 'text-padding': 3,
          'text-variable-anchor-offset': AWAY }),
      paint: { 'text-color': '#44423d', 'text-opacity': byZoom(13, 0.9, 14.5, 0),
        'text-halo-color': HALO, 'text-halo-width': 2 } });
  }
  return names;
}

const ring = ['concat', 'ring:', ...CLASSES.flatMap((c, i) => [
  ...(i ? ['/'] : []),
  ['to-string', ['coalesce', ['get', `count_${c.replace('-', '_')}`], 0]],
])];

const SITES = { source: 'sites', 'source-layer': 'sites' };

/** Signs of one site, rings of several, and names when there is room. */
function siteLayers() {
  return [
    { id: 'sites:names', ...SITES, type: 'symbol', minzoom: 14.5,
      filter: ['!', ['has', 'count']],
      layout: lettering(/** @type {any} */ (11), PLAIN, {
        'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
        'text-radial-offset': 1.35, 'text-justify': 'auto',
        'text-max-width': 10 }),
      paint: { 'text-color': INK, 'text-halo-color': 'rgba(255,255,255,0.95)',
        'text-halo-width': 1.5 } },
    { id: 'sites', ...SITES, type: 'symbol',
      filter: ['!', ['has', 'count']],
      layout: { 'icon-image': ['concat', 'sign:',
        ['coalesce', ['get', 'class'], '']],
      'icon-size': byZoom(9, 0.6, 12, 0.78, 15, 1),
      'icon-allow-overlap': true, 'icon-padding': 0,
      'symbol-sort-key': ['match', ['get', 'class'], 'key', 5, 'surplus', 4,
        'in-review', 4, 'core', 3, 'unclassified', 2, 1] } },
    { id: 'rings', ...SITES, type: 'symbol', filter: ['has', 'count'],
      layout: { 'icon-image': ring, 'icon-allow-overlap': true,
        'icon-padding': 0, 'text-field': ['to-string', ['get', 'count']],
        'text-font': STRONG, 'text-size': 11, 'text-allow-overlap': true,
        'symbol-sort-key': ['get', 'count'] },
      paint: { 'text-color': INK } },
  ];
}

const empty = { type: 'FeatureCollection', features: [] };

/** The site pointed at and the site chosen, drawn over all else. */
function markLayers() {
  const circle = (/** @type {string} */ id, /** @type {any} */ paint) => ({
    id, source: id, type: 'circle', paint: { 'circle-radius': 15,
      'circle-color': 'rgba(0,0,0,0)', ...paint } });
  return [
    circle('hovered', { 'circle-stroke-color': INK,
      'circle-stroke-width': 1.5, 'circle-radius': 13 }),
    circle('chosen', { 'circle-stroke-color': ACCENT,
      'circle-stroke-width': 3 }),
  ];
}

const vector = (/** @type {string} */ address, maxzoom = 14) =>
  ({ type: 'vector', tiles: [address], maxzoom });

/** @param {Place} place @param {ShownSets} sets
 * @param {string | null} filter for the sites; null: none at all */
export function mapStyle(place, sets, filter) {
  const address = (/** @type {string} */ id, /** @type {string} */ f = '') =>
    tileAddress(place.version, id, f);
  const layers = drawn(place);
  const base = baseLayers(layers);
  const areas = areaLayers(sets, place);
  const used = [sets.outer, sets.main, sets.fine].filter((s) => s !== null);
  const hide = (/** @type {any} */ l) => filter === null ?
    { ...l, layout: { ...l.layout, visibility: 'none' } } : l;
  return {
    version: 8,
    sources: {
      ...Object.fromEntries(layers.map((l) =>
        [`base:${l.id}`, vector(address(l.id))])),
      ...Object.fromEntries(used.map((s) =>
        [`area:${s.id}`, vector(address(s.id))])),
      sites: vector(address('sites', filter ?? undefined), 17),
      hovered: { type: 'geojson', data: empty },
      chosen: { type: 'geojson', data: empty },
    },
    layers: [
      { id: 'paper', type: 'background',
        paint: { 'background-color': PAPER } },
      ...areas.below, ...base.shapes, ...areas.above, ...base.names,
      ...areaNames(sets), ...siteLayers().map(hide), ...markLayers(),
    ],
  };
}
