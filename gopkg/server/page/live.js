// The panel of what the server does now, from /metrics.
import * as api from './api.js';
import { $, duration, make } from './dom.js';

const every = 2000; // milliseconds
let before = null, timer = 0;

export function start() {
  $('live-toggle').addEventListener('click', () => {
    const on = $('live-toggle').getAttribute('aria-pressed') !== 'true';
    $('live-toggle').setAttribute('aria-pressed', String(on));
    $('live-toggle').textContent = on ? 'Pause' : 'Go on';
    clearTimeout(timer);
    if (on) look();
  });
  document.addEventListener('visibilitychange', () => { clearTimeout(timer); if (!document.hidden && running()) look(); });
  look();
}

const running = () => $('live-toggle').getAttribute('aria-pressed') === 'true';

async function look() {
  try {
    const now = { at: performance.now() / 1000, values: parse(await api.metricsText()) };
    $('live').replaceChildren(...figures(now).map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
    $('live-problem').textContent = '';
    before = now;
  } catch (error) {
    $('live-problem').textContent = error.message;
  }
  if (running() && !document.hidden) timer = setTimeout(look, every);
}

/** Sums of the samples of each name in Prometheus' text format, over their labels. */
export function parse(text) {
  const sums = new Map();
  for (const line of text.split('\n')) {
    const sample = /^([a-z_0-9:]+)(?:\{[^}]*\})?\s+(\S+)/i.exec(line);
    if (sample) sums.set(sample[1], (sums.get(sample[1]) ?? 0) + Number(sample[2]));
  }
  return sums;
}

function figures(now) {
  const value = (name) => now.values.get(name) ?? 0;
  const grown = (name) => (before ? value(name) - (before.values.get(name) ?? 0) : 0);
  const seconds = before ? now.at - before.at : 1;
  const mean = (histogram) => (grown(`${histogram}_count`) > 0 ? grown(`${histogram}_sum`) / grown(`${histogram}_count`) : null);
  const time = (histogram) => (mean(histogram) === null ? '–' : duration(mean(histogram)));
  const batch = mean('q2_batch_texts');
  return [
    ['Texts waiting', value('q2_queue_texts')],
    ['Texts in the model', value('q2_running_texts')],
    ['Texts a second', (grown('q2_texts_done_total') / seconds).toFixed(1)],
    ['Tokens a second', (grown('q2_tokens_total') / seconds).toFixed(0)],
    ['Texts a batch', batch === null ? '–' : batch.toFixed(1)],
    ['A batch in the model', time('q2_model_duration_seconds')],
    ['A batch in the kernel', time('q2_kernel_duration_seconds')],
    ['A scan', time('q2_search_duration_seconds')],
    ['Arena leases in use', `${value('q2_arena_leases_in_use')} of ${value('q2_arena_leases')}`],
    ['Waits for a lease', value('q2_arena_waits_total')],
    ['Requests now', value('q2_http_requests_in_flight')],
    ['Texts refused', value('q2_texts_rejected_total')],
  ].map(([name, figure]) => [name, String(figure)]);
}
