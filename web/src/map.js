/* The map: MapLibre, and what a pointer does on it. Loaded after the page, so
 * that the lists are there first, and without it where WebGL 2 is missing. */
/** @import {Box, Context, LonLat, Row, State} from './types' */
import * as maplibregl from 'maplibre-gl';
import { siteFilter } from './filter.js';
import { stackList } from './lists.js';
import { shownSets } from './rows.js';
import { mapStyle } from './style.js';
import { imageNamed } from './symbols.js';
import { count } from './text.js';
import { byId, fill, h } from './dom.js';

const still = matchMedia('(prefers-reduced-motion: reduce)');

const worker = document.querySelector('link[rel="worker"]');
if (worker instanceof HTMLLinkElement)
  maplibregl.setWorkerUrl(worker.href);

/** @param {Box} b @returns {[LonLat, LonLat]} */
const corners = (b) => [[b[0], b[1]], [b[2], b[3]]];

/** @param {Context} ctx */
function firstView({ place, store }) {
  const p = store.get().position;
  const box = place.focus?.bbox ?? place.extent;
  if (p)
    return { center: /** @type {LonLat} */ ([p.lon, p.lat]), zoom: p.zoom };
  return box ? { bounds: corners(box), fitBoundsOptions: { padding: 36 } } :
    { center: /** @type {LonLat} */ ([-2, 54]), zoom: 5 };
}

/** @param {LonLat | null | undefined} point */
const pointData = (point) => ({
  type: /** @type {const} */ ('FeatureCollection'),
  features: point ? [{ type: /** @type {const} */ ('Feature'), properties: {},
    geometry: { type: /** @type {const} */ ('Point'), coordinates: point } }] :
    [],
});

/** @param {HTMLElement} holder @param {Context} ctx */
export function createMap(holder, ctx) {
  const { place, store } = ctx;
  const style = (/** @type {State} */ s) => /** @type {any} */ (
    mapStyle(place, shownSets(place, s.vintage), siteFilter(place, s)));
  const map = new maplibregl.Map({
    container: holder, style: style(store.get()), ...firstView(ctx),
    attributionControl: false, dragRotate: false, pitchWithRotate: false,
    touchPitch: false, maxZoom: 19, fadeDuration: still.matches ? 0 : 150,
    canvasContextAttributes: { preserveDrawingBuffer: true },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  byId('scale').append(new maplibregl.ScaleControl({ maxWidth: 90 })
    .onAdd(map));
  map.getCanvas().setAttribute('aria-label',
    'Map of the sites. Arrow keys move it, plus and minus zoom. ' +
    'The list of sites holds the same.');
  map.setMissingStyleImageResolver((id) => {
    const made = imageNamed(id);
    if (made && !map.hasImage(id))
      map.addImage(id, made.data, made.options);
  });

  const mark = (/** @type {string} */ source,
    /** @type {Row | null | undefined} */ row) => {
    const s = map.getSource(source);
    if (s instanceof maplibregl.GeoJSONSource)
      s.setData(pointData(row?.point));
  };
  const chosen = (/** @type {State} */ s) =>
    mark('chosen', s.site ? ctx.byId.get(s.site) : null);

  map.on('load', () => {
    chosen(store.get());
    holder.dataset.ready = 'true';
  });
  map.on('moveend', () => {
    const c = map.getCenter();
    store.set({ position: { zoom: map.getZoom(), lat: c.lat, lon: c.lng } });
  });
  listen(map, holder, ctx);
  return {
    map,
    hover: (/** @type {Row | null} */ row) => mark('hovered', row),
    goTo: (/** @type {Box} */ box) => map.fitBounds(corners(box),
      { padding: 36, maxZoom: 15 }),
    /** @param {State} now @param {State} before */
    update(now, before) {
      if (now.off !== before.off || now.hidden !== before.hidden ||
          now.vintage !== before.vintage) {
        map.setStyle(style(now));
        map.once('styledata', () => chosen(store.get()));
      }
      if (now.site !== before.site) {
        chosen(now);
        const row = now.site ? ctx.byId.get(now.site) : null;
        if (row?.point)
          bring(map, row.point);
      }
    },
  };
}

/** Move only when the point is out of sight, or too near the edge.
 * @param {maplibregl.Map} map @param {LonLat} point */
function bring(map, point) {
  const at = map.project(point);
  const { clientWidth: w, clientHeight: hgt } = map.getContainer();
  const inside = at.x > 40 && at.y > 40 && at.x < w - 40 && at.y < hgt - 40;
  if (!inside || map.getZoom() < 12)
    map.easeTo({ center: point, zoom: Math.max(map.getZoom(), 14) });
}

const LAYERS = ['sites', 'rings', 'footprints'];

/** Pointing shows a name, a click opens: a site, a list, or a closer look.
 * @param {maplibregl.Map} map @param {HTMLElement} holder
 * @param {Context} ctx */
function listen(map, holder, ctx) {
  const label = h('div', { class: 'map-label', hidden: true });
  holder.append(label);
  const under = (/** @type {maplibregl.MapMouseEvent} */ e) => {
    const { x, y } = e.point;
    const near = 6;
    const layers = LAYERS.filter((l) => map.getLayer(l));
    const hits = map.queryRenderedFeatures(
      [[x - near, y - near], [x + near, y + near]], { layers });
    return hits.length ? hits[0] : null;
  };
  const ids = (/** @type {any} */ p) =>
    p.site_ids ? String(p.site_ids).split(';') : [];

  map.on('mousemove', (e) => {
    const hit = under(e);
    const p = /** @type {any} */ (hit?.properties ?? {});
    map.getCanvas().style.cursor = hit ? 'pointer' : '';
    ctx.hover(p.site_id ?? null);
    label.hidden = !hit;
    if (!hit)
      return;
    const title = p.count ? count(p.count, 'site') : p.name;
    fill(label, h('strong', {}, String(title || 'Without a name')),
      p.count ? null : h('span', {}, String(p.partner ?? '')));
    const right = e.point.x > holder.clientWidth - 230;
    label.style.transform = `translate(${Math.round(e.point.x)}px, ` +
      `${Math.round(e.point.y)}px) translate(${right ? 'calc(-100% - 14px)' :
        '14px'}, -50%)`;
  });
  map.on('mouseout', () => {
    label.hidden = true;
    ctx.hover(null);
  });
  map.on('click', (e) => {
    const hit = under(e);
    const p = /** @type {any} */ (hit?.properties ?? {});
    if (!hit)
      return;
    if (p.site_id) {
      ctx.store.set({ site: String(p.site_id), pane: 'site' });
    } else if (ids(p).length) {
      ctx.show(stackList(ids(p), ctx));
    } else {
      map.easeTo({ center: e.lngLat, zoom: map.getZoom() + 2 });
    }
  });
}
