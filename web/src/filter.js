/* Which sites the map asks for, said in CQL2. Pure. */
/** @import {Place, State} from './types' */

const quoted = (/** @type {string} */ s) => `'${s.replace(/'/g, "''")}'`;

const isOneOf = (/** @type {string} */ property,
  /** @type {string[]} */ values) =>
  `${property} IN (${values.map(quoted).join(',')})`;

/** A filter for what is switched on; '' when that is everything, null when it
 * is nothing. @param {Place} place @param {State} state */
export function siteFilter(place, state) {
  const names = place.partners.filter((p) => p.sites > 0).map((p) => p.name);
  const partners = names.filter((n) => !state.off.includes(n));
  const known = place.classes.map((c) => c.class);
  const classes = known.filter((c) => !state.hidden.includes(c));
  const parts = [];
  if (!partners.length || (known.length && !classes.length))
    return null;
  if (partners.length < names.length)
    parts.push(isOneOf('partner', partners));
  if (classes.length < known.length)
    parts.push(isOneOf('class', classes));
  return parts.join(' AND ');
}
