/* The page: fetch, build the parts, let them hear of every change. */
/** @import {Context, Place, Row, State} from './types' */
import { ServerError, getPlace, getProperties, getSites } from './api.js';
import { createAbout } from './about.js';
import { credits, layersShown } from './credits.js';
import { byId, fill, h } from './dom.js';
import { createLegend } from './legend.js';
import { createTray, showList } from './lists.js';
import { createPanel } from './panel.js';
import { createPictures } from './pictures.js';
import { shownSets, toRow, unnamedPartners, wantedProperties }
  from './rows.js';
import { createSearch } from './search.js';
import { createStore, fromHash, toHash } from './state.js';
import { createTable } from './table.js';
import { audienceWords, numberWords } from './text.js';

const narrow = matchMedia('(max-width: 1099px)');

/** @param {Place} place @param {Row[]} rows */
function drawHeader(place, rows) {
  const badge = (/** @type {string} */ text, /** @type {string} */ title) =>
    h('span', { class: 'badge', title }, text);
  document.title = `${place.title} - land and buildings`;
  byId('title').textContent = place.title;
  byId('purpose').textContent = place.purpose ?? '';
  const sites = place.layers.filter((l) => l.kind === 'sites' && l.rows > 0);
  const drawn = sites.filter((l) => l.illustrative);
  fill(byId('badges'),
    drawn.length ? badge(drawn.length === sites.length ? 'Illustrative' :
      'Partly illustrative', 'Invented or drawn by hand: ' +
      drawn.map((l) => l.title).join(', ')) : null,
    rows.some((r) => r.status === 'provisional') ?
      badge('Provisional', 'Computed classes that nobody has agreed yet') :
      null,
    badge(audienceWords(place.audience), 'Who may see what is shown here'));
}

/** Which pane is in front, and that alone. @param {State} s */
function showPane(s) {
  document.body.dataset.pane = s.pane;
  for (const b of document.querySelectorAll('[data-open]')) {
    const open = b instanceof HTMLElement && b.dataset.open === s.pane;
    b.setAttribute('aria-pressed', String(open));
  }
  if (s.pane === 'site' || s.pane === 'list')
    document.body.classList.remove('small');
  for (const pane of ['table', 'tray', 'list', 'site'])
    byId(pane).hidden = s.pane !== pane &&
      !(s.pane === 'legend' && pane === 'table');
}

/** @param {Place} place @param {State} state */
function drawCredits(place, state) {
  const all = credits(layersShown(place, state));
  byId('credits').textContent = all.length ? `Data: ${all.join(', ')}` : '';
}

/** @param {Context} ctx */
async function startMap(ctx) {
  const holder = byId('map');
  try {
    const { createMap } = await import('./map.js');
    return createMap(holder, ctx);
  } catch (e) {
    console.info('the map as pictures:', e instanceof Error ? e.message : e);
    return createPictures(holder, ctx);
  }
}

/** The buttons of the page itself. @param {Context} ctx */
function wireButtons({ store }) {
  for (const b of document.querySelectorAll('[data-open]')) {
    b.addEventListener('click', () => {
      const pane = /** @type {State['pane']} */ (
        /** @type {HTMLElement} */ (b).dataset.open);
      store.set({ pane, site: pane === 'site' ? store.get().site : null });
      document.body.classList.remove('small');
    });
  }
  byId('sheet').addEventListener('click', () => {
    const size = document.body.classList.contains('small') ? '' :
      document.body.classList.contains('tall') ? 'small' : 'tall';
    document.body.classList.remove('small', 'tall');
    if (size)
      document.body.classList.add(size);
  });
}

/** @param {Context} ctx */
async function startParts(ctx) {
  const { place, store, rows } = ctx;
  const define = createAbout(/** @type {HTMLDialogElement} */ (byId('about')),
    ctx);
  byId('define').addEventListener('click', define);
  const table = createTable(byId('table'), ctx);
  const parts = [table, createTray(byId('tray'), ctx),
    createLegend(byId('legend'), ctx, define),
    createPanel(byId('site'), ctx)];
  createSearch(byId('find'), ctx);
  wireButtons(ctx);
  ctx.show = (list) => {
    showList(byId('list'), ctx, list);
    store.set({ pane: 'list', site: null });
  };
  byId('n-sites').textContent = numberWords(rows.length);
  byId('n-tray').textContent = numberWords(place.without_point);
  store.on((now, before) => {
    ctx.sets = shownSets(place, now.vintage);
    for (const p of parts)
      p.update(now, before);
    drawCredits(place, now);
    if (now.pane !== before.pane || now.site !== before.site) {
      showPane(now);
      const title = byId(now.pane).querySelector('h2[tabindex]');
      if (title instanceof HTMLElement && now.pane !== 'legend')
        title.focus({ preventScroll: true });
      byId('panes').scrollTop = 0;
    }
    history.replaceState(null, '', toHash(now) || location.pathname);
  });
  showPane(store.get());
  drawCredits(place, store.get());
  document.body.classList.remove('loading');

  const map = await startMap(ctx);
  ctx.hover = (id) => {
    table.hover(id);
    map.hover(id ? ctx.byId.get(id) ?? null : null);
  };
  ctx.goTo = map.goTo;
  store.on(map.update);
  byId('closer').addEventListener('click', () => map.map.zoomIn());
  byId('farther').addEventListener('click', () => map.map.zoomOut());
  byId('whole').addEventListener('click', () => {
    if (place.extent)
      map.goTo(place.extent);
  });
}

async function start() {
  const [said, properties] = await Promise.all([getPlace(), getProperties()]);
  const place = { ...said };
  const { main } = shownSets(place, null);
  const sets = place.area_sets.filter((s) => s.areas.length);
  const features = await getSites(wantedProperties(properties, sets));
  const rows = features.map((f) => toRow(f, sets, main));
  place.partners = [...said.partners, ...unnamedPartners(rows, said.partners)];
  const state = fromHash(location.hash);
  if (state.pane === 'list' || (state.pane === 'legend' && !narrow.matches))
    state.pane = 'table';
  const store = createStore(state);
  const nothing = () => {};
  drawHeader(place, rows);
  await startParts({ place, rows, properties, store,
    byId: new Map(rows.map((r) => [r.id, r])),
    sets: shownSets(place, state.vintage),
    hover: nothing, show: nothing, goTo: nothing });
}

start().catch((e) => {
  const text = e instanceof ServerError ? e.message :
    'The page could not start. Reload it; if that does not help, tell those ' +
    'who run it.';
  if (!(e instanceof ServerError))
    console.error(e);
  document.body.classList.remove('loading');
  fill(byId('table'), h('p', { class: 'problem', role: 'alert' }, text));
});
