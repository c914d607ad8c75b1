/* The search box: a site by name, UPRN or postcode; a partner; an area; or, for
 * a whole postcode, what lies near it. */
/** @import {Context} from './types' */
import { ServerError, getNear } from './api.js';
import { narrowed } from './rows.js';
import { signElement } from './symbols.js';
import { count } from './text.js';
import { fill, h } from './dom.js';

const POSTCODE = /^[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}$/i;
const NEAR_M = 800;

/** @typedef {{sign: Node | null, title: string, note: string,
 *   open: () => void}} Found */

/** @param {string} text @param {Context} ctx @returns {Found[]} */
export function find(text, ctx) {
  const small = text.toLowerCase().trim();
  const { store, place } = ctx;
  if (small.length < 2)
    return [];
  /** @type {Found[]} */
  const found = [];
  if (POSTCODE.test(small)) {
    found.push({ sign: null, title: `Within ${NEAR_M} m of ` +
      small.toUpperCase(), note: 'By distance', open: () => near(small, ctx) });
  }
  for (const set of [ctx.sets.main, ctx.sets.fine]) {
    for (const a of set?.areas ?? []) {
      if (a.name.toLowerCase().includes(small)) {
        found.push({ sign: null, title: a.name, note: set?.label ?? '',
          open: () => ctx.goTo(a.bbox) });
      }
    }
  }
  for (const p of place.partners) {
    const names = [p.name, ...p.organisations.flatMap((o) =>
      [o.name, ...o.formerly, ...o.aliases, o.successor?.name ?? '',
        ...o.successor?.aliases ?? []])];
    if (p.sites && names.some((n) => n.toLowerCase().includes(small))) {
      found.push({ sign: null, title: p.name,
        note: `Partner \u00b7 only its ${count(p.sites, 'site')}`,
        open: () => store.set({ pane: 'table', words: '',
          off: place.partners.filter((o) => o.sites && o !== p)
            .map((o) => o.name) }) });
    }
  }
  const rows = narrowed(ctx.rows, text).slice(0, 40);
  const rank = (/** @type {string} */ n) =>
    n.toLowerCase().startsWith(small) ? 0 : 1;
  rows.sort((a, b) => rank(a.name) - rank(b.name));
  found.splice(5);
  for (const r of rows.slice(0, 8)) {
    found.push({ sign: signElement(r.class), title: r.name,
      note: [r.partner, r.postcode].filter(Boolean).join(' \u00b7 '),
      open: () => store.set({ site: r.id, pane: 'site' }) });
  }
  return found;
}

/** @param {string} postcode @param {Context} ctx */
async function near(postcode, ctx) {
  const title = `Within ${NEAR_M} m of ${postcode.toUpperCase()}`;
  try {
    const answer = await getNear(postcode, NEAR_M);
    const items = answer.features.flatMap((/** @type {any} */ f) => {
      const row = ctx.byId.get(f.id);
      const m = f.properties.distance ?? f.properties.distance_m;
      return row ? [{ row, note: m === undefined ? row.partner :
        `${Math.round(m)} m \u00b7 ${row.partner}` }] : [];
    });
    ctx.show({ title, items, note: items.length ? 'Nearest first.' :
      'No site lies so near.' });
    const points = items.flatMap((/** @type {any} */ i) => i.row.point ?
      [i.row.point] : []);
    if (points.length) {
      const x = points.map((/** @type {number[]} */ p) => p[0]);
      const y = points.map((/** @type {number[]} */ p) => p[1]);
      ctx.goTo([Math.min(...x), Math.min(...y), Math.max(...x),
        Math.max(...y)]);
    }
  } catch (e) {
    ctx.show({ title, items: [],
      note: e instanceof ServerError ? e.message : String(e) });
  }
}

/** @param {HTMLElement} holder @param {Context} ctx */
export function createSearch(holder, ctx) {
  const input = h('input', { type: 'search', id: 'search', autocomplete: 'off',
    spellcheck: 'false', placeholder: 'Site, postcode, UPRN or partner' });
  const list = h('ul', { class: 'found', hidden: true });
  const said = h('p', { class: 'unseen', role: 'status' });
  const form = h('form', { role: 'search' },
    h('label', { for: 'search', class: 'unseen' }, 'Search'), input, list,
    said);
  fill(holder, form);

  const close = () => {
    list.hidden = true;
    said.textContent = '';
  };
  function draw() {
    const found = find(input.value, ctx);
    const typed = input.value.trim().length > 1;
    list.hidden = !typed;
    fill(list, ...found.map((f) => h('li', {}, h('button', { type: 'button',
      onclick: () => {
        close();
        input.value = '';
        f.open();
      } }, f.sign ?? h('span', { class: 'sign' }),
    h('span', {}, h('strong', {}, f.title),
      h('span', { class: 'note' }, f.note))))));
    if (typed && !found.length)
      fill(list, h('li', { class: 'nothing' }, 'Nothing is called so.'));
    said.textContent = typed ? count(found.length, 'result') : '';
  }
  const step = (/** @type {number} */ by) => {
    const all = [...list.querySelectorAll('button')];
    const at = all.findIndex((b) => b === document.activeElement);
    (all[at + by] ?? (by < 0 ? input : all[at]))?.focus();
  };
  input.addEventListener('input', draw);
  input.addEventListener('focus', draw);
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    list.querySelector('button')?.click();
  });
  form.addEventListener('keydown', (e) => {
    if (e.key === 'Escape') {
      close();
      input.focus();
    } else if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      step(e.key === 'ArrowDown' ? 1 : -1);
    }
  });
  form.addEventListener('focusout', (e) => {
    if (!(e.relatedTarget instanceof Node && form.contains(e.relatedTarget)))
      close();
  });
}
