/* From what the server holds to the layers of the map. Pure: a place and a state
 * in, a MapLibre style out. What anything looks like is in style.json, which the
 * server's own pictures are drawn by too: here is only how MapLibre says it. */
/** @import {Layer, Place, ShownSets, StyleEntry} from './types' */
import described from '../style.json' with { type: 'json' };
import { tileAddress } from './api.js';
import { CLASSES } from './text.js';

const { colors, fonts, marks, signs } = /** @type {any} */ (described);
const ENTRIES = /** @type {StyleEntry[]} */ (
  /** @type {unknown} */ (described.layers));

const color = (/** @type {string} */ c) => colors[c] ?? c;

/** A number, or one that grows with the zoom. @param {any} v */
const byZoom = (v) => Array.isArray(v) ?
  ['interpolate', ['linear'], ['zoom'], ...v.flat()] : v;

const name = ['coalesce', ['get', 'name'], ''];

/** Only what is there. @param {Record<string, any>} o */
const given = (o) => Object.fromEntries(Object.entries(o)
  .filter(([, v]) => v !== undefined));

/* Where a large name may stand to clear the sites: the first free place, or its
 * own point when there is none. */
const places = (/** @type {number[]} */ away) => away.flatMap((d) => d ?
  ['center', [0, d], 'center', [0, -d], 'center', [d, 0],
    'center', [-d, 0]] : ['center', [0, 0]]);

const line = (/** @type {StyleEntry} */ e) => ({
  type: 'line',
  ...(e.round ? { layout: given({ 'line-join': 'round',
    'line-cap': e.round === true ? 'round' : undefined }) } : {}),
  paint: given({ 'line-color': color(e.color), 'line-opacity': byZoom(e.opacity),
    'line-width': byZoom(e.width), 'line-dasharray': e.dash,
    'line-offset': e.inside ? byZoom(/** @type {number[][]} */ (e.width)
      .map(([zoom, width]) => [zoom, width / 2])) : undefined }),
});

const circle = (/** @type {StyleEntry} */ e) => ({
  type: 'circle',
  paint: given({ 'circle-radius': byZoom(e.radius),
    'circle-color': color(e.color),
    'circle-stroke-color': e.edge && color(e.edge),
    'circle-stroke-width': byZoom(e['edge-width']) }),
});

const lettering = (/** @type {StyleEntry} */ e) => ({
  type: 'symbol',
  layout: given({
    'text-field': name, 'text-font': fonts[e.font ?? 'plain'].web,
    'text-size': byZoom(e.size), 'text-max-width': e.lines ?? 8,
    'text-padding': e.padding ?? 4,
    'text-variable-anchor-offset': e.away && places(e.away),
    'text-transform': e.capitals ? 'uppercase' : undefined,
    'text-letter-spacing': e['letter-spacing'],
    'text-allow-overlap': e.always,
    ...(e.along ? { 'symbol-placement': 'line', 'symbol-spacing': e.along,
      'text-max-angle': e.bend } : {}),
    ...(e.below ? { 'text-anchor': 'top', 'text-offset': [0, e.below] } : {}),
    ...(e.around ? { 'text-variable-anchor': ['left', 'right', 'top', 'bottom'],
      'text-radial-offset': e.around, 'text-justify': 'auto' } : {}),
  }),
  paint: given({ 'text-color': color(e.color), 'text-opacity': byZoom(e.opacity),
    'text-halo-color': color(e.halo ?? ''),
    'text-halo-width': e['halo-width'] }),
});

/** The most prominent class last, so that it lies on top. */
const ranks = () => ['match', ['get', 'class'], ...Object.entries(signs.of)
  .filter(([, s]) => /** @type {any} */ (s).rank > 1)
  .flatMap(([c, s]) => [c, /** @type {any} */ (s).rank]), 1];

const sign = (/** @type {StyleEntry} */ e) => ({
  type: 'symbol',
  layout: { 'icon-image': ['concat', 'sign:',
    ['coalesce', ['get', 'class'], '']], 'icon-size': byZoom(e.size),
  'icon-allow-overlap': true, 'icon-padding': 0, 'symbol-sort-key': ranks() },
});

const parts = ['concat', 'ring:', ...CLASSES.flatMap((c, i) => [
  ...(i ? ['/'] : []),
  ['to-string', ['coalesce', ['get', `count_${c.replace('-', '_')}`], 0]],
])];

const ring = (/** @type {StyleEntry} */ e) => ({
  type: 'symbol',
  layout: { 'icon-image': parts, 'icon-allow-overlap': true,
    'icon-padding': 0, 'text-field': ['to-string', ['get', 'count']],
    'text-font': fonts[e.font ?? 'plain'].web, 'text-size': e.size,
    'text-allow-overlap': true, 'symbol-sort-key': ['get', 'count'] },
  paint: { 'text-color': color(e.color) },
});

/** @type {Record<string, (e: StyleEntry) => any>} */
const DRAWN_AS = {
  background: (e) => ({ type: 'background',
    paint: { 'background-color': color(e.color) } }),
  fill: (e) => ({ type: 'fill', paint: given({ 'fill-color': color(e.color),
    'fill-opacity': e.opacity,
    'fill-antialias': e.crisp ? false : undefined }) }),
  line, circle, name: lettering, sign, ring,
};

/** An entry as a layer of MapLibre. @param {StyleEntry} e
 * @param {Record<string, any>} base its id, source and filter */
const layerOf = (e, base) => ({ ...base,
  ...given({ minzoom: e.minzoom, maxzoom: e.maxzoom }),
  ...DRAWN_AS[e.type](e) });

/* ---- context ---- */

const CONTEXT = ENTRIES.filter((e) => e.of === 'context');

/** Is the entry for layers of this geometry? @param {StyleEntry} e
 * @param {Layer['geometry']} geometry */
const suits = (e, geometry) =>
  e.geometry === undefined || e.geometry === geometry ||
  (e.geometry === 'shape' && geometry !== 'point') ||
  (e.geometry === 'other' && geometry !== 'polygon');

/** The layers of context that the map draws. @param {Place} place */
export const drawn = (place) => place.layers.filter((l) =>
  l.geometry !== 'none' && CONTEXT.some((e) => e.draw === l.draw));

/** From which zoom a kind of context is in sight. @param {string | null} draw */
export const firstZoom = (draw) => {
  const zooms = CONTEXT.filter((e) => e.draw === draw && e.type !== 'name')
    .map((e) => e.minzoom ?? 0);
  return zooms.length ? Math.min(...zooms) : 0;
};

/** @param {StyleEntry[]} entries of one kind of context
 * @param {Layer[]} layers */
const contextLayers = (entries, layers) => layers
  .filter((l) => l.draw === entries[0].draw)
  .flatMap((l) => entries.filter((e) => suits(e, l.geometry)).map((e) =>
    layerOf(e, { id: `base:${l.id}${e.id ? `:${e.id}` : ''}`,
      source: `base:${l.id}`, 'source-layer': l.id,
      metadata: { geometry: l.geometry } })));

/* ---- areas ---- */

/** @param {StyleEntry} e @param {ShownSets} sets @param {Place} place */
function areaLayer(e, sets, place) {
  const ground = sets.outer ?? sets.main;
  const focus = place.focus && place.focus.set === sets.main?.set ?
    place.focus.name : null;
  const inFocus = ['==', ['get', 'name'], focus ?? ''];
  const set = e.of === 'fine' ? sets.fine : e.of === 'main' ? sets.main :
    e.of === 'alone' && sets.main ? null : ground;
  if (!set || (e.part && !focus))
    return [];
  return [layerOf(e, { id: `area:${e.id}`, source: `area:${set.id}`,
    'source-layer': e.type === 'name' ? `${set.id}_labels` : set.id,
    ...(e.part ? { filter: e.part === 'focus' ? inFocus : ['!', inFocus] } :
      {}) })];
}

/* ---- sites ---- */

/** Signs of one site, rings of several, and names when there is room.
 * @param {StyleEntry} e */
const siteLayer = (e) => layerOf(e, { id: e.id, source: 'sites',
  'source-layer': 'sites', filter: e.of === 'sites' ? ['has', 'count'] :
    ['!', ['has', 'count']] });

/** The outlines that some sites have, below the signs. @param {StyleEntry} e */
const footprintLayer = (e) => layerOf(e, { id: e.id, source: 'footprints',
  'source-layer': 'footprints' });

const empty = { type: 'FeatureCollection', features: [] };

/** The site pointed at and the site chosen, drawn over all else. */
const markLayers = () => Object.keys(marks).map((id) => layerOf(
  { type: 'circle', color: 'rgba(0,0,0,0)', ...marks[id] },
  { id, source: id }));

const vector = (/** @type {string} */ address, maxzoom = 14) =>
  ({ type: 'vector', tiles: [address], maxzoom });

/** The entries in their order, those of one kind of context that follow one
 * another together: a kind is drawn layer by layer. */
const groups = () => ENTRIES.reduce((/** @type {StyleEntry[][]} */ all, e) => {
  const last = all.at(-1)?.[0];
  if (last && e.of === 'context' && last.of === 'context' &&
      last.draw === e.draw && last.type !== 'name' && e.type !== 'name')
    all.at(-1)?.push(e);
  else
    all.push([e]);
  return all;
}, []);

/** @param {Place} place @param {ShownSets} sets
 * @param {string | null} filter for the sites; null: none at all */
export function mapStyle(place, sets, filter) {
  const address = (/** @type {string} */ id, /** @type {string} */ f = '') =>
    tileAddress(place.version, id, f);
  const layers = drawn(place);
  const used = [sets.outer, sets.main, sets.fine].filter((s) => s !== null);
  const hide = (/** @type {any} */ l) => filter === null ?
    { ...l, layout: { ...l.layout, visibility: 'none' } } : l;
  const make = (/** @type {StyleEntry[]} */ group) => {
    const [e] = group;
    switch (e.of) {
      case 'paper': return [layerOf(e, { id: 'paper' })];
      case 'context': return contextLayers(group, layers);
      case 'site': case 'sites': return [hide(siteLayer(e))];
      case 'footprint':
        return place.footprints ? [hide(footprintLayer(e))] : [];
      case 'other': return []; /* in pictures of one layer alone */
      default: return areaLayer(e, sets, place);
    }
  };
  return {
    version: 8,
    sources: {
      ...Object.fromEntries(layers.map((l) =>
        [`base:${l.id}`, vector(address(l.id))])),
      ...Object.fromEntries(used.map((s) =>
        [`area:${s.id}`, vector(address(s.id))])),
      sites: vector(address('sites', filter ?? undefined), 17),
      ...(place.footprints ?
        { footprints: vector(address('footprints', filter ?? undefined), 16) } :
        {}),
      hovered: { type: 'geojson', data: empty },
      chosen: { type: 'geojson', data: empty },
    },
    layers: [...groups().flatMap(make), ...markLayers()],
  };
}
