/* The table: the same sites as on the map, sortable and narrowed by words. */
/** @import {Context, Row, State} from './types' */
import { narrowed, shownSets, sorted, switchedOn } from './rows.js';
import { signElement } from './symbols.js';
import { areaWords, classWords, count, numberWords } from './text.js';
import { fill, h } from './dom.js';

const PAGE = 150; /* rows made at once */

/** @param {HTMLElement} holder @param {Context} ctx */
export function createTable(holder, ctx) {
  const { store } = ctx;
  let column = 'class';
  let down = false;
  let shown = PAGE;
  /** @type {Row[]} */
  let rows = [];
  let sets = ctx.sets;
  const input = h('input', { type: 'search', id: 'narrow', autocomplete: 'off',
    placeholder: 'Name, street, postcode ...' });
  const tally = h('p', { class: 'tally', role: 'status' });
  const body = h('tbody');
  const head = h('tr');
  const more = h('button', { type: 'button', class: 'more' });
  fill(holder,
    h('div', { class: 'narrow' },
      h('label', { for: 'narrow' }, 'Narrow the list'), input, tally),
    h('div', { class: 'scroll', tabindex: '0', role: 'region',
      'aria-label': 'Table of sites' },
    h('table', {}, h('caption', { class: 'unseen' },
      'Sites, their partner, area and class'), h('thead', {}, head), body),
    more));

  function drawHead() {
    const titles = [['name', 'Site'], ['partner', 'Partner'],
      ['area', sets.main?.label ?? 'Area'], ['class', 'Class']];
    fill(head, ...titles.map(([id, title]) => h('th', { scope: 'col',
      'aria-sort': id !== column ? null : down ? 'descending' : 'ascending' },
    h('button', { type: 'button', onclick: () => sortBy(id) }, title))));
  }

  function sortBy(/** @type {string} */ id) {
    down = id === column && !down;
    column = id;
    draw();
    const at = ['name', 'partner', 'area', 'class'].indexOf(id);
    head.querySelectorAll('button')[at].focus();
  }

  function rowElement(/** @type {Row} */ r) {
    const open = () => store.set({ site: r.id, pane: 'site' });
    return h('tr', { 'data-id': r.id, onmouseenter: () => ctx.hover(r.id),
      onmouseleave: () => ctx.hover(null), onclick: open },
    h('th', { scope: 'row' }, signElement(r.class),
      h('button', { type: 'button', class: 'name',
        onfocus: () => ctx.hover(r.id), onblur: () => ctx.hover(null) },
      r.name)),
    h('td', {}, r.partner),
    h('td', {}, areaWords(sets.main ? r.areas[sets.main.id] : '',
      r.certainty)),
    h('td', {}, classWords(r.class)));
  }

  function draw() {
    const s = store.get();
    const on = switchedOn(ctx.rows, s);
    sets = shownSets(ctx.place, s.vintage);
    rows = sorted(narrowed(on, s.words), column, down, sets);
    drawHead();
    drawBody();
    tally.textContent = rows.length === ctx.rows.length ?
      count(rows.length, 'site') :
      `${numberWords(rows.length)} of ${count(ctx.rows.length, 'site')}`;
  }

  function drawBody() {
    const site = store.get().site;
    const at = rows.findIndex((r) => r.id === site);
    shown = Math.max(shown, at + 1);
    fill(body, ...rows.slice(0, shown).map(rowElement));
    more.hidden = rows.length <= shown;
    more.textContent = `Show more (${numberWords(rows.length - shown)} left)`;
    choose(site);
  }

  function choose(/** @type {string | null} */ site) {
    for (const tr of body.querySelectorAll('[aria-current]'))
      tr.removeAttribute('aria-current');
    const tr = site && body.querySelector(`[data-id="${CSS.escape(site)}"]`);
    if (tr) {
      tr.setAttribute('aria-current', 'true');
      tr.scrollIntoView({ block: 'nearest' });
    }
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let wait;
  input.value = store.get().words;
  input.addEventListener('input', () => {
    clearTimeout(wait);
    wait = setTimeout(() => store.set({ words: input.value.trim() }), 120);
  });
  more.addEventListener('click', () => {
    shown += PAGE;
    drawBody();
  });
  addEventListener('beforeprint', () => {
    shown = rows.length;
    drawBody();
  });
  draw();
  return {
    /** @param {State} now @param {State} before */
    update(now, before) {
      if (now.words !== before.words || now.off !== before.off ||
          now.hidden !== before.hidden || now.vintage !== before.vintage) {
        shown = PAGE;
        draw();
      } else if (now.site !== before.site || now.pane !== before.pane) {
        if (rows.findIndex((r) => r.id === now.site) >= shown)
          drawBody();
        choose(now.site);
      }
      if (input.value.trim() !== now.words)
        input.value = now.words;
    },
    /** Point at a row, from the map. @param {string | null} id */
    hover(id) {
      for (const tr of body.querySelectorAll('.hovered'))
        tr.classList.remove('hovered');
      if (id)
        body.querySelector(`[data-id="${CSS.escape(id)}"]`)
          ?.classList.add('hovered');
    },
  };
}
