/* The page behind "What they mean": purpose, definitions, sources. */
/** @import {Context} from './types' */
import { signElement } from './symbols.js';
import { classWords, dateWords, rights } from './text.js';
import { fill, h } from './dom.js';

/** @param {HTMLDialogElement} dialog @param {Context} ctx */
export function createAbout(dialog, { place }) {
  const term = (/** @type {import('./types').Place['classes'][0]} */ c) => [
    h('dt', {}, signElement(c.class), classWords(c.class)),
    h('dd', {}, c.definition ?? (c.class === 'in-review' ?
      'Its owner is asked to look at it. Nothing has been decided.' :
      'No rules have been applied yet.'))];
  const close = () => dialog.close();
  fill(dialog,
    h('div', { class: 'row' },
      h('h2', { id: 'about-title' }, 'What the classes mean'),
      h('button', { type: 'button', class: 'link', onclick: close }, 'Close')),
    h('dl', { class: 'definitions' }, ...place.classes.flatMap(term)),
    h('p', {}, place.run ? 'The classes follow the rules ' +
      `\u201c${place.run.rules}\u201d, version ${place.run.version}. They ` +
      'are there to start a conversation; they are not policy. Only the ' +
      'owner of a building can declare it surplus.' :
      'No classification has been adopted yet.'),
    h('h2', {}, 'About this map'),
    place.purpose ? h('p', {}, place.purpose) : null,
    place.contact ? h('p', {}, `Questions and corrections: ${place.contact}.`) :
      null,
    h('p', {}, `As of ${dateWords(place.as_of)}. `, accuracy(place)),
    h('h2', {}, 'Sources'),
    h('table', { class: 'sources' },
      h('thead', {}, h('tr', {}, ...['Data', 'As of', 'Credit and licence']
        .map((t) => h('th', { scope: 'col' }, t)))),
      h('tbody', {}, ...place.layers.map((l) => h('tr', {},
        h('th', { scope: 'row' }, l.title, l.illustrative ?
          h('span', { class: 'badge' }, 'Illustrative') : null),
        h('td', {}, l.as_of ? dateWords(l.as_of) : ''),
        h('td', {}, [l.attribution ? rights(l.attribution) : '', l.licence]
          .filter(Boolean).join('. ')))))));
  dialog.setAttribute('aria-labelledby', 'about-title');
  dialog.addEventListener('click', (e) => {
    if (e.target === dialog)
      close();
  });
  return () => dialog.showModal();
}

/** @param {import('./types').Place} place */
const accuracy = (place) => place.accuracy ?
  'Positions on the British National Grid are turned into longitude and ' +
  `latitude to within ${place.accuracy.metres} m` +
  (place.accuracy.has_grid ? '.' : ': the accurate grid is not installed.') :
  '';
