/* Making elements. Text only ever goes in as text. */

/** @typedef {Node | string | null | undefined | false} Child */

/** An element with attributes (those that are null or false are left out;
 * `on...` are listeners) and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, any>} [attributes]
 * @param {...Child} children @returns {HTMLElementTagNameMap[K]} */
export function h(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false)
      continue;
    if (name.startsWith('on'))
      e.addEventListener(name.slice(2), value);
    else
      e.setAttribute(name, value === true ? '' : String(value));
  }
  fill(e, ...children);
  return e;
}

/** Replace what an element holds. @param {Element} e
 * @param {...Child} children */
export function fill(e, ...children) {
  e.replaceChildren(...children.filter(isThere));
}

/** @param {Child} c @returns {c is Node | string} */
const isThere = (c) => c !== null && c !== undefined && c !== false &&
  c !== '';

/** The element that the page must have. @param {string} id */
export function byId(id) {
  const e = document.getElementById(id);
  if (!e)
    throw new Error(`the page has no '${id}'`);
  return e;
}
