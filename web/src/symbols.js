/* The signs of the classes: each has a shape and a colour of its own, so that
 * it can be told without seeing colour. One path serves the map (canvas) and
 * the page (SVG). Nothing is loaded. */
import { CLASSES } from './text.js';

/** Blue, teal, vermilion and greys: they differ in lightness too.
 * @type {Record<string, {path: string, fill: string, line: string,
 *   width: number}>} */
export const SIGNS = {
  key: sign(star(12, 12, 9.5, 4.3), '#0b3c6f', '#0b3c6f', 0),
  core: sign(disc(12, 12, 6.2), '#2b8c83', '#2b8c83', 0),
  surplus: sign('M12 3.6 20.4 19H3.6Z', '#cf5514', '#cf5514', 0),
  'in-review': sign('M12 5.2 19 18.2H5Z', '#ffffff', '#cf5514', 2.4),
  unclassified: sign('M6.8 6.8h10.4v10.4H6.8Z', '#ffffff', '#5a5f66', 2),
  'not-applicable': sign('M8 8 16 16M16 8 8 16', 'none', '#7b8086', 2.6),
};

const NO_CLASS = sign(disc(12, 12, 5), '#ffffff', '#5a5f66', 1.6);

/** @param {string} path @param {string} fill @param {string} line
 * @param {number} width */
function sign(path, fill, line, width) {
  return { path, fill, line, width };
}

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

/** @param {string} name of a class */
export const signOf = (name) =>
  Object.hasOwn(SIGNS, name) ? SIGNS[name] : NO_CLASS;

const SVG = 'http://www.w3.org/2000/svg';

/** The sign for the page; what it means must stand beside it in words.
 * @param {string} name of a class */
export function signElement(name) {
  const s = signOf(name);
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
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
  const ctx = canvas(24);
  const path = new Path2D(s.path);
  ctx.lineJoin = ctx.lineCap = 'round';
  ctx.strokeStyle = '#ffffff';
  ctx.lineWidth = s.width + 3.2;
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

/** What a slice of a ring looks like: hollow classes keep their outline's
 * colour, lighter. */
const SLICE = /** @type {Record<string, string>} */ ({
  key: '#0b3c6f', core: '#2b8c83', surplus: '#cf5514', 'in-review': '#e89a6a',
  unclassified: '#8b9097', 'not-applicable': '#cfd2d4',
});

/** A ring divided by class, for sites that share a place. `counts` are in the
 * order of CLASSES. @param {number[]} counts */
function ringImage(counts) {
  const total = counts.reduce((a, b) => a + b, 0) || 1;
  const r = ringRadius(total);
  const ctx = canvas(2 * r + 4);
  const at = r + 2;
  ctx.beginPath();
  ctx.arc(at, at, r + 1, 0, 2 * Math.PI);
  ctx.fillStyle = '#ffffff';
  ctx.fill();
  let turn = -Math.PI / 2;
  counts.forEach((n, i) => {
    if (!n)
      return;
    const end = turn + 2 * Math.PI * n / total;
    ctx.beginPath();
    ctx.arc(at, at, r - 2, turn, end);
    ctx.strokeStyle = SLICE[CLASSES[i]];
    ctx.lineWidth = 4;
    ctx.stroke();
    turn = end;
  });
  return image(ctx);
}

/** In pixels of the page. @param {number} n sites */
export const ringRadius = (n) =>
  Math.round(10 + Math.min(12, 2.1 * Math.log2(Math.max(n, 1))));

/** The image of a name that the style asks for: "sign:key", or
 * "ring:1/0/2/0/0/0". @param {string} id */
export function imageNamed(id) {
  const [kind, rest] = id.split(':');
  if (kind === 'ring')
    return ringImage(rest.split('/').map(Number));
  return kind === 'sign' ? signImage(rest) : null;
}
