/* The page as its readers meet it. What it should say is asked of the server. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { PbfReader } from '../../web/node_modules/pbf/index.js';
import { VectorTile } from '../../web/node_modules/@mapbox/vector-tile/index.js';
import { launch, open, run } from './browser.mjs';

const base = process.argv[2];
if (!base)
  throw new Error('usage: node tests/browser/page.mjs http://127.0.0.1:8080/');
const shots = 'build/screenshots';
fs.mkdirSync(shots, { recursive: true });

const json = async (path) => (await fetch(new URL(path, base))).json();
const place = await json('/api/place');
const { features: sites } =
  await json('/ogc/collections/sites/items?limit=10000');
const located = sites.filter((s) => s.geometry);
const live = place.partners.filter((p) => p.sites > 0);
const axe = fs.readFileSync(
  new URL('../../web/node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const browser = await launch();
const plain = await launch(['--disable-3d-apis']);
const number = (text) => Number(text.replace(/[^\d]/g, ''));
const text = (page, selector) => page.locator(selector).innerText();

/** Sites at one point, by that point. */
const stacks = new Map();
for (const s of located) {
  const key = s.geometry.coordinates.join();
  stacks.set(key, [...stacks.get(key) ?? [], s]);
}

const at = (site, zoom = 17) => {
  const [lon, lat] = site.geometry.coordinates;
  return `#map=${zoom}/${lat}/${lon}`;
};

async function clickMiddle(page) {
  const box = await page.locator('#map').boundingBox();
  await page.waitForTimeout(900); /* the symbols are placed after the tiles */
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}

/** The page in a browser that has no WebGL. */
async function openPlain(hash) {
  const opened = await open(plain, base + hash, {
    allow: /WebGL|GPU|context/i });
  await opened.page.waitForSelector('.no-map');
  return opened;
}

async function checkAxe(page, what) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
      'best-practice'] }));
  assert.deepEqual(found.violations.map((v) =>
    `${what}: ${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), []);
}

const tests = [

['the map draws, without an error and within the policy', async () => {
  const { page, close } = await open(browser, base,
    { width: 1440, height: 900 });
  await page.waitForTimeout(1500);
  const colours = await page.evaluate(async () => {
    const canvas = document.querySelector('.maplibregl-canvas');
    const copy = document.createElement('canvas');
    copy.width = canvas.width;
    copy.height = canvas.height;
    const ctx = copy.getContext('2d');
    ctx.drawImage(canvas, 0, 0);
    const { data } = ctx.getImageData(0, 0, copy.width, copy.height);
    const seen = new Map();
    for (let i = 0; i < data.length; i += 4) {
      const rgb = `${data[i]},${data[i + 1]},${data[i + 2]}`;
      seen.set(rgb, (seen.get(rgb) ?? 0) + 1);
    }
    return Object.fromEntries([...seen].filter(([, n]) => n > 20));
  });
  assert.ok(Object.keys(colours).length > 20, 'it is nearly one colour');
  assert.ok(colours['43,140,131'], 'no core site is drawn');
  assert.ok(colours['11,60,111'], 'no key site is drawn');
  assert.ok(colours['138,28,74'], 'the focus has no outline');
  await page.screenshot({ path: `${shots}/map.png` });
  await close();
}],

['nothing jumps while the page loads', async () => {
  for (const width of [1440, 390]) {
    const { page, close } = await open(browser, base, { width });
    await page.waitForTimeout(800);
    const shift = await page.evaluate(() => globalThis.shift);
    assert.ok(shift < 0.05, `${width} wide: shifted by ${shift}`);
    await close();
  }
}],

['the legend holds every partner, and says which are silent', async () => {
  const { page, close } = await open(browser, base);
  const named = new Set([...place.partners.map((p) => p.name),
    ...sites.map((s) => s.properties.partner)]);
  assert.equal(await page.locator('#legend [data-partner]').count(),
    named.size);
  for (const p of place.partners) {
    const line = page.locator(`#legend [data-partner="${p.name}"]`);
    if (p.sites)
      assert.equal(number(await line.locator('.number').innerText()), p.sites);
    else
      assert.match(await line.innerText(), p.asked ?
        /not yet supplied, asked on \d+ [A-Z][a-z]+ \d{4}/ :
        /not yet supplied/);
  }
  await close();
}],

['every class has its shape, its colour and its exact count', async () => {
  const { page, close } = await open(browser, base);
  const rows = page.locator('#legend section:first-child li');
  assert.equal(await rows.count(), place.classes.length);
  const signs = await rows.locator('path').evaluateAll((all) =>
    all.map((p) => [p.getAttribute('d'), p.getAttribute('stroke')]));
  assert.equal(new Set(signs.map((s) => s[0])).size, signs.length);
  assert.equal(new Set(signs.map((s) => s[1])).size, signs.length);
  for (const [i, c] of place.classes.entries()) {
    assert.equal(number(await rows.nth(i).locator('.number').innerText()),
      c.sites);
  }
  await close();
}],

['a partner switched off leaves the map and the table', async () => {
  const { page, close } = await open(browser, base);
  const p = live[1];
  const tiles = [];
  page.on('response', (r) => {
    if (r.url().includes('/tiles/sites/') && r.ok())
      tiles.push(r);
  });
  await page.locator(`[data-partner="${p.name}"] input`).uncheck();
  await page.waitForTimeout(1500);
  assert.ok(tiles.length > 0, 'the map asked for no other tiles');
  let drawn = 0;
  for (const r of tiles) {
    const layer = new VectorTile(new PbfReader(await r.body())).layers.sites;
    for (let i = 0; layer && i < layer.length; i++) {
      assert.notEqual(layer.feature(i).properties.partner, p.name);
      drawn++;
    }
  }
  assert.ok(drawn > 0, 'the others went too');
  assert.equal(number((await text(page, '.tally')).split(' of ')[0]),
    sites.length - p.sites);
  const cells = page.locator('#table tbody td:nth-child(2)');
  assert.ok(!(await cells.allInnerTexts()).includes(p.name));
  assert.match(page.url(), /without=/);
  await close();
}],

['all partners off is an empty map and table, and back again', async () => {
  const { page, close } = await open(browser, base);
  await page.click('#legend >> text=None');
  assert.match(await text(page, '.tally'), /^0 of/);
  await page.click('#legend >> text=All');
  assert.equal(number(await text(page, '.tally')), sites.length);
  await close();
}],

['a click on a site shows its class, the reasons and the facts', async () => {
  const site = located.find((s) => s.properties.class === 'key' &&
    stacks.get(s.geometry.coordinates.join()).length === 1);
  const { page, close } = await open(browser, base + at(site));
  await clickMiddle(page);
  await page.waitForSelector('#site .verdict');
  assert.equal(await text(page, '#site h2'), site.properties.name);
  assert.match(await text(page, '#site .class'), /Key/);
  await page.click('#site .axis summary');
  assert.ok(await page.locator('#site .axis[open] tbody tr').count() > 0);
  assert.ok(await page.locator('#site .facts dt').count() > 3);
  await page.screenshot({ path: `${shots}/site.png` });
  await page.click('#site .back');
  assert.ok(await page.locator('#table').isVisible());
  await close();
}],

['a computed surplus is a candidate for the owner, in every place', async () => {
  const { page, close } = await open(browser, base);
  const said = await page.evaluate(() => document.body.innerText);
  assert.match(said, /Surplus candidate - for the owner to review/);
  assert.doesNotMatch(said, /[Ss]urplus(?! candidate - for the owner)/);
  await close();
}],

['a stack is one counted symbol that opens a list', async () => {
  const stack = [...stacks.values()].find((s) => s.length > 1);
  assert.ok(stack, 'this estate has no stack');
  const { page, close } = await open(browser, base + at(stack[0], 14));
  await clickMiddle(page);
  await page.waitForSelector('#list h2');
  assert.match(await text(page, '#list h2'),
    new RegExp(`^${stack.length} sites at one point`));
  const names = await page.locator('#list strong').allInnerTexts();
  assert.deepEqual(names.sort(), stack.map((s) => s.properties.name).sort());
  await page.screenshot({ path: `${shots}/stack.png` });
  await page.click('#list .item');
  await page.waitForSelector('#site .verdict');
  await close();
}],

['the tray counts and lists the sites without a point', async () => {
  const { page, close } = await open(browser, base);
  assert.equal(number(await text(page, '#n-tray')), place.without_point);
  await page.click('[data-open=tray]');
  assert.equal(await page.locator('#tray .item').count(), place.without_point);
  await close();
}],

['the boundaries switch, and the sites that moved are listed', async () => {
  const now = place.area_sets.find((s) => s.set === place.focus.set && s.latest);
  const old = place.area_sets.find((s) => s.set === now.set && !s.latest);
  const { page, close } = await open(browser, base);
  const asked = page.waitForRequest((r) =>
    r.url().includes(`/tiles/${old.id}/`));
  await page.click(`[data-vintage="${old.vintage}"]`);
  await asked;
  assert.equal(await page.getAttribute(`[data-vintage="${old.vintage}"]`,
    'aria-pressed'), 'true');
  assert.match(page.url(), new RegExp(`areas=${old.vintage}`));
  const moved = located.filter((s) =>
    s.properties[now.id] !== s.properties[old.id]);
  assert.equal(number(await text(page, '#moved')), moved.length);
  await page.click('#moved');
  assert.deepEqual((await page.locator('#list strong').allInnerTexts()).sort(),
    moved.map((s) => s.properties.name).sort());
  await close();
}],

['the table sorts both ways, by keyboard, and narrows', async () => {
  const { page, close } = await open(browser, base);
  const sort = page.locator('#table thead button').first();
  await sort.focus();
  await page.keyboard.press('Enter');
  const names = () => page.locator('#table .name').allInnerTexts();
  const up = await names();
  assert.equal(await page.getAttribute('#table thead th:first-child',
    'aria-sort'), 'ascending');
  await page.keyboard.press('Enter');
  assert.deepEqual(await page.getAttribute('#table thead th:first-child',
    'aria-sort'), 'descending');
  assert.notEqual((await names())[0], up[0]);
  const word = sites[5].properties.name;
  await page.fill('#narrow', word);
  await page.waitForFunction((n) => document.querySelectorAll(
    '#table tbody tr').length < n, up.length);
  assert.ok((await names()).every((n) =>
    n.toLowerCase().includes(word.toLowerCase().split(' ')[0])));
  await close();
}],

['a site is reached, opened and left with the keyboard alone', async () => {
  const { page, close } = await open(browser, base);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className),
    'skip');
  await page.keyboard.press('Enter');
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() =>
      document.activeElement.classList.contains('name')))
      break;
  }
  const outline = await page.evaluate(() =>
    getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, 'solid');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#site .verdict');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H2');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('#table').isVisible());
  await close();
}],

['the search finds by name, UPRN, postcode and partner', async () => {
  const { page, close } = await open(browser, base);
  const named = sites.find((s) => s.properties.uprn && s.properties.postcode &&
    s.geometry);
  const found = page.locator('.found button');
  await page.fill('#search', named.properties.name);
  assert.ok((await found.allInnerTexts()).some((t) =>
    t.includes(named.properties.name)));
  await page.fill('#search', String(named.properties.uprn));
  await page.keyboard.press('Enter');
  await page.waitForSelector('#site .verdict');
  await page.fill('#search', live[0].name);
  await found.filter({ hasText: 'Partner' }).first().click();
  assert.equal(number((await text(page, '.tally')).split(' of ')[0]),
    live[0].sites);
  await page.fill('#search', named.properties.postcode);
  await found.filter({ hasText: 'Within' }).click();
  await page.waitForSelector('#list h2');
  assert.match(await text(page, '#list h2'), /^Within 800 m of/);
  assert.ok(await page.locator('#list .item').count() > 0);
  await page.fill('#search', 'zzzzzz');
  assert.match(await text(page, '.found'), /Nothing is called so/);
  await close();
}],

['the address holds what is shown, and gives it back', async () => {
  const site = located[3];
  const hash = `${at(site, 14)}&without=${encodeURIComponent(live[2].name)}` +
    `&hide=core&site=${site.id}`;
  const { page, close } = await open(browser, base + hash);
  await page.waitForSelector('#site .verdict');
  assert.equal(await page.isChecked(`[data-partner="${live[2].name}"] input`),
    false);
  assert.equal(await page.isChecked('input[value=core]'), false);
  const first = page.url();
  await page.reload();
  await page.waitForSelector('#map[data-ready]');
  assert.equal(page.url(), first);
  await close();
}],

['pointing at a row or a site shows it on the other side', async () => {
  const site = located.find((s) =>
    stacks.get(s.geometry.coordinates.join()).length === 1);
  const { page, close } = await open(browser, base + at(site));
  await page.waitForTimeout(900);
  const box = await page.locator('#map').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForSelector('.map-label:not([hidden])');
  assert.match(await text(page, '.map-label'),
    new RegExp(site.properties.name.replace(/[^\w ]/g, '.')));
  assert.equal(await page.getAttribute('#table tr.hovered', 'data-id'), site.id);
  await page.fill('#narrow', site.properties.name);
  const picture = () => page.evaluate(() =>
    document.querySelector('.maplibregl-canvas').toDataURL());
  await page.hover('#narrow');
  await page.waitForTimeout(600);
  const before = await picture();
  await page.hover(`#table tr[data-id="${site.id}"]`);
  await page.waitForTimeout(600);
  assert.notEqual(await picture(), before, 'the site was not ringed');
  await close();
}],

['names with markup in them are text', async () => {
  const evil = '<img src=x onerror="globalThis.hacked=1"><b>bold</b>';
  const { page, close } = await open(browser, base, {
    before: (p) => p.route('**/items?**', async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      for (const f of body.features)
        f.properties.name = evil;
      await route.fulfill({ response: answer, json: body });
    }) });
  assert.equal(await page.locator('#table .name').first().innerText(), evil);
  assert.equal(await page.locator('#table img, #table b').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  await close();
}],

['what the server says went wrong is shown as it says it', async () => {
  const { page, close } = await open(browser, `${base}#site=nosuchsite`,
    { allow: /404/ });
  await page.waitForSelector('#site .problem');
  const { detail } = await json('/api/sites/nosuchsite/explanation');
  assert.equal(await text(page, '#site .problem'), detail);
  await close();
}],

['definitions and sources are one click away', async () => {
  const { page, close } = await open(browser, base);
  await page.click('text=What they mean');
  const said = await text(page, 'dialog');
  for (const c of place.classes.filter((d) => d.definition))
    assert.ok(said.includes(c.definition), c.class);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('dialog').isVisible(), false);
  await close();
}],

['credits follow what is shown', async () => {
  const { page, close } = await open(browser, base);
  assert.ok((await text(page, '#credits')).length > 5);
  await close();
}],

['a phone has no sideways scroll, in any pane', async () => {
  for (const width of [360, 390]) {
    const { page, close } = await open(browser, base, { width, height: 800 });
    for (const pane of ['legend', 'table', 'tray']) {
      await page.click(`[data-open=${pane}]`);
      const wide = await page.evaluate(() => [document.documentElement,
        document.body, ...document.querySelectorAll('#legend, #panes, .scroll')]
        .filter((e) => e.scrollWidth > e.clientWidth + 1)
        .map((e) => `${e.tagName}#${e.id} ${e.scrollWidth}`));
      assert.deepEqual(wide, [], `${width} wide, ${pane}`);
    }
    await page.click('[data-open=table]');
    await page.locator('#table .name').first().click();
    await page.waitForSelector('#site .verdict');
    assert.ok(await page.evaluate(() =>
      document.documentElement.scrollWidth <= innerWidth));
    await page.screenshot({ path: `${shots}/phone-${width}.png` });
    await close();
  }
}],

['axe finds nothing, in any pane, wide and narrow', async () => {
  for (const width of [1440, 390]) {
    const { page, close } = await open(browser, base, { width });
    await page.waitForTimeout(500);
    await checkAxe(page, `table ${width}`);
    for (const pane of ['tray', ...(width < 1000 ? ['legend'] : [])]) {
      await page.click(`[data-open=${pane}]`);
      await checkAxe(page, `${pane} ${width}`);
    }
    await page.click('[data-open=table]');
    await page.locator('#table .name').first().click();
    await page.waitForSelector('#site .verdict');
    await page.locator('#site .axis summary').first().click();
    await checkAxe(page, `site ${width}`);
    await page.click('#define');
    await checkAxe(page, `about ${width}`);
    await close();
  }
}],

['printed, the legend, the map and the table stay', async () => {
  const { page, close } = await open(browser, base);
  await page.emulateMedia({ media: 'print' });
  for (const s of ['#legend', '#map', '#table'])
    assert.ok(await page.locator(s).isVisible(), s);
  for (const s of ['#find', '.controls', 'nav'])
    assert.equal(await page.locator(s).isVisible(), false, s);
  await page.pdf({ path: `${shots}/print.pdf`, preferCSSPageSize: true });
  assert.equal(await page.locator('#table tbody tr').count(), sites.length);
  await close();
}],

['without WebGL the table, the tray and the reasons still work', async () => {
  const { page, close } = await openPlain('');
  assert.match(await text(page, '.no-map'), /Drawn as pictures/);
  assert.equal(number(await text(page, '.tally')), sites.length);
  await page.click('[data-open=tray]');
  assert.equal(await page.locator('#tray .item').count(), place.without_point);
  await page.click('[data-open=table]');
  await page.locator('#table .name').first().click();
  await page.waitForSelector('#site .verdict');
  await checkAxe(page, 'pictures');
  await close();
}],

['without WebGL the map is pictures that move, zoom and open sites',
  async () => {
  const alone = located.find((s) =>
    stacks.get(s.geometry.coordinates.join()).length === 1);
  const { page, close } = await openPlain(at(alone, 15));
  const sizes = await page.evaluate(() => [...document.querySelectorAll(
    '#map .pictures img')].map((i) => i.naturalWidth));
  assert.ok(sizes.length >= 4, `${sizes.length} pictures`);
  assert.ok(sizes.every((n) => n === 256), sizes.join());
  await page.screenshot({ path: `${shots}/pictures.png` });
  await clickMiddle(page);
  await page.waitForSelector('#site .verdict');
  assert.equal(await text(page, '#site h2'),
    alone.properties.name ?? 'Without a name');
  assert.equal(await page.locator('#map .mark.chosen').count(), 1);
  const view = () => page.evaluate(() =>
    /map=([\d.]+)\/([\d.-]+)\/([\d.-]+)/.exec(location.hash).slice(1)
      .map(Number));
  const [zoom, , lon] = await view();
  await page.locator('#map .picture-frame').focus();
  await page.keyboard.press('+');
  await page.keyboard.press('ArrowRight');
  const after = await view();
  assert.equal(after[0], zoom + 1);
  assert.ok(after[2] > lon, 'the arrow moves the map');
  await page.click('#farther');
  assert.equal((await view())[0], zoom);
  const box = await page.locator('#map').boundingBox();
  await page.mouse.move(box.x + 100, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 160, box.y + 230, { steps: 4 });
  await page.mouse.up();
  assert.ok((await view())[2] < after[2], 'dragging moves the map');
  await close();
}],

['without WebGL the legend switches what the pictures show', async () => {
  const stack = [...stacks.values()].find((s) => s.length > 1);
  const { page, close } = await openPlain(stack ? at(stack[0], 15) : '');
  const first = () => page.locator('#map .pictures img').first()
    .getAttribute('src');
  const before = await first();
  if (stack) {
    await clickMiddle(page);
    await page.waitForSelector('#list .item');
    assert.equal(await page.locator('#list .item').count(), stack.length);
  }
  await page.locator('#legend input[data-what=off]').first().uncheck();
  await page.waitForSelector('#map[data-ready]');
  assert.notEqual(await first(), before);
  assert.match(await first(), /filter=partner\+NOT\+IN/);
  await close();
}],

];

await run(tests);
await browser.close();
await plain.close();
