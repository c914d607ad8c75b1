import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaWords, audienceWords, classWords, count, dateWords, numberWords,
  noPointWords, rights, statusWords, unitWords, valueWords }
  from '../src/text.js';

test('a computed surplus is never called anything but a candidate', () => {
  assert.equal(classWords('surplus'),
    'Surplus candidate - for the owner to review');
  assert.equal(classWords('in-review'), 'In review');
});

test('names that only objects have are not words', () => {
  assert.equal(classWords('constructor'), 'Constructor');
  assert.equal(statusWords('toString'), 'ToString');
  assert.equal(classWords(''), 'No class yet');
});

test('numbers are grouped in threes, fractions left alone', () => {
  const cases = /** @type {[number, string][]} */ ([[0, '0'], [999, '999'],
    [1000, '1,000'], [1234567, '1,234,567'], [-1234, '-1,234'],
    [1234.5678, '1,234.5678']]);
  for (const [n, words] of cases)
    assert.equal(numberWords(n), words);
});

test('one site, two sites', () => {
  assert.equal(count(1, 'site'), '1 site');
  assert.equal(count(2000, 'site'), '2,000 sites');
  assert.equal(count(0, 'entry', 'entries'), '0 entries');
});

test('dates are written out, other text is left as it is', () => {
  assert.equal(dateWords('2026-11-02'), '2 November 2026');
  assert.equal(dateWords('2026-13-02'), '2026-13-02');
  assert.equal(dateWords('M32 0TH'), 'M32 0TH');
});

test('values of every type become words', () => {
  assert.equal(valueWords(true), 'Yes');
  assert.equal(valueWords(['A', 3]), 'A, 3');
  assert.equal(valueWords('adult-learning'), 'Adult learning');
  assert.equal(valueWords('http://a.example/b-c'), 'http://a.example/b-c');
  assert.equal(valueWords(null), '');
  assert.equal(valueWords(1234.567), '1,234.57');
  assert.equal(valueWords('2026-01-31'), '31 January 2026');
});

test('areas say how sure they are', () => {
  assert.equal(areaWords('North', 'inside'), 'North');
  assert.equal(areaWords('North', 'probable'), 'North (probably)');
  assert.equal(areaWords('', 'not published'), 'Not published');
  assert.equal(areaWords('', ''), 'Not known');
});

test('why a site is not on the map is told from what is known of it', () => {
  const cases = [
    ['no point', 'none', '', 'No position given'],
    ['no point', 'none', 'AB1 2CD', 'Its postcode is not among those loaded'],
    ['no point', 'outward', 'AB1', 'Only an outward postcode is given'],
    ['probable', 'outward', 'AB1', 'Only an outward postcode is given'],
    ['not published', '', 'AB1', 'Position not published'],
  ];
  for (const [certainty, source, postcode, words] of cases)
    assert.equal(noPointWords({ certainty, source, postcode }), words);
});

test('units, rights and audiences', () => {
  assert.equal(unitWords('m2'), 'm\u00b2');
  assert.equal(unitWords('ha'), 'ha');
  assert.equal(rights('(c) Crown (C) 2024'), '\u00a9 Crown \u00a9 2024');
  assert.equal(audienceWords('partner:abc'), 'Partner view: abc');
});
