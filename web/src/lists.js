/* Lists of sites beside the map: those without a point, the sites of a stack,
 * those that moved when boundaries did. */
/** @import {Context, Row, SiteList, State} from './types' */
import { switchedOn } from './rows.js';
import { signElement } from './symbols.js';
import { classWords, count, noPointWords, numberWords } from './text.js';
import { fill, h } from './dom.js';

/** One site in a list. @param {Context} ctx @param {Row} row
 * @param {string} note */
function item(ctx, row, note) {
  return h('li', { onmouseenter: () => ctx.hover(row.id),
    onmouseleave: () => ctx.hover(null) },
  h('button', { type: 'button', class: 'item',
    onfocus: () => ctx.hover(row.id),
    onclick: () => ctx.store.set({ site: row.id, pane: 'site' }) },
  signElement(row.class),
  h('span', {}, h('strong', {}, row.name),
    h('span', { class: 'note' }, [note, classWords(row.class)]
      .filter(Boolean).join(' \u00b7 ')))));
}

/** The tray: what no map can show is counted and listed all the same.
 * @param {HTMLElement} holder @param {Context} ctx */
export function createTray(holder, ctx) {
  const { place, rows } = ctx;
  const all = rows.filter((r) => !r.point);

  function draw() {
    const on = switchedOn(all, ctx.store.get());
    const partners = [...new Set(on.map((r) => r.partner))];
    const hidden = place.without_point - on.length;
    fill(holder,
      h('h2', { tabindex: '-1' }, 'Not on the map'),
      h('p', {}, `${count(place.without_point, 'site')} cannot be placed: ` +
        'no position, full postcode or UPRN is known, or their position is ' +
        'not published. They are in every count and in the table.'),
      hidden > 0 ? h('p', { class: 'note' },
        `${numberWords(hidden)} of them ${hidden === 1 ? 'is' : 'are'} ` +
        'switched off in the legend.') : null,
      ...partners.map((p) => {
        const mine = on.filter((r) => r.partner === p);
        return h('section', {},
          h('h3', {}, p || 'Partner not said',
            h('span', { class: 'number' }, numberWords(mine.length))),
          h('ul', { class: 'sites' }, ...mine.map((r) =>
            item(ctx, r, [noPointWords(r), r.address || r.postcode]
              .filter(Boolean).join(' \u00b7 ')))));
      }));
  }
  draw();
  return {
    /** @param {State} now @param {State} before */
    update(now, before) {
      if (now.off !== before.off || now.hidden !== before.hidden)
        draw();
    },
  };
}

/** @param {HTMLElement} holder @param {Context} ctx @param {SiteList} list */
export function showList(holder, ctx, list) {
  fill(holder,
    h('button', { type: 'button', class: 'back',
      onclick: () => ctx.store.set({ pane: 'table' }) }, 'All sites'),
    h('h2', { tabindex: '-1' }, list.title),
    list.note ? h('p', {}, list.note) : null,
    h('ul', { class: 'sites' },
      ...list.items.map(({ row, note }) => item(ctx, row, note))));
}

/** What stands under one sign of the map.
 * @param {string[]} ids @param {Context} ctx @returns {SiteList} */
export function stackList(ids, ctx) {
  const rows = ids.map((id) => ctx.byId.get(id)).filter((r) => r !== undefined);
  return {
    title: `${count(rows.length, 'site')} at one point`,
    note: 'They share a position, often because only a postcode is known.',
    items: rows.map((row) => ({ row, note: row.partner })),
  };
}
