/* One site: its class and the reasons first, then its facts, then who says so. */
/** @import {Axis, Context, Criterion, Explanation, Fact, Missing, Occupation,
 * SiteFacts} from './types' */
import { ServerError, getSite, sitePage } from './api.js';
import { signElement } from './symbols.js';
import { areaWords, classWords, dateWords, sentence, statusWords,
  unitWords, valueWords } from './text.js';
import { fill, h } from './dom.js';

/** @param {HTMLElement} holder @param {Context} ctx */
export function createPanel(holder, ctx) {
  let asked = new AbortController();

  async function open(/** @type {string | null} */ id) {
    asked.abort();
    if (!id)
      return;
    asked = new AbortController();
    const row = ctx.byId.get(id);
    frame(ctx, holder, row?.name ?? '', [h('p', { class: 'note' },
      'Fetching its facts ...')]);
    try {
      const facts = await getSite(id, asked.signal);
      frame(ctx, holder, facts.name ?? 'Without a name', whole(facts));
    } catch (e) {
      if (!(e instanceof ServerError))
        return; /* another site was chosen meanwhile */
      frame(ctx, holder, row?.name ?? 'Not found',
        [h('p', { class: 'problem', role: 'alert' }, e.message)]);
    }
  }
  open(ctx.store.get().site);
  return {
    update(/** @type {import('./types').State} */ now,
      /** @type {import('./types').State} */ before) {
      if (now.site !== before.site)
        open(now.site);
    },
  };
}

/** @param {Context} ctx @param {HTMLElement} holder @param {string} title
 * @param {import('./dom.js').Child[]} content */
function frame(ctx, holder, title, content) {
  const hadFocus = holder.contains(document.activeElement);
  const heading = h('h2', { tabindex: '-1' }, title);
  fill(holder, h('button', { type: 'button', class: 'back',
    onclick: () => ctx.store.set({ site: null, pane: 'table' }) }, 'All sites'),
  heading, ...content);
  if (hadFocus)
    heading.focus({ preventScroll: true });
}

/** @param {SiteFacts} f */
function whole(f) {
  const e = f.explanation;
  return [
    f.partner ? h('p', { class: 'owner' }, f.partner) : null,
    verdict(f),
    e ? reasons(e) : null,
    h('h3', {}, 'Facts'), facts(f),
    h('h3', {}, 'Who says so'),
    h('ul', { class: 'plain' }, ...f.occupations.map(occupation)),
    h('p', {}, h('a', { href: sitePage(f.site_id) },
      'A page of this site, for sharing and printing')),
  ];
}

/** @param {SiteFacts} f */
function verdict(f) {
  const e = f.explanation;
  const name = f.class ?? '';
  const word = e?.declared && name === 'surplus' ?
    'Declared surplus by its owner' : classWords(name);
  return h('div', { class: 'verdict' },
    h('p', { class: 'class' }, signElement(name), h('strong', {}, word)),
    e?.reason ? h('p', {}, e.reason) : null,
    f.class_status ? h('p', { class: 'note' }, statusWords(f.class_status)) :
      null,
    f.class_reason ? h('p', {}, f.class_reason) : null,
    e?.flags?.length ? h('p', {}, ...e.flags.map((flag) =>
      h('span', { class: 'badge' }, sentence(flag)))) : null);
}

const AXES = /** @type {Record<string, string>} */ ({
  need: 'Need', fitness: 'Fitness of the building', hub: 'Promise as a hub',
});

/** @param {Explanation} e */
function reasons(e) {
  const axes = Object.entries(e.axes ?? {});
  const met = (e.gates ?? []).filter((g) => g.result === 'hit' && g.reason);
  return h('div', {},
    h('h3', {}, 'Why'),
    met.length ? h('ul', { class: 'plain' }, ...met.map((g) => h('li', {},
      g.reason ?? '', g.until ? ` (until ${dateWords(g.until)})` : '',
      h('span', { class: 'note' }, (g.facts ?? []).map(factLine).join('; '))))) :
      null,
    ...axes.map(([name, axis]) => axisBlock(AXES[name] ?? sentence(name),
      axis)),
    e.criteria ? h('p', { class: 'note' }, 'Rests on ' +
      `${e.criteria.known} of ${e.criteria.of} criteria` +
      (e.rules ? ` of \u201c${e.rules.title}\u201d, version ` +
        `${e.rules.version}.` : '.')) : null,
    missing(e.missing ?? []), aged(e.aged ?? []));
}

/** @param {string} title @param {Axis} axis */
function axisBlock(title, axis) {
  const known = axis.criteria.filter((c) => c.score !== null);
  return h('details', { class: 'axis' },
    h('summary', {}, h('span', {}, title), meter(axis.score, title),
      h('span', { class: 'number' }, axis.score === null ? 'not known' :
        String(Math.round(axis.score)))),
    known.length ? h('table', {}, h('thead', {}, h('tr', {},
      h('th', { scope: 'col' }, 'Criterion'),
      h('th', { scope: 'col' }, 'Value'),
      h('th', { scope: 'col', class: 'number' }, 'Adds'))),
    h('tbody', {}, ...known.map(criterion))) :
      h('p', { class: 'note' }, 'None of its criteria has a value.'));
}

/** @param {number | null} score out of 100 @param {string} title */
function meter(score, title) {
  const m = h('meter', { min: 0, max: 100, 'aria-label': title });
  m.value = score ?? 0;
  return m;
}

/** @param {Criterion} c */
function criterion(c) {
  const from = (c.facts ?? []).find((f) => f.layer || f.as_of);
  const source = [from?.layer ? sentence(from.layer) : c.source,
    from?.as_of ? dateWords(from.as_of) : ''].filter(Boolean).join(', ');
  return h('tr', {},
    h('th', { scope: 'row' }, c.title,
      h('span', { class: 'note' }, source)),
    h('td', {}, withUnit(c.item ?? measured(c.value), c.unit)),
    h('td', { class: 'number' }, String(Math.round(c.adds ?? 0))));
}

/** A measure needs no more digits than a reader does. @param {unknown} value */
const measured = (value) => typeof value !== 'number' ? value :
  Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 10) / 10;

/** @param {unknown} value @param {string} [unit] */
function withUnit(value, unit) {
  const words = valueWords(value);
  return unit && words && typeof value === 'number' ?
    `${words} ${unitWords(unit)}` : words;
}

const factLine = (/** @type {Fact} */ f) =>
  `${f.title}: ${withUnit(f.value, f.unit) || 'not known'}`;

/** @param {Missing[]} list */
function missing(list) {
  const could = (/** @type {Missing} */ m) => m.could?.length ?
    `could make it ${m.could.map(shortClass).join(' or ')}` : '';
  return list.length ? h('div', {}, h('h3', {}, 'What is not known'),
    h('ul', { class: 'plain' }, ...list.map((m) => h('li', {},
      (m.titles?.length ? m.titles : [m.title]).join(', '),
      h('span', { class: 'note' }, [m.why, could(m)].filter(Boolean)
        .join(' \u00b7 ')))))) : null;
}

/** In the middle of a sentence. @param {string} name */
const shortClass = (name) => {
  const words = classWords(name);
  return words.charAt(0).toLowerCase() + words.slice(1);
};

/** @param {NonNullable<Explanation['aged']>} list */
function aged(list) {
  return list.length ? h('p', { class: 'note' }, 'Too old to count: ' +
    list.map((a) => `${a.title} (${dateWords(a.date)})`).join(', ') + '.') :
    null;
}

const HIDDEN = ['name', 'illustrative', 'name_as_supplied', 'street',
  'street_number'];

/** @param {SiteFacts} f */
function facts(f) {
  const lines = f.facts.filter((x) => !HIDDEN.includes(x.name))
    .map((x) => [x.title, withUnit(x.value, x.unit)]);
  const areas = f.areas.map((a) => [`${a.label} (${a.vintage})`,
    areaWords(a.name ?? '', a.certainty)]);
  const at = f.position ? [['Position', `known to ${f.position.precision_m} m` +
    (f.position.source ? `, from ${f.position.source}` : '')]] :
    [['Position', 'not on the map']];
  return h('dl', { class: 'facts' }, ...[...lines, ...at, ...areas]
    .flatMap(([k, v]) => [h('dt', {}, k), h('dd', {}, v)]));
}

/** @param {Occupation} o */
function occupation(o) {
  const where = [o.title, o.as_of ? `as of ${dateWords(o.as_of)}` : '',
    o.source_row ? `row ${o.source_row}` : ''].filter(Boolean).join(', ');
  return h('li', {},
    [o.organisation ?? o.partner ?? 'Not said',
      o.formerly ? `(formerly ${o.formerly})` : ''].filter(Boolean).join(' '),
    o.illustrative ? h('span', { class: 'badge' }, 'Illustrative') : null,
    h('span', { class: 'note' }, where, o.missing_since ?
      `; not in the source since ${dateWords(o.missing_since)}` : ''));
}
