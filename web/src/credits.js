/* Who the shown data comes from: always to be read beside the map. */
/** @import {Layer, Place, State} from './types' */
import { shownSets } from './rows.js';
import { drawn, firstZoom } from './style.js';
import { rights } from './text.js';

/** The layers whose data is in sight. @param {Place} place
 * @param {State} state @returns {Layer[]} */
export function layersShown(place, state) {
  const sets = shownSets(place, state.vintage);
  const areas = Object.values(sets).filter((s) => s !== null);
  const partners = place.partners.filter((p) =>
    p.sites > 0 && !state.off.includes(p.name));
  const zoom = state.position?.zoom ?? 24;
  const base = drawn(place).filter((l) => zoom >= firstZoom(l.draw));
  const ids = new Set([...base.map((l) => l.id),
    ...partners.flatMap((p) => p.layers)]);
  return place.layers.filter((l) => ids.has(l.id) || areas.some((s) =>
    l.kind === 'areas' && l.set === s.set && l.vintage === s.vintage));
}

/** Their credits, each said once: a sentence or a part between semicolons is
 * a credit. @param {Layer[]} layers */
export function credits(layers) {
  const parts = layers
    .flatMap((l) => (l.attribution ?? '').split(/;\s*|\.\s+(?=[A-Z(])/))
    .map((s) => rights(s.replace(/^Source:\s*/i, '').replace(/\.$/, '').trim()));
  return [...new Set(parts)].filter(Boolean);
}
