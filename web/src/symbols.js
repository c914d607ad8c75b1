/* The signs of the classes: each has a shape and a colour of its own, so that
 * it can be told without seeing colour. One path serves the map (canvas) and
 * the page (SVG); style.json says what they look like. */
import described from '../style.json' with { type: 'json' };
import { CLASSES } from './text.js';

const { of: ALL, box: BOX, halo: HALO, 'halo-width': HALO_WIDTH } =
  /** @type {any} */ (described.signs);
const RING = described.ring;

/** @param {number} x @param {number} y @param {number} r */
function disc(x, y, r) {
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ` +
    `${-2 * r} 0Z`;
}

/** @param {number} x @param {number} y @param {number} outer
 * @param {number} inner */
function star(x, y, outer, inner) {
  const points = Array.from({ length: 10 }, (_, i) => {
    const r = i % 2 ? inner : outer;
    const turn = Math.PI * (i / 5 - 0.5);
    return `${(x + r * Math.cos(turn)).toFixed(2)} ` +
      `${(y + r * Math.sin(turn)).toFixed(2)}`;
  });
  return `M${points.join('L')}Z`;
}

const corners = (/** @type {number[]} */ c) => `M${c.join(' ')}Z`;

/** Lines from point to point, in twos. @param {number[]} c */
const strokes = (c) => Array.from({ length: c.length / 4 }, (_, i) =>
  `M${c.slice(4 * i, 4 * i + 4).join(' ')}`).join('');

/** @param {any} s @returns {string} */
const pathOf = (s) => s.star ? star(.../** @type {[any, any, any, any]} */ (
  s.star)) : s.disc ? disc(.../** @type {[any, any, any]} */ (s.disc)) :
  s.corners ? corners(s.corners) : strokes(s.strokes);

/** Blue, teal, vermilion and greys: they differ in lightness too.
 * @type {Record<string, {path: string, fill: string, line: string,
 *   width: number, slice: string}>} */
export const SIGNS = Object.fromEntries(Object.entries(ALL).map(([c, s]) => [c,
  { ...s, path: pathOf(s) }]));

/** @param {string} name of a class */
export const signOf = (name) =>
  Object.hasOwn(SIGNS, name) ? SIGNS[name] : SIGNS[''];

const SVG = 'http://www.w3.org/2000/svg';

/** The sign for the page; what it means must stand beside it in words.
 * @param {string} name of a class */
export function signElement(name) {
  const s = signOf(name);
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', `0 0 ${BOX} ${BOX}`);
  svg.setAttribute('class', 'sign');
  svg.setAttribute('aria-hidden', 'true');
  for (const [k, v] of Object.entries({
    d: s.path, fill: s.fill, stroke: s.line, 'stroke-width': s.width,
    'stroke-linejoin': 'round', 'stroke-linecap': 'round',
  }))
    path.setAttribute(k, String(v));
  svg.append(path);
  return svg;
}

const RATIO = 3; /* pixels of an image for one of the page */

/** @param {number} size in pixels of the page */
function canvas(size) {
  const c = document.createElement('canvas');
  c.width = c.height = size * RATIO;
  const ctx = /** @type {CanvasRenderingContext2D} */ (
    c.getContext('2d', { willReadFrequently: true }));
  ctx.scale(RATIO, RATIO);
  return ctx;
}

const image = (/** @type {CanvasRenderingContext2D} */ ctx) => ({
  data: ctx.getImageData(0, 0, ctx.canvas.width, ctx.canvas.height),
  options: { pixelRatio: RATIO },
});

function signImage(/** @type {string} */ name) {
  const s = signOf(name);
  const ctx = canvas(BOX);
  const path = new Path2D(s.path);
  ctx.lineJoin = ctx.lineCap = 'round';
  ctx.strokeStyle = HALO;
  ctx.lineWidth = s.width + HALO_WIDTH;
  ctx.stroke(path);
  if (s.fill !== 'none') {
    ctx.fillStyle = s.fill;
    ctx.fill(path);
  }
  if (s.width) {
    ctx.strokeStyle = s.line;
    ctx.lineWidth = s.width;
    ctx.stroke(path);
  }
  return image(ctx);
}

/** A ring divided by class, for sites that share a place. `counts` are in the
 * order of CLASSES. @param {number[]} counts */
function ringImage(counts) {
  const total = counts.reduce((a, b) => a + b, 0) || 1;
  const r = ringRadius(total);
  const ctx = canvas(2 * r + 4);
  const at = r + 2;
  ctx.beginPath();
  ctx.arc(at, at, r + 1, 0, 2 * Math.PI);
  ctx.fillStyle = RING.face;
  ctx.fill();
  let turn = -Math.PI / 2;
  counts.forEach((n, i) => {
    if (!n)
      return;
    const end = turn + 2 * Math.PI * n / total;
    ctx.beginPath();
    ctx.arc(at, at, r - RING.band / 2, turn, end);
    ctx.strokeStyle = SIGNS[CLASSES[i]].slice;
    ctx.lineWidth = RING.band;
    ctx.stroke();
    turn = end;
  });
  return image(ctx);
}

/** In pixels of the page. @param {number} n sites */
export const ringRadius = (n) =>
  Math.round(RING.least +
    Math.min(RING.more, RING.doubling * Math.log2(Math.max(n, 1))));

/** The image of a name that the style asks for: "sign:key", or
 * "ring:1/0/2/0/0/0". @param {string} id */
export function imageNamed(id) {
  const [kind, rest] = id.split(':');
  if (kind === 'ring')
    return ringImage(rest.split('/').map(Number));
  return kind === 'sign' ? signImage(rest) : null;
}
