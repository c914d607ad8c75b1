/* Reads a PMTiles file with the reference reader, tile by tile, and prints what
 * it found as JSON:
 *   node tests/clients/pmtiles-read.mjs FILE
 * `zooms` has, per zoom, the tiles, the sites that they stand for and the
 * number of features of each layer; `tiles` the digest of each tile's bytes. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { PbfReader } from '../../web/node_modules/pbf/index.js';
import { VectorTile } from '../../web/node_modules/@mapbox/vector-tile/index.js';
import { PMTiles, zxyToTileId, tileIdToZxy }
  from '../../web/node_modules/pmtiles/dist/esm/index.js';

const path = process.argv[2];
if (!path)
  throw new Error('usage: node tests/clients/pmtiles-read.mjs FILE');
const file = await open(path);

const source = {
  getKey: () => path,
  async getBytes(offset, length) {
    const { buffer, bytesRead } =
      await file.read(Buffer.alloc(length), 0, length, offset);
    return { data: new Uint8Array(buffer.subarray(0, bytesRead)).buffer };
  },
};

const archive = new PMTiles(source);
const header = await archive.getHeader();
const out = { header, metadata: await archive.getMetadata(), zooms: {}, tiles: {},
  leaves: 0, addressed: 0, inOrder: true };

/** Every entry of every directory, leaves followed. */
async function* entries(offset, length) {
  let last = -1;
  for (const e of await archive.cache.getDirectory(source, offset, length, header)) {
    out.inOrder = out.inOrder && e.tileId > last;
    last = e.tileId;
    if (e.runLength === 0) {
      out.leaves++;
      yield* entries(header.leafDirectoryOffset + e.offset, e.length);
    } else {
      yield e;
    }
  }
}

function read(z, bytes) {
  const zoom = out.zooms[z] ??= { tiles: 0, sites: 0, layers: {} };
  zoom.tiles++;
  for (const [name, layer] of
    Object.entries(new VectorTile(new PbfReader(bytes)).layers)) {
    zoom.layers[name] = (zoom.layers[name] ?? 0) + layer.length;
    for (let i = 0; name === 'sites' && i < layer.length; i++)
      zoom.sites += layer.feature(i).properties.count ?? 1;
  }
}

let reach = 0; /* contents come in the order of the addresses, or again */
for await (const e of entries(header.rootDirectoryOffset, header.rootDirectoryLength)) {
  out.inOrder = out.inOrder && e.offset <= reach;
  reach = Math.max(reach, e.offset + e.length);
  for (let id = e.tileId; id < e.tileId + e.runLength; id++) {
    const [z, x, y] = tileIdToZxy(id);
    if (zxyToTileId(z, x, y) !== id)
      throw new Error(`tile ${id} is not ${z}/${x}/${y}`);
    const { data } = await archive.getZxy(z, x, y);
    const bytes = new Uint8Array(data);
    out.addressed++;
    out.tiles[`${z}/${x}/${y}`] = createHash('sha256').update(bytes).digest('hex');
    read(z, bytes);
  }
}
out.reach = reach;
await file.close();
console.log(JSON.stringify(out));
