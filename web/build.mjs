/* Builds the page into build/web/dist: one script, the map as a part that is
 * fetched after it, MapLibre's worker as a file of its own (a strict policy allows
 * no blob: worker), one style sheet. Names hold the hash of the content. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const web = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(web, process.argv[2] ?? '../build/web/dist');
const target = ['es2022', 'chrome105', 'firefox121', 'safari15.4'];
const common = { bundle: true, minify: true, target, outdir: out,
  absWorkingDir: web, logLevel: /** @type {const} */ ('warning'),
  legalComments: /** @type {const} */ ('linked') };

fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(out, { recursive: true });

const made = await esbuild.build({ ...common, format: 'esm', splitting: true,
  entryPoints: { app: 'src/main.js', style: 'src/style.css' },
  entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', metafile: true });
const worker = await esbuild.build({ ...common, format: 'esm',
  entryPoints: { worker: 'node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs' },
  entryNames: '[name]-[hash]', metafile: true });
await esbuild.build({ ...common, entryPoints: { page: 'src/page.css' } });

/** @param {{outputs: Record<string, {entryPoint?: string}>}} meta
 * @param {string} entry */
function built(meta, entry) {
  const found = Object.entries(meta.outputs)
    .find(([, o]) => o.entryPoint === entry);
  if (!found)
    throw new Error(`nothing was built from ${entry}`);
  return `/assets/${path.basename(found[0])}`;
}

const icon = fs.readFileSync(path.join(web, 'icon.svg'));
const iconName = `icon-${createHash('sha256').update(icon).digest('hex')
  .slice(0, 8).toUpperCase()}.svg`;
fs.writeFileSync(path.join(out, iconName), icon);

const names = /** @type {Record<string, string>} */ ({
  js: built(made.metafile, 'src/main.js'),
  css: built(made.metafile, 'src/style.css'),
  worker: built(worker.metafile,
    'node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs'),
  icon: `/assets/${iconName}`,
});
const page = fs.readFileSync(path.join(web, 'index.html'), 'utf8')
  .replace(/\{(\w+)\}/g, (_, name) => names[name]);
fs.writeFileSync(path.join(out, 'index.html'), page);
