/* The map as pictures, for a browser without WebGL 2: the server draws the same
 * map as PNG tiles, laid side by side here. The sites are found by their
 * positions, which the page has anyway. It offers what map.js offers. */
/** @import {Box, Context, LonLat, Row, State} from './types' */
import { pictureAddress } from './api.js';
import { byId, fill, h } from './dom.js';
import { siteFilter } from './filter.js';
import { stackList } from './lists.js';
import { cornerOf, fitted, fromWorld, scaleBar, tilesIn, toWorld }
  from './plane.js';
import { shownSets, switchedOn } from './rows.js';

const FIRST = 1; /* of the pictures' zooms; the web map's are one less */
const LAST = 19;
const NEAR = 13; /* pixels from a click to a site */
const STEP = 100; /* pixels that an arrow key moves */

/** What is looked at: the middle in pixels of the world at a zoom.
 * @typedef {{x: number, y: number, zoom: number}} View */

/** @param {HTMLElement} holder @param {Context} ctx */
export function createPictures(holder, ctx) {
  const { place, store } = ctx;
  const ground = h('div', { class: 'pictures' });
  const marks = h('div', { class: 'pictures' });
  const label = h('div', { class: 'map-label', hidden: true });
  const frame = h('div', { class: 'picture-frame', tabindex: '0',
    role: 'region', 'aria-label': 'Map of the sites. Arrow keys move it, ' +
      'plus and minus zoom. The list of sites holds the same.' },
  ground, marks, label);
  const note = h('p', { class: 'no-map' }, 'Drawn as pictures: this browser ' +
    'offers no WebGL 2.');
  fill(holder, frame, note);
  /** @type {Map<string, HTMLImageElement>} */
  const tiles = new Map();
  const size = () => ({ w: frame.clientWidth, h: frame.clientHeight });
  /** @type {View} */
  let view = firstView(ctx, size());
  /** @type {Row | null} */
  let hovered = null;
  let rows = switchedOn(ctx.rows, store.get());

  const screen = (/** @type {LonLat} */ p) => {
    const at = toWorld(p, view.zoom);
    const corner = cornerOf(view, size());
    return { x: at.x - corner.x, y: at.y - corner.y };
  };

  function drawTiles() {
    const s = store.get();
    const filter = siteFilter(place, s);
    const wanted = new Set();
    const corner = cornerOf(view, size());
    for (const t of tilesIn(view, size())) {
      const address = pictureAddress(place.version, t,
        filter ?? 'site_id IS NULL', s.vintage);
      wanted.add(address);
      let img = tiles.get(address);
      if (!img) {
        img = h('img', { src: address, alt: '', draggable: 'false',
          width: '256', height: '256' });
        img.addEventListener('load', settle);
        img.addEventListener('error', settle);
        tiles.set(address, img);
        ground.append(img);
      }
      img.style.transform =
        `translate(${t.left - corner.x}px, ${t.top - corner.y}px)`;
    }
    for (const [address, img] of tiles) {
      if (!wanted.has(address)) {
        img.remove();
        tiles.delete(address);
      }
    }
  }

  /** Told to the tests and to print: nothing more is coming. */
  function settle() {
    if ([...tiles.values()].every((i) => i.complete))
      holder.dataset.ready = 'true';
  }

  function drawMarks() {
    const chosen = store.get().site ?
      ctx.byId.get(/** @type {string} */ (store.get().site)) : null;
    fill(marks, ...[[hovered, 'hovered'], [chosen, 'chosen']].map(([row, c]) => {
      const point = /** @type {Row | null | undefined} */ (row)?.point;
      if (!point)
        return null;
      const at = screen(point);
      const mark = h('span', { class: `mark ${c}` });
      mark.style.transform = `translate(${at.x}px, ${at.y}px)`;
      return mark;
    }));
  }

  function draw() {
    delete holder.dataset.ready;
    drawTiles();
    drawMarks();
    settle();
    const middle = fromWorld(view, view.zoom);
    const bar = scaleBar(middle[1], view.zoom, 90);
    const line = h('div', { class: 'maplibregl-ctrl-scale' }, bar.words);
    line.style.width = `${bar.width}px`;
    fill(byId('scale'), line);
  }

  /** @param {View} to */
  function go(to) {
    const zoom = Math.min(Math.max(to.zoom, FIRST), LAST);
    const grow = 2 ** (zoom - to.zoom);
    view = { x: Math.round(to.x * grow), y: Math.round(to.y * grow), zoom };
    label.hidden = true;
    draw();
    const [lon, lat] = fromWorld(view, zoom);
    store.set({ position: { zoom: zoom - 1, lat, lon } });
  }

  /** Zoom by so many steps; what is at (x, y) of the frame stays there.
   * @param {number} steps @param {{x: number, y: number}} [at] */
  function zoomBy(steps, at = { x: size().w / 2, y: size().h / 2 }) {
    const zoom = Math.min(Math.max(view.zoom + steps, FIRST), LAST);
    const grow = 2 ** (zoom - view.zoom);
    const dx = at.x - size().w / 2;
    const dy = at.y - size().h / 2;
    go({ x: (view.x + dx) * grow - dx, y: (view.y + dy) * grow - dy, zoom });
  }

  /** The sites at a place of the frame, the nearest first.
   * @param {{x: number, y: number}} at */
  function sitesAt(at) {
    return rows.filter((r) => r.point).map((row) => {
      const p = screen(/** @type {LonLat} */ (row.point));
      return { row, p, far: Math.hypot(p.x - at.x, p.y - at.y) };
    }).filter((r) => r.far <= NEAR).sort((a, b) => a.far - b.far);
  }

  listen(frame, {
    view: () => view, go, zoomBy,
    drag(dx, dy) {
      view = { ...view, x: view.x - dx, y: view.y - dy };
      drawTiles();
      drawMarks();
    },
    point(at) {
      const [first] = at ? sitesAt(at) : [];
      frame.style.cursor = first ? 'pointer' : '';
      ctx.hover(first?.row.id ?? null);
      label.hidden = !first;
      if (!first)
        return;
      fill(label, h('strong', {}, first.row.name),
        h('span', {}, first.row.partner));
      const right = first.p.x > size().w - 230;
      label.style.transform = `translate(${Math.round(first.p.x)}px, ` +
        `${Math.round(first.p.y)}px) translate(${right ?
          'calc(-100% - 14px)' : '14px'}, -50%)`;
    },
    click(at) {
      const found = sitesAt(at);
      const stack = found.filter((f) => Math.hypot(f.p.x - found[0].p.x,
        f.p.y - found[0].p.y) < 1);
      if (stack.length > 1)
        ctx.show(stackList(stack.map((f) => f.row.id), ctx));
      else if (stack.length)
        store.set({ site: stack[0].row.id, pane: 'site' });
    },
  });
  new ResizeObserver(draw).observe(frame);
  draw();
  return {
    map: { zoomIn: () => zoomBy(1), zoomOut: () => zoomBy(-1) },
    hover: (/** @type {Row | null} */ row) => {
      hovered = row;
      drawMarks();
    },
    goTo: (/** @type {Box} */ box) => go(fitted(box, size(), 36, 16)),
    /** @param {State} now @param {State} before */
    update(now, before) {
      if (now.off !== before.off || now.hidden !== before.hidden ||
          now.vintage !== before.vintage) {
        rows = switchedOn(ctx.rows, now);
        ctx.sets = shownSets(place, now.vintage);
        draw();
      }
      if (now.site !== before.site) {
        const point = now.site ? ctx.byId.get(now.site)?.point : null;
        const at = point ? screen(point) : null;
        if (point && at && (at.x < 40 || at.y < 40 || at.x > size().w - 40 ||
            at.y > size().h - 40 || view.zoom < 13)) {
          const zoom = Math.max(view.zoom, 15);
          go({ ...toWorld(point, zoom), zoom });
        } else {
          drawMarks();
        }
      }
    },
  };
}

/** @param {Context} ctx @param {{w: number, h: number}} size @returns {View} */
function firstView({ place, store }, size) {
  const p = store.get().position;
  const box = place.focus?.bbox ?? place.extent;
  if (p) {
    const zoom = Math.min(Math.max(Math.round(p.zoom) + 1, FIRST), LAST);
    return { ...toWorld([p.lon, p.lat], zoom), zoom };
  }
  return box ? fitted(box, size, 36, LAST) : { ...toWorld([-2, 54], 6), zoom: 6 };
}

/** Pointer, wheel and keys. @param {HTMLElement} frame
 * @param {{view(): View, go(to: View): void,
 *   zoomBy(steps: number, at?: {x: number, y: number}): void,
 *   drag(dx: number, dy: number): void,
 *   point(at: {x: number, y: number} | null): void,
 *   click(at: {x: number, y: number}): void}} does */
function listen(frame, does) {
  /** @type {{x: number, y: number, moved: boolean} | null} */
  let held = null;
  const place = (/** @type {MouseEvent} */ e) => {
    const box = frame.getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  };
  frame.addEventListener('pointerdown', (e) => {
    held = { ...place(e), moved: false };
    frame.setPointerCapture(e.pointerId);
  });
  frame.addEventListener('pointermove', (e) => {
    const at = place(e);
    if (!held) {
      does.point(at);
      return;
    }
    if (!held.moved && Math.hypot(at.x - held.x, at.y - held.y) < 4)
      return;
    does.drag(at.x - held.x, at.y - held.y);
    held = { ...at, moved: true };
  });
  frame.addEventListener('pointerup', (e) => {
    if (held?.moved)
      does.go(does.view());
    else if (held)
      does.click(place(e));
    held = null;
  });
  frame.addEventListener('pointercancel', () => { held = null; });
  frame.addEventListener('pointerleave', () => does.point(null));
  frame.addEventListener('dblclick', (e) => does.zoomBy(1, place(e)));
  let last = 0;
  frame.addEventListener('wheel', (e) => {
    e.preventDefault();
    if (e.timeStamp - last > 180 && e.deltaY) {
      last = e.timeStamp;
      does.zoomBy(e.deltaY < 0 ? 1 : -1, place(e));
    }
  }, { passive: false });
  frame.addEventListener('keydown', (e) => {
    const v = does.view();
    const move = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP] })[e.key];
    if (e.ctrlKey || e.metaKey || e.altKey)
      return;
    if (move)
      does.go({ ...v, x: v.x + move[0], y: v.y + move[1] });
    else if (e.key === '+' || e.key === '=')
      does.zoomBy(1);
    else if (e.key === '-')
      does.zoomBy(-1);
    else
      return;
    e.preventDefault();
  });
}
