/* The legend: classes, partners - those that are silent too - and which
 * boundaries. What it switches, the map and the table obey. */
/** @import {AreaSet, Context, Partner, State} from './types' */
import { moved, shownSets } from './rows.js';
import { signElement } from './symbols.js';
import { classWords, count, dateWords, numberWords, sentence } from './text.js';
import { fill, h } from './dom.js';

/** @param {HTMLElement} holder @param {Context} ctx
 * @param {() => void} define opens the definitions */
export function createLegend(holder, ctx, define) {
  const { place, store } = ctx;

  const flip = (/** @type {'off' | 'hidden'} */ what,
    /** @type {string} */ name, /** @type {boolean} */ on) => {
    const rest = store.get()[what].filter((n) => n !== name);
    store.set({ [what]: on ? rest : [...rest, name] });
  };

  function switchRow(/** @type {'off' | 'hidden'} */ what,
    /** @type {string} */ name, /** @type {import('./dom.js').Child[]} */ label,
    /** @type {number} */ n) {
    const box = h('input', { type: 'checkbox', value: name, 'data-what': what,
      onchange: () => flip(what, name, box.checked) });
    return h('label', { class: 'switch' }, box, ...label,
      h('span', { class: 'number' }, numberWords(n)));
  }

  const classes = place.classes.map((c) => h('li', {}, switchRow('hidden',
    c.class, [signElement(c.class), h('span', {}, classWords(c.class))],
    c.sites)));
  const allDrawn = place.layers.every((l) => l.kind !== 'sites' || !l.rows ||
    l.illustrative); /* said once, at the top of the page */
  const drawn = (/** @type {Partner} */ p) => !allDrawn && p.layers.length > 0 &&
    p.layers.every((id) =>
      place.layers.find((l) => l.id === id)?.illustrative);
  const withSites = place.partners.filter((p) => p.sites > 0);
  const silent = place.partners.filter((p) => p.sites === 0);
  const vintages = h('div');
  fill(holder,
    h('section', { 'aria-labelledby': 'legend-class' },
      h('div', { class: 'row' }, h('h2', { id: 'legend-class' }, 'Class'),
        h('button', { type: 'button', class: 'link', onclick: define },
          'What they mean')),
      h('ul', {}, ...classes), notes(ctx)),
    vintages,
    h('section', { 'aria-labelledby': 'legend-partner' },
      h('div', { class: 'row' },
        h('h2', { id: 'legend-partner' }, 'Partners'),
        h('span', {},
          h('button', { type: 'button', class: 'link',
            onclick: () => store.set({ off: [] }) }, 'All'), ' ',
          h('button', { type: 'button', class: 'link', onclick: () =>
            store.set({ off: withSites.map((p) => p.name) }) }, 'None'))),
      h('ul', { class: 'partners' },
        ...withSites.map((p) => h('li', { 'data-partner': p.name },
          switchRow('off', p.name, [h('span', {}, p.name,
            drawn(p) ? h('span', { class: 'note' }, 'Illustrative') : null,
            today(p))], p.sites))),
        ...silent.map((p) => h('li', { class: 'silent',
          'data-partner': p.name }, h('span', {}, p.name, today(p)),
        h('span', { class: 'note' }, p.asked ?
          `not yet supplied, asked on ${dateWords(p.asked)}` :
          'not yet supplied'))))));

  function draw() {
    const s = store.get();
    for (const box of holder.querySelectorAll('input[data-what]')) {
      if (box instanceof HTMLInputElement) {
        const list = box.dataset.what === 'off' ? s.off : s.hidden;
        box.checked = !list.includes(box.value);
      }
    }
    fill(vintages, vintageSection(ctx));
  }
  draw();
  return {
    /** @param {State} now @param {State} before */
    update(now, before) {
      if (now.off !== before.off || now.hidden !== before.hidden ||
          now.vintage !== before.vintage)
        draw();
    },
  };
}

/** What a body is called now, where that changed. @param {Partner} p */
function today(p) {
  const lines = p.organisations.flatMap((o) => {
    if (o.successor) {
      return [`${o.successor.name} since ${dateWords(o.successor.since)}, ` +
        `formerly ${o.name}`];
    }
    return o.formerly.length ? [`${o.name}, formerly ` +
      o.formerly.join(', ')] : [];
  });
  return lines.length ? h('span', { class: 'note' }, lines.join('; ')) : null;
}

/** @param {Context} ctx */
function notes({ place, rows }) {
  const lines = [];
  if (place.not_classified_yet)
    lines.push(`${count(place.not_classified_yet, 'site')} without a class.`);
  if (rows.some((r) => r.status === 'provisional')) {
    lines.push('Provisional: computed from the facts at hand. Nothing here ' +
      'is agreed or signed.');
  }
  if (place.accuracy && place.accuracy.metres > 1) {
    lines.push('Positions given on the British National Grid may be up to ' +
      `${Math.ceil(place.accuracy.metres)} m off.`);
  }
  return lines.length ? h('div', { class: 'notes' },
    ...lines.map((l) => h('p', {}, l))) : null;
}

/** Vintages of the main areas: one switch for all sets. @param {Context} ctx */
function vintageSection(ctx) {
  const { place, store, rows } = ctx;
  const now = shownSets(place, null).main;
  const all = now ? place.area_sets.filter((s) => s.set === now.set &&
    s.areas.length) : [];
  if (!now || all.length < 2)
    return null;
  const chosen = store.get().vintage ?? now.vintage;
  const older = all.find((s) => s.vintage === chosen && s !== now) ??
    /** @type {AreaSet} */ (all.find((s) => s !== now));
  const gone = moved(rows, now, older);
  const what = now.label.toLowerCase();
  const title = (/** @type {AreaSet} */ s) =>
    sentence(s.vintage_name ?? s.vintage);
  return h('section', { 'aria-labelledby': 'legend-areas' },
    h('h2', { id: 'legend-areas' }, 'Boundaries'),
    h('div', { class: 'either', role: 'group',
      'aria-labelledby': 'legend-areas' },
    ...[...all].reverse().map((s) => h('button', { type: 'button',
      'aria-pressed': String(s.vintage === chosen), 'data-vintage': s.vintage,
      onclick: () => {
        store.set({ vintage: s.latest ? null : s.vintage });
        const again = document.querySelector(
          `[data-vintage="${CSS.escape(s.vintage)}"]`);
        if (again instanceof HTMLElement)
          again.focus(); /* the button was made anew */
      } }, title(s)))),
    h('p', { class: 'note' },
      all.find((s) => s.vintage === chosen)?.title ?? ''),
    h('button', { type: 'button', class: 'link', id: 'moved',
      onclick: () => ctx.show({
        title: `${count(gone.length, 'site')} in another ${what}`,
        note: `From the boundaries \u201c${title(older).toLowerCase()}\u201d ` +
          `to those of \u201c${title(now).toLowerCase()}\u201d.`,
        items: gone.map((m) => ({ row: m.row,
          note: `${m.from} \u2192 ${m.to}` })),
      }) },
    gone.length === 1 ? `1 site lies in another ${what}` :
      `${numberWords(gone.length)} sites lie in another ${what}`));
}
