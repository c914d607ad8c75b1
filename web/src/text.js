/* The words of the page: classes, states, dates, counts. Pure. */

/** The classes in the order in which they are always shown. */
export const CLASSES = [
  'key', 'core', 'surplus', 'in-review', 'unclassified', 'not-applicable',
];

const CLASS_WORDS = {
  key: 'Key',
  core: 'Core',
  surplus: 'Surplus candidate - for the owner to review',
  'in-review': 'In review',
  unclassified: 'Unclassified',
  'not-applicable': 'Not applicable',
};

const STATUS_WORDS = {
  provisional: 'Provisional: computed from the facts, agreed by nobody yet',
  draft: 'Draft: waiting for the owner to agree',
  disputed: 'Disputed by the owner',
  'owner-agreed': 'Agreed by the owner, not yet signed',
  signed: 'Signed by the board',
  published: 'Signed and published',
};

const AUDIENCE_WORDS = {
  public: 'Public view',
  partnership: 'Partnership view',
  operator: 'Operator view',
};

const CERTAINTY_WORDS = {
  probable: 'probably',
  outside: 'Outside',
  'no point': 'Not known',
  'not published': 'Not published',
};

const pick = (/** @type {Record<string, string>} */ words,
  /** @type {string} */ key, /** @type {string} */ otherwise) =>
  Object.hasOwn(words, key) ? words[key] : otherwise;

/** @param {string} name */
export const classWords = (name) =>
  pick(CLASS_WORDS, name, name ? sentence(name) : 'No class yet');

/** @param {string} status */
export const statusWords = (status) =>
  pick(STATUS_WORDS, status, sentence(status));

/** @param {string} name */
export function audienceWords(name) {
  if (name.startsWith('partner:'))
    return `Partner view: ${name.slice(8)}`;
  return pick(AUDIENCE_WORDS, name, sentence(name));
}

/** Where a site lies, of which only the area and how sure it is are known.
 * @param {string} area @param {string} certainty */
export function areaWords(area, certainty) {
  if (area)
    return certainty === 'probable' ? `${area} (probably)` : area;
  return pick(CERTAINTY_WORDS, certainty, 'Not known');
}

/** Why a site is not on the map.
 * @param {{certainty: string, source: string, postcode: string}} row */
export function noPointWords({ certainty, source, postcode }) {
  if (certainty === 'not published')
    return 'Position not published';
  if (source === 'outward' || certainty === 'probable')
    return 'Only an outward postcode is given';
  if (postcode)
    return 'Its postcode is not among those loaded';
  return 'No position given';
}

/** "condition-date" -> "Condition date". @param {string} code */
export function sentence(code) {
  const s = code.replace(/[-_]/g, ' ').trim();
  return s.charAt(0).toUpperCase() + s.slice(1);
}

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August',
  'September', 'October', 'November', 'December',
];

/** "2026-11-22" -> "22 November 2026"; anything else as it is.
 * @param {string} iso */
export function dateWords(iso) {
  const m = /^(\d{4})-(\d\d)-(\d\d)/.exec(iso);
  if (!m || !MONTHS[Number(m[2]) - 1])
    return iso;
  return `${Number(m[3])} ${MONTHS[Number(m[2]) - 1]} ${m[1]}`;
}

/** 1234567 -> "1,234,567". @param {number} n */
export function numberWords(n) {
  const [whole, part] = String(n).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return part ? `${grouped}.${part}` : grouped;
}

/** "1 site", "12 sites". @param {number} n @param {string} one
 * @param {string} [many] */
export const count = (n, one, many = `${one}s`) =>
  `${numberWords(n)} ${n === 1 ? one : many}`;

/** A value of any type for people. @param {unknown} value @returns {string} */
export function valueWords(value) {
  if (value === null || value === undefined || value === '')
    return '';
  if (typeof value === 'boolean')
    return value ? 'Yes' : 'No';
  if (typeof value === 'number')
    return numberWords(Math.round(value * 100) / 100);
  if (Array.isArray(value))
    return value.map(valueWords).join(', ');
  const text = String(value);
  return CODE.test(text) ? sentence(text) : dateWords(text);
}

const CODE = /^[a-z]+(-[a-z]+)*$/; /* of a list of codes: adult-learning */

/** The unit as it is written after a number. @param {string} unit */
export function unitWords(unit) {
  const nice = /** @type {Record<string, string>} */ ({
    m2: 'm\u00b2', '%': '%', GBP: '\u00a3', 'GBP a year': '\u00a3 a year',
  });
  return pick(nice, unit, unit);
}

/** Rights text as printed: "(c)" becomes the sign. @param {string} s */
export const rights = (s) => s.replace(/\(c\)/gi, '\u00a9');
