/* What the page shows, in one value, and that value in the address. Pure, but
 * for createStore(), which holds it. */
/** @import {State, Store, Pane} from './types' */

const PANES = ['legend', 'table', 'tray', 'list', 'site'];

/** @returns {State} */
export const initialState = () => ({
  position: null, off: [], hidden: [], site: null, vintage: null,
  pane: 'table', words: '',
});

const packList = (/** @type {string[]} */ list) =>
  list.map(encodeURIComponent).join(',');

function unpack(/** @type {string} */ text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return ''; /* a broken address is not worth an error */
  }
}

const unpackList = (/** @type {string} */ text) =>
  text.split(',').map(unpack).filter(Boolean);

/** The part of the address after '#'. @param {State} s */
export function toHash(s) {
  const parts = [];
  if (s.position) {
    const { zoom, lat, lon } = s.position;
    parts.push(`map=${zoom.toFixed(2)}/${lat.toFixed(5)}/${lon.toFixed(5)}`);
  }
  if (s.vintage)
    parts.push(`areas=${encodeURIComponent(s.vintage)}`);
  if (s.off.length)
    parts.push(`without=${packList(s.off)}`);
  if (s.hidden.length)
    parts.push(`hide=${packList(s.hidden)}`);
  if (s.words)
    parts.push(`find=${encodeURIComponent(s.words)}`);
  if (s.site)
    parts.push(`site=${encodeURIComponent(s.site)}`);
  else if (s.pane === 'tray')
    parts.push('list=tray');
  return parts.length ? `#${parts.join('&')}` : '';
}

function readPosition(/** @type {string} */ text) {
  const [zoom, lat, lon] = text.split('/').map(Number);
  const good = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 &&
    Math.abs(lon) <= 180;
  return good ? { zoom, lat, lon } : null;
}

/** What an address says; whatever it gets wrong is left as it was at first.
 * @param {string} hash @returns {State} */
export function fromHash(hash) {
  const s = initialState();
  for (const part of hash.replace(/^#/, '').split('&')) {
    const at = part.indexOf('=');
    const value = part.slice(at + 1);
    switch (at < 0 ? '' : part.slice(0, at)) {
      case 'map': s.position = readPosition(value); break;
      case 'areas': s.vintage = unpack(value) || null; break;
      case 'without': s.off = unpackList(value); break;
      case 'hide': s.hidden = unpackList(value); break;
      case 'find': s.words = unpack(value); break;
      case 'site': s.site = unpack(value) || null; break;
      case 'list':
        if (PANES.includes(value))
          s.pane = /** @type {Pane} */ (value);
        break;
      default: break;
    }
  }
  if (s.site)
    s.pane = 'site';
  return s;
}

/** @param {State} state @returns {Store} */
export function createStore(state) {
  let now = state;
  /** @type {((now: State, before: State) => void)[]} */
  const listeners = [];
  return {
    get: () => now,
    set(patch) {
      const before = now;
      now = { ...now, ...patch };
      for (const tell of listeners)
        tell(now, before);
    },
    on: (listener) => void listeners.push(listener),
  };
}
