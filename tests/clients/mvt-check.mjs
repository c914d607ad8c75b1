/* Decodes tiles with the reference reader and checks what it finds:
 *   node tests/clients/mvt-check.mjs http://127.0.0.1:8080/
 * Every layer is version 2 with unique names; the counts of sites add up at every
 * zoom; every ring is closed, its outer rings are wound as the standard says. */
import { PbfReader } from '../../web/node_modules/pbf/index.js';
import { VectorTile, classifyRings }
  from '../../web/node_modules/@mapbox/vector-tile/index.js';

const base = process.argv[2];
if (!base)
  throw new Error('usage: node tests/clients/mvt-check.mjs URL');
let passed = 0;
let failed = 0;

function check(ok, what) {
  if (ok) {
    passed++;
    return;
  }
  failed++;
  console.log(`not ok - ${what}`);
}

/** TAP: one line for a collection whose checks all held. */
async function collection(name, checks) {
  const before = [passed, failed];
  const made = await checks();
  if (failed === before[1])
    console.log(`ok - ${name}: ${passed - before[0]} checks`);
  return made;
}

const get = (path) => fetch(new URL(path, base));
const json = async (path) => (await get(path)).json();

async function tile(id, z, x, y) {
  const answer = await get(`/tiles/${id}/${z}/${x}/${y}.mvt`);
  check(answer.ok && answer.headers.get('content-type') ===
    'application/vnd.mapbox-vector-tile', `${id} ${z}/${x}/${y}: the answer`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return new VectorTile(new PbfReader(bytes)).layers;
}

/** The tiles of a zoom that touch a box. */
function* tilesOf([w, s, e, n], z) {
  const size = 2 ** z;
  const across = (lon) => Math.floor((lon + 180) / 360 * size);
  const down = (lat) => {
    const r = lat * Math.PI / 180;
    return Math.floor((1 - Math.asinh(Math.tan(r)) / Math.PI) / 2 * size);
  };
  for (let x = across(w); x <= across(e); x++) {
    for (let y = down(n); y <= down(s); y++)
      yield [z, x, y];
  }
}

const area = (ring) => ring.reduce((sum, p, i) => {
  const q = ring[(i + 1) % ring.length];
  return sum + p.x * q.y - q.x * p.y;
}, 0) / 2;

function checkPolygon(geometry, where) {
  for (const ring of geometry) {
    const [first, last] = [ring[0], ring[ring.length - 1]];
    check(ring.length >= 4 && first.x === last.x && first.y === last.y,
      `${where}: a ring that is not closed`);
    check(area(ring) !== 0, `${where}: a ring without an area`);
  }
  for (const [outer, ...holes] of classifyRings(geometry)) {
    check(area(outer) > 0, `${where}: an outer ring wound the wrong way`);
    check(holes.every((h) => area(h) < 0), `${where}: a hole wound wrongly`);
  }
}

function checkLayers(layers, where) {
  for (const [name, layer] of Object.entries(layers)) {
    check(layer.version === 2 && layer.name === name,
      `${where}: layer ${name} is version ${layer.version}`);
    check(layer.length > 0, `${where}: layer ${name} is empty`);
    for (let i = 0; i < layer.length; i++) {
      const f = layer.feature(i);
      const geometry = f.loadGeometry();
      check(geometry.flat().length > 0, `${where}: a feature without geometry`);
      if (f.type === 3)
        checkPolygon(geometry, `${where} ${name}`);
    }
  }
}

/** Every located site, once, at every zoom, of every class. */
async function checkSites(place) {
  const { features } = await json('/ogc/collections/sites/items?limit=10000');
  const located = features.filter((f) => f.geometry);
  const xy = located.map((f) => f.geometry.coordinates);
  const box = [Math.min(...xy.map((c) => c[0])), Math.min(...xy.map((c) => c[1])),
    Math.max(...xy.map((c) => c[0])), Math.max(...xy.map((c) => c[1]))];
  const key = located.filter((f) => f.properties.class === 'key').length;
  check(features.length - located.length === place.without_point,
    'sites without a point');
  for (const z of [0, 5, 8, 10, 12, 14, 15]) {
    let all = 0;
    let keys = 0;
    const ids = [];
    for (const [, x, y] of tilesOf(box, z)) {
      const layers = await tile('sites', z, x, y);
      checkLayers(layers, `sites ${z}/${x}/${y}`);
      for (let i = 0; layers.sites && i < layers.sites.length; i++) {
        const p = layers.sites.feature(i).properties;
        all += p.count ?? 1;
        keys += p.count ? p.count_key ?? 0 : Number(p.class === 'key');
        ids.push(...(p.site_ids?.split(';') ?? (p.site_id ? [p.site_id] : [])));
      }
    }
    check(all === located.length, `zoom ${z}: ${all} of ${located.length} sites`);
    check(keys === key, `zoom ${z}: ${keys} of ${key} key sites`);
    check(new Set(ids).size === ids.length, `zoom ${z}: a site twice`);
  }
  return box;
}

const place = await json('/api/place');
const box = await collection('sites', () => checkSites(place));
const others = [...place.area_sets.map((s) => s.id), ...place.layers
  .filter((l) => l.draw && l.geometry !== 'none').map((l) => l.id)];
const checkOther = async (id) => {
  const about = await json(`/tiles/${id}.json`);
  check(about.tilejson === '3.0.0' && about.tiles.length === 1 &&
    about.vector_layers.some((l) => l.id === id), `${id}: its TileJSON`);
  for (const z of [8, 11, 13]) {
    for (const [, x, y] of tilesOf(box, z)) {
      const layers = await tile(id, z, x, y);
      const known = about.vector_layers.map((l) => l.id);
      check(Object.keys(layers).every((l) => known.includes(l)),
        `${id} ${z}/${x}/${y}: a layer that its TileJSON does not name`);
      checkLayers(layers, `${id} ${z}/${x}/${y}`);
    }
  }
};
for (const id of others)
  await collection(id, () => checkOther(id));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
