/* The Web Mercator plane in pixels, tiles of 256: for the map as pictures. Pure. */
/** @import {Box, LonLat} from './types' */

const SIDE = 256;
const AROUND = 40075016.686; /* metres: the equator */

/** @typedef {{x: number, y: number}} Point */
/** @typedef {{w: number, h: number}} Size */

/** @param {LonLat} p @param {number} zoom @returns {Point} */
export function toWorld([lon, lat], zoom) {
  const side = SIDE * 2 ** zoom;
  const y = Math.asinh(Math.tan(lat * Math.PI / 180));
  return { x: (lon / 360 + 0.5) * side, y: (0.5 - y / (2 * Math.PI)) * side };
}

/** @param {Point} p @param {number} zoom @returns {LonLat} */
export function fromWorld(p, zoom) {
  const side = SIDE * 2 ** zoom;
  const y = Math.sinh((0.5 - p.y / side) * 2 * Math.PI);
  return [(p.x / side - 0.5) * 360, Math.atan(y) * 180 / Math.PI];
}

/** Where the upper left of the frame lies. @param {Point} middle
 * @param {Size} size @returns {Point} */
export const cornerOf = (middle, { w, h }) =>
  ({ x: Math.round(middle.x - w / 2), y: Math.round(middle.y - h / 2) });

/** The tiles that meet the frame. @param {Point & {zoom: number}} view
 * @param {Size} size */
export function tilesIn(view, size) {
  const corner = cornerOf(view, size);
  const last = 2 ** view.zoom - 1;
  const range = (/** @type {number} */ from, /** @type {number} */ length) =>
    [Math.max(Math.floor(from / SIDE), 0),
      Math.min(Math.floor((from + length) / SIDE), last)];
  const [x0, x1] = range(corner.x, size.w);
  const [y0, y1] = range(corner.y, size.h);
  const all = [];
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++)
      all.push({ z: view.zoom, x, y, left: x * SIDE, top: y * SIDE });
  }
  return all;
}

/** The closest view that shows all of a box. @param {Box} box
 * @param {Size} size @param {number} margin @param {number} closest */
export function fitted(box, { w, h }, margin, closest) {
  for (let zoom = closest; ; zoom--) {
    const nw = toWorld([box[0], box[3]], zoom);
    const se = toWorld([box[2], box[1]], zoom);
    if (zoom <= 1 || (se.x - nw.x <= w - 2 * margin &&
        se.y - nw.y <= h - 2 * margin))
      return { x: Math.round((nw.x + se.x) / 2),
        y: Math.round((nw.y + se.y) / 2), zoom };
  }
}

/** A round length of at most so many pixels, and what to write on it.
 * @param {number} lat @param {number} zoom @param {number} most */
export function scaleBar(lat, zoom, most) {
  const metres = AROUND * Math.cos(lat * Math.PI / 180) / (SIDE * 2 ** zoom);
  const ten = 10 ** Math.floor(Math.log10(metres * most));
  const length = [5, 3, 2, 1].map((n) => n * ten)
    .find((n) => n <= metres * most) ?? ten;
  return { width: Math.round(length / metres),
    words: length >= 1000 ? `${length / 1000} km` : `${length} m` };
}
