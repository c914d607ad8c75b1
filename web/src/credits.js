/* Who the shown data comes from: always to be read beside the map. */
/** @import {Layer, Place, State} from './types' */
import { shownSets } from './rows.js';
import { drawn } from './style.js';
import { rights } from './text.js';

/** The layers whose data is in sight. @param {Place} place
 * @param {State} state @returns {Layer[]} */
export function layersShown(place, state) {
  const sets = shownSets(place, state.vintage);
  const areas = Object.values(sets).filter((s) => s !== null);
  const partners = place.partners.filter((p) =>
    p.sites > 0 && !state.off.includes(p.name));
  const ids = new Set([...drawn(place).map((l) => l.id),
    ...partners.flatMap((p) => p.layers)]);
  return place.layers.filter((l) => ids.has(l.id) || areas.some((s) =>
    l.kind === 'areas' && l.set === s.set && l.vintage === s.vintage));
}

/** Their credits, each said once. @param {Layer[]} layers */
export function credits(layers) {
  const parts = layers.flatMap((l) => (l.attribution ?? '').split(/;\s*/))
    .map((s) => rights(s.trim())).filter(Boolean);
  return [...new Set(parts)];
}
