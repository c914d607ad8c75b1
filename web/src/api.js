/* Everything that is asked of the server: the only file with addresses. */
/** @import {Feature, Place, Property, SiteFacts} from './types' */

/** What the server says went wrong, in its own sentence. */
export class ServerError extends Error {}

/** @param {string} path @param {AbortSignal} [signal] */
async function getJson(path, signal) {
  let answer;
  try {
    answer = await fetch(path, {
      signal, headers: { Accept: 'application/json' },
    });
  } catch (e) {
    if (signal?.aborted)
      throw e;
    throw new ServerError('The server does not answer. Is it running?');
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok || body === null) {
    throw new ServerError(body?.detail ??
      `The server could not answer (${answer.status}).`);
  }
  return body;
}

/** @returns {Promise<Place>} */
export const getPlace = () => getJson('/api/place');

/** What is known of the sites: the server's own description.
 * @returns {Promise<Record<string, Property>>} */
export async function getProperties() {
  const schema = await getJson('/ogc/collections/sites/queryables');
  return schema.properties ?? {};
}

/** Every site, page by page. @param {string[]} properties
 * @returns {Promise<Feature[]>} */
export async function getSites(properties) {
  /** @type {Feature[]} */
  const all = [];
  /** @type {string | null} */
  let next = '/ogc/collections/sites/items?f=json&limit=10000&properties=' +
    encodeURIComponent(properties.join(','));
  while (next) {
    const page = /** @type {any} */ (await getJson(next));
    all.push(...page.features);
    const link = (page.links ?? []).find((/** @type {any} */ l) =>
      l.rel === 'next');
    next = link && page.features.length ? sameHost(link.href) : null;
  }
  return all;
}

/** A link as a path of this server, whatever name it goes by behind a proxy.
 * @param {string} href */
function sameHost(href) {
  const url = new URL(href, location.href);
  return url.pathname + url.search;
}

/** One site: its facts, its users, its class and why. @param {string} id
 * @param {AbortSignal} [signal] @returns {Promise<SiteFacts>} */
export const getSite = (id, signal) => getJson(
  `/api/sites/${encodeURIComponent(id)}/explanation`, signal);

/** What lies within so many metres of a postcode. @param {string} postcode
 * @param {number} metres @returns {Promise<any>} */
export const getNear = (postcode, metres) => getJson(
  `/api/near?near=${encodeURIComponent(postcode)}&within=${metres}`);

/** The address pattern of a collection's tiles: with the version of the data in
 * it, so that a tile may be kept for good.
 * @param {string} version @param {string} collection @param {string} [filter] */
export function tileAddress(version, collection, filter) {
  const query = filter ? `&filter=${encodeURIComponent(filter)}` : '';
  return `${globalThis.location?.origin ?? ''}/tiles/` +
    `${encodeURIComponent(collection)}/{z}/{x}/{y}.mvt` +
    `?v=${version.slice(0, 16)}${query}`;
}

/** The address of one picture of the map. @param {string} version
 * @param {{z: number, x: number, y: number}} tile @param {string} filter of the
 * sites @param {string | null} vintage of the areas */
export function pictureAddress(version, { z, x, y }, filter, vintage) {
  const query = new URLSearchParams({ v: version.slice(0, 16) });
  if (filter)
    query.set('filter', filter);
  if (vintage)
    query.set('vintage', vintage);
  const twice = (globalThis.devicePixelRatio ?? 1) > 1 ? '@2x' : '';
  return `/tiles/map/${z}/${x}/${y}${twice}.png?${query}`;
}

/** The page of one site. @param {string} id */
export const sitePage = (id) => `/sites/${encodeURIComponent(id)}`;
