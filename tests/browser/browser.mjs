/* What the tests of the page share: Chromium, a page that remembers every error,
 * and a list of tests that is run in order. */
import assert from 'node:assert/strict';
import { chromium } from '../../web/node_modules/playwright-core/index.mjs';

const FLAGS = ['--no-sandbox', '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update',
  '--disable-sync'];

export const launch = (more = []) => chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [...FLAGS, ...more] });

/** A page at the address that fails a test when it logs an error, breaks the
 * policy or throws. `allow` is a pattern of what may be logged. */
export async function open(browser, address, { width = 1200, height = 760,
  allow = /^$/, before = async () => {}, map = true } = {}) {
  const context = await browser.newContext({ viewport: { width, height },
    reducedMotion: 'reduce' });
  const page = await context.newPage();
  const wrong = [];
  page.on('pageerror', (e) => wrong.push(`threw: ${e.message}`));
  page.on('console', (m) => {
    if (['error', 'warning'].includes(m.type()) && !allow.test(m.text()))
      wrong.push(`${m.type()}: ${m.text()}`);
  });
  await page.addInitScript(() => {
    globalThis.policy = [];
    globalThis.shift = 0;
    addEventListener('securitypolicyviolation', (e) =>
      globalThis.policy.push(`${e.violatedDirective} ${e.blockedURI}`));
    new PerformanceObserver((list) => {
      for (const e of list.getEntries())
        globalThis.shift += e.hadRecentInput ? 0 : e.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await before(page);
  await page.goto(address);
  await page.waitForSelector('#table tbody tr', { state: 'attached' });
  if (map)
    await page.waitForSelector('#map[data-ready]', { timeout: 30000 });
  return { page, async close() {
    const policy = await page.evaluate(() => globalThis.policy);
    await context.close();
    assert.deepEqual([...policy, ...wrong], []);
  } };
}

/** Run the tests one by one and say how it went, in TAP; only those whose name
 * holds the word ONLY, when it is set. */
export async function run(all) {
  const tests = all.filter(([name]) => name.includes(process.env.ONLY ?? ''));
  let failed = 0;
  console.log(`1..${tests.length}`);
  for (const [i, [name, test]] of tests.entries()) {
    try {
      await test();
      console.log(`ok ${i + 1} - ${name}`);
    } catch (e) {
      failed++;
      console.log(`not ok ${i + 1} - ${name}\n#   ` +
        String(e.stack ?? e).split('\n').slice(0, 12).join('\n#   '));
    }
  }
  console.log(`${tests.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}
