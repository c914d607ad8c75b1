/* Which sites the map asks for, said in CQL2. Pure. */
/** @import {Place, State} from './types' */

const quoted = (/** @type {string} */ s) => `'${s.replace(/'/g, "''")}'`;

const isNoneOf = (/** @type {string} */ property,
  /** @type {string[]} */ values) =>
  `${property} NOT IN (${values.map(quoted).join(',')})`;

/** A filter for what is switched on; '' when that is everything, null when it
 * is nothing. @param {Place} place @param {State} state */
export function siteFilter(place, state) {
  const names = place.partners.filter((p) => p.sites > 0).map((p) => p.name);
  const off = names.filter((n) => state.off.includes(n));
  const known = place.classes.map((c) => c.class);
  const hidden = known.filter((c) => state.hidden.includes(c));
  const parts = [];
  if (off.length === names.length && names.length)
    return null;
  if (hidden.length === known.length && !place.not_classified_yet &&
      known.length)
    return null;
  if (off.length)
    parts.push(isNoneOf('partner', off));
  if (hidden.length) {
    parts.push(place.not_classified_yet ?
      `(class IS NULL OR ${isNoneOf('class', hidden)})` :
      isNoneOf('class', hidden));
  }
  return parts.join(' AND ');
}
