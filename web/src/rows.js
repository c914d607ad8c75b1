/* Sites as rows: read, narrowed, sorted, compared. Pure. */
/** @import {AreaSet, Feature, Partner, Place, Property, Row, ShownSets,
 * State} from './types' */
import { CLASSES, areaWords, classWords } from './text.js';

const ALWAYS = [
  'name', 'partner', 'class', 'class_status', 'postcode', 'uprn', 'address',
  'town', 'coord_source',
];

/** The properties to ask for, of those that this estate has.
 * @param {Record<string, Property>} known @param {AreaSet[]} sets */
export function wantedProperties(known, sets) {
  const areas = sets.flatMap((s) =>
    s.latest ? [s.set, s.id, `${s.set}.certainty`] : [s.id]);
  return [...new Set([...ALWAYS, ...areas])].filter((p) =>
    Object.hasOwn(known, p));
}

const words = (/** @type {unknown} */ v) =>
  v === null || v === undefined ? '' : String(v);

/** @param {Feature} feature @param {AreaSet[]} sets
 * @param {AreaSet | null} main @returns {Row} */
export function toRow(feature, sets, main) {
  const p = feature.properties;
  /** @type {Row['areas']} */
  const areas = {};
  for (const s of sets)
    areas[s.id] = words(p[s.id] ?? (s.latest ? p[s.set] : ''));
  const address = [p.address, p.town].map(words).filter(Boolean).join(', ');
  const row = {
    id: feature.id, name: words(p.name) || 'Without a name',
    partner: words(p.partner), class: words(p.class),
    status: words(p.class_status), postcode: words(p.postcode),
    uprn: words(p.uprn), address, areas,
    point: feature.geometry ? feature.geometry.coordinates : null,
    certainty: main ? words(p[`${main.set}.certainty`]) : '',
    source: words(p.coord_source), text: '',
  };
  row.text = [row.name, row.partner, row.postcode,
    row.postcode.replace(/\s/g, ''), row.uprn, address, ...Object.values(areas)]
    .join(' ').toLowerCase();
  return row;
}

/** Owners that the legend does not name, so that it can switch them too.
 * @param {Row[]} rows @param {Partner[]} partners @returns {Partner[]} */
export function unnamedPartners(rows, partners) {
  const named = new Set(partners.map((p) => p.name));
  const others = [...new Set(rows.map((r) => r.partner))]
    .filter((name) => name && !named.has(name)).sort();
  return others.map((name) => {
    const mine = rows.filter((r) => r.partner === name);
    return { name, organisations: [], sites: mine.length, asked: null,
      located: mine.filter((r) => r.point).length, layers: [] };
  });
}

/** The vintage of each set to be drawn: the main one (that of the focus, else
 * the coarsest), a finer one, and the edge.
 * @param {Place} place @param {string | null} vintage
 * @returns {ShownSets} */
export function shownSets(place, vintage) {
  const latest = place.area_sets.filter((s) =>
    s.latest && s.areas.length);
  const bySize = [...latest].sort((a, b) => a.n - b.n);
  const main = latest.find((s) => s.set === place.focus?.set) ??
    bySize.find((s) => s.n > 1) ?? null;
  const fine = bySize.find((s) => s.n > (main ? main.n : 1)) ?? null;
  const outer = bySize.find((s) => s.n === 1 && s !== main) ?? null;
  const dated = (/** @type {AreaSet | null} */ set) => set &&
    (place.area_sets.find((s) => s.set === set.set && s.areas.length &&
      s.vintage === vintage) ?? set);
  return { main: dated(main), fine: dated(fine), outer };
}

/** The sites whose partner and class are switched on.
 * @param {Row[]} rows @param {State} state */
export const switchedOn = (rows, state) => rows.filter((r) =>
  !state.off.includes(r.partner) && !state.hidden.includes(r.class));

/** The rows that hold every word. @param {Row[]} rows @param {string} text */
export function narrowed(rows, text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((r) => wanted.every((w) => r.text.includes(w)));
}

/** What a column holds, for sorting and showing.
 * @param {Row} row @param {string} column @param {ShownSets} sets */
export function cell(row, column, sets) {
  switch (column) {
    case 'partner': return row.partner;
    case 'class': return classWords(row.class);
    case 'area':
      return areaWords(sets.main ? row.areas[sets.main.id] : '',
        row.certainty);
    default: return row.name;
  }
}

const order = new Intl.Collator('en-GB', { numeric: true });

/** Sorted copies; ties go by name. @param {Row[]} rows
 * @param {string} column @param {boolean} down @param {ShownSets} sets */
export function sorted(rows, column, down, sets) {
  const keyed = rows.map((row) => ({
    row,
    rank: column === 'class' ? (CLASSES.indexOf(row.class) + 7) % 7 : 0,
    key: cell(row, column, sets),
  }));
  keyed.sort((a, b) => (down ? -1 : 1) *
    (a.rank - b.rank || order.compare(a.key, b.key)) ||
    order.compare(a.row.name, b.row.name));
  return keyed.map((k) => k.row);
}

/** The located sites that lie in another area in `other` than in `now`.
 * @param {Row[]} rows @param {AreaSet} now @param {AreaSet} other */
export const moved = (rows, now, other) => rows
  .filter((r) => r.point && r.areas[now.id] !== r.areas[other.id])
  .map((row) => ({
    row, from: row.areas[other.id] || 'outside',
    to: row.areas[now.id] || 'outside',
  }));
