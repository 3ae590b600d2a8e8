// Collections: search, and indexing a file line by line.
import * as api from './api.js';
import { $, duration, make, showProblem } from './dom.js';

const atOnce = 64; // lines a request

export async function start() {
  $('search-form').addEventListener('submit', (event) => { event.preventDefault(); run(); });
  $('index-form').addEventListener('submit', (event) => event.preventDefault());
  $('file').addEventListener('change', () => $('file').files[0] && index($('file').files[0]));
  const drop = $('index-form');
  drop.addEventListener('dragover', (event) => { event.preventDefault(); drop.classList.add('over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (event.dataTransfer.files[0]) index(event.dataTransfer.files[0]);
  });
  await refresh();
}

export async function refresh(chosen = $('collection').value) {
  try {
    const list = await api.collections();
    $('collection').replaceChildren(...list.map((c) => make('option', { value: c.name, selected: c.name === chosen }, `${c.name} (${c.points})`)));
    if (list.length === 0) $('collection').replaceChildren(make('option', { value: '' }, 'none yet'));
  } catch (error) {
    showProblem('search-problem', error);
  }
}

async function run() {
  showProblem('search-problem', null);
  $('search-times').textContent = '';
  $('hits').replaceChildren();
  try {
    if (!$('collection').value) throw new Error('There is no collection yet: index a file first.');
    const begun = performance.now();
    const answer = await api.search($('collection').value, { text: $('query').value, k: 10, ranking: $('ranking').value });
    const whole = (performance.now() - begun) / 1000;
    $('search-times').textContent = `${answer.hits.length} hits. Model ${duration(answer.timing.model)}, scan ${duration(answer.timing.scan)}, with the way here and back ${duration(whole)}.`;
    $('hits').replaceChildren(...answer.hits.map(hit));
  } catch (error) {
    showProblem('search-problem', error);
  }
}

function hit(h) {
  const near = h.distance === undefined ? `score ${h.score.toFixed(2)}` : `distance ${h.distance}`;
  const text = h.payload && h.payload.text ? h.payload.text : JSON.stringify(h.payload ?? {});
  return make('li', {}, text, make('p', { class: 'hint' }, `${near} · id ${h.id} · key ${h.key}`));
}

/** The points of a file's lines. A .jsonl line is an object with a text, an id or none, and whatever else becomes the payload. */
export function points(name, content) {
  const lines = content.split(/\r?\n/), found = [];
  lines.forEach((line, at) => {
    if (line.trim() === '') return;
    if (!/\.(jsonl|ndjson)$/i.test(name)) {
      found.push({ id: at + 1, text: line, payload: { text: line } });
      return;
    }
    let object;
    try {
      object = JSON.parse(line);
    } catch {
      throw new Error(`Line ${at + 1} of ${name} is not JSON.`);
    }
    if (typeof object !== 'object' || object === null || typeof object.text !== 'string') throw new Error(`Line ${at + 1} of ${name} has no "text".`);
    const { id = at + 1, ...payload } = object;
    found.push({ id, text: object.text, payload });
  });
  if (found.length === 0) throw new Error(`${name} has no line with a text.`);
  return found;
}

async function index(file) {
  showProblem('index-problem', null);
  const stop = new AbortController();
  $('index-stop').onclick = () => stop.abort();
  $('index-bar').value = 0;
  $('index-progress').hidden = false;
  const name = $('new-collection').value;
  let done = 0;
  try {
    const all = points(file.name, await file.text());
    await api.createCollection(name);
    for (; done < all.length; done += atOnce) {
      say(`${file.name}: ${done} of ${all.length} lines`, done / all.length);
      await patiently(() => api.upsert(name, all.slice(done, done + atOnce), stop.signal));
    }
    say(`${file.name}: ${all.length} lines are in ${name}.`, 1);
  } catch (error) {
    if (error.name === 'AbortError') say(`Stopped: ${done} lines are in ${name}.`, 0);
    else showProblem('index-problem', error);
  } finally {
    $('index-progress').hidden = true;
    $('file').value = '';
    await refresh(name);
  }
}

function say(text, share) {
  $('index-status').textContent = text;
  $('index-bar').value = share;
}

/** A full queue is no failure of a long job: wait as long as the server asks, and try again. */
async function patiently(call) {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (error.status !== 429) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * Math.max(1, error.retryAfter)));
    }
  }
}
