import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cornerOf, fitted, fromWorld, scaleBar, tilesIn, toWorld }
  from '../src/plane.js';

const near = (/** @type {number} */ a, /** @type {number} */ b) =>
  assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test('places go to pixels of the world and back', () => {
  for (const zoom of [0, 7, 19]) {
    for (const [lon, lat] of [[0, 0], [-2.35, 53.42], [179, -80]]) {
      const back = fromWorld(toWorld([lon, lat], zoom), zoom);
      near(back[0], lon);
      near(back[1], lat);
    }
  }
  assert.deepEqual(toWorld([0, 0], 1), { x: 256, y: 256 });
  near(toWorld([-180, 85.0511287798066], 3).y, 0);
});

test('the tiles of a frame cover it and no more', () => {
  const view = { x: 1000, y: 700, zoom: 5 };
  const size = { w: 500, h: 300 };
  const { x, y } = cornerOf(view, size);
  const tiles = tilesIn(view, size);
  for (const t of tiles) {
    assert.ok(t.left < x + size.w + 1 && t.left + 256 > x);
    assert.ok(t.top < y + size.h + 1 && t.top + 256 > y);
  }
  assert.equal(Math.min(...tiles.map((t) => t.left)) <= x, true);
  assert.equal(Math.max(...tiles.map((t) => t.left)) + 256 >= x + size.w, true);
  assert.equal(new Set(tiles.map((t) => `${t.x}/${t.y}`)).size, tiles.length);
});

test('there are no tiles beyond the edge of the world', () => {
  const tiles = tilesIn({ x: 0, y: 0, zoom: 2 }, { w: 4000, h: 4000 });
  assert.equal(tiles.length, 16);
});

test('a box is shown whole, and not smaller than it must be', () => {
  const box = /** @type {[number, number, number, number]} */ (
    [-2.4, 53.3, -2.2, 53.5]);
  const size = { w: 700, h: 500 };
  const view = fitted(box, size, 36, 18);
  const wide = (/** @type {number} */ zoom) =>
    toWorld([box[2], box[1]], zoom).x - toWorld([box[0], box[3]], zoom).x;
  const tall = (/** @type {number} */ zoom) =>
    toWorld([box[2], box[1]], zoom).y - toWorld([box[0], box[3]], zoom).y;
  assert.ok(wide(view.zoom) <= 628 && tall(view.zoom) <= 428);
  assert.ok(wide(view.zoom + 1) > 628 || tall(view.zoom + 1) > 428);
});

test('the bar is a round length that fits', () => {
  for (let zoom = 1; zoom < 20; zoom += 0.25) {
    const { width, words } = scaleBar(53, zoom, 90);
    assert.ok(width >= 45 && width <= 90, `${width} at ${zoom}`);
    assert.match(words, /^[1235]0* k?m$/);
  }
});
