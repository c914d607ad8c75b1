/* Writes the built page as C: build/web/assets.c, the table that src/http/http.h
 * names `http_assets`. The order is that of the paths, so that the same build gives
 * the same bytes. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const from = path.resolve(process.argv[2] ?? path.join(root, 'build/web/dist'));
const to = path.resolve(process.argv[3] ??
  path.join(root, 'build/web/assets.c'));

const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
});

const HASHED = /-[0-9A-Z]{8}\.\w+(\.LEGAL\.txt)?$/;

/** @param {Buffer} bytes */
function list(bytes) {
  const lines = [];
  for (let i = 0; i < bytes.length; i += 24)
    lines.push(`    ${[...bytes.subarray(i, i + 24)].join(',')},`);
  return lines.join('\n');
}

const files = fs.readdirSync(from).map((name) => ({
  name,
  path: name === 'index.html' ? '/' : `/assets/${name}`,
  bytes: fs.readFileSync(path.join(from, name)),
})).filter((f) => f.bytes.length).sort((a, b) => a.path < b.path ? -1 : 1);

const rows = files.map((f, i) => {
  const type = TYPES[path.extname(f.name)] ?? 'application/octet-stream';
  const hash = createHash('sha256').update(f.bytes).digest('hex').slice(0, 32);
  return `    { "${f.path}", "${type}", asset_${i}, sizeof asset_${i},\n` +
    `      "${hash}", ${HASHED.test(f.name)} },`;
});

fs.mkdirSync(path.dirname(to), { recursive: true });
fs.writeFileSync(to, `/* Made from web/ by web/embed.mjs: do not edit. */
#include "http/http.h"

${files.map((f, i) => `/* ${f.path} */
static const unsigned char asset_${i}[] = {
${list(f.bytes)}
};`).join('\n\n')}

const struct http_asset http_assets[] = {
${rows.join('\n')}
};

const size_t n_http_assets = ${files.length};
`);
console.log(`${files.length} files, ` +
  `${files.reduce((n, f) => n + f.bytes.length, 0)} bytes`);
