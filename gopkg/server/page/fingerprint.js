// Text to fingerprint, and two of them side by side.
import * as api from './api.js';
import { count, distances, unpack, writings } from './code.js';
import { $, duration, make, showProblem } from './dom.js';
import { drawActivation, drawCode } from './field.js';

const names = ['A', 'B', 'C', 'D'];
const meanings = ['strongly negative', 'weakly negative', 'weakly positive', 'strongly positive'];
let writing = 'symbols';
let redraw = () => {};

export function start() {
  const form = $('fingerprint-form');
  form.addEventListener('submit', (event) => { event.preventDefault(); run(); });
  for (const id of ['first', 'second']) {
    $(id).addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }
  form.addEventListener('change', () => { $('conversation-hint').hidden = kind() !== 'conversation'; });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => redraw());
}

const kind = () => new FormData($('fingerprint-form')).get('kind');

async function run() {
  showProblem('fingerprint-problem', null);
  $('send').disabled = true;
  try {
    const inputs = [$('first').value, $('second').value].filter((text) => text.trim() !== '');
    if (inputs.length === 0) throw new Error('There is no text: write one first.');
    const found = [];
    for (const input of inputs) found.push(await api.fingerprint(kind(), input, $('with-activation').checked));
    show(found);
  } catch (error) {
    showProblem('fingerprint-problem', error);
  } finally {
    $('send').disabled = false;
  }
}

function show(found) {
  const codes = found.map((f) => unpack(f.packed, f.n));
  const cards = found.map((f, i) => card(f, codes[i], i, found.length));
  $('results').replaceChildren(...cards.map((c) => c.element));
  $('comparison').replaceChildren(...(found.length === 2 ? [comparison(codes)] : []));
  redraw = () => cards.forEach((c, i) => c.draw(codes[1 - i]));
  redraw();
}

function card(f, symbols, i, of) {
  const counts = count(symbols);
  const code = make('canvas', { role: 'img', 'aria-label': `The code, ${f.n} cells: ${counts.map((c, s) => `${c} ${names[s]}`).join(', ')}` });
  const children = [
    make('h3', {}, of === 2 ? (i === 0 ? 'The first' : 'The second') : 'Its fingerprint'),
    make('p', { class: 'hint' }, `${f.token_count} tokens${f.cut ? ', cut at the tokenizer’s limit' : ''}; the last one is what counts:`),
    make('ol', { class: 'tokens', tabIndex: 0, 'aria-label': 'Tokens' }, ...f.tokens.map((t) => make('li', { title: `id ${t.id}` }, t.token || `#${t.id}`))),
    ...keyViews(f, i),
    make('p', {}, `${f.transitions} transitions. Model ${duration(f.timing.model)}, kernel ${duration(f.timing.kernel)}.`),
    code,
    make('ul', { class: 'legend', 'aria-label': 'Symbols' }, ...names.map((s, v) => make('li', {}, make('span', { class: `swatch-${s.toLowerCase()}` }), `${s}, ${meanings[v]}: ${counts[v]}`))),
  ];
  const heat = f.activation && make('canvas', { role: 'img', 'aria-label': `The activation, ${f.n} numbers from ${extreme(f.activation, Math.min)} to ${extreme(f.activation, Math.max)}` });
  if (heat) children.push(make('h3', {}, 'The activation'), heat, make('p', { class: 'hint' }, `From ${extreme(f.activation, Math.min)} to ${extreme(f.activation, Math.max)}.`));
  return {
    element: make('article', { class: 'card' }, ...children),
    draw(other) {
      drawCode(code, symbols, other);
      if (heat) drawActivation(heat, f.activation);
    },
  };
}

const extreme = (activation, choose) => activation.reduce((m, x) => choose(m, x)).toPrecision(3);

function keyViews(f, i) {
  const forms = writings(f), value = make('output', { class: 'key', 'aria-label': 'Key' }, forms[writing]);
  const choice = (name, label) => {
    const input = make('input', { type: 'radio', name: `writing-${i}`, value: name, checked: name === writing });
    input.addEventListener('change', () => { writing = name; value.textContent = forms[name]; });
    return make('label', {}, input, ` ${label}`);
  };
  return [
    make('fieldset', { class: 'choices' }, make('legend', {}, 'Key as'), choice('symbols', 'ABCD'), choice('genes', 'GACT'), choice('hex', 'hex')),
    make('p', { class: 'key' }, value),
  ];
}

function comparison([a, b]) {
  const { lee, l1, differ } = distances(a, b);
  return make('div', { class: 'card' },
    make('h3', {}, 'Compared'),
    make('p', {}, make('strong', { id: 'lee' }, `Lee distance ${lee}`), ` of at most ${2 * a.length}; unrelated codes lie around ${a.length}. L1 distance ${l1}. ${differ} of ${a.length} cells differ; they have a mark.`));
}
