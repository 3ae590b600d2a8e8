// The page: each section has a module of its own.
import * as api from './api.js';
import { $, make } from './dom.js';
import * as fingerprint from './fingerprint.js';
import * as live from './live.js';
import * as search from './search.js';

async function showModel() {
  try {
    const m = await api.model();
    $('model-line').textContent = `${m.name}: ${m.n} dimensions, ${m.packed_bytes} bytes a code; kernel ${m.kernel.backend}/${m.kernel.isa}`;
    $('outputs').tBodies[0].replaceChildren(...m.outputs.map((o) => make('tr', { class: o.chosen ? 'chosen' : '' },
      make('td', {}, o.name), make('td', {}, o.chosen ? 'yes' : 'no'), make('td', {}, o.why), make('td', {}, o.type))));
    const cut = m.hidden.last_token ? 'The model is cut to put out the last token’s row alone.' : `The model puts out every token’s row: ${m.hidden.not_cut}.`;
    const talk = { template: 'Conversations are written by the model’s chat template.', lines: 'Conversations are written as plain lines.', refused: 'Conversations are refused: the chat template can’t be used.' };
    $('model-notes').textContent = `${cut} ${talk[m.conversations]}`;
  } catch (error) {
    $('model-line').textContent = error.message;
    if (error.status === 401) $('key-form').hidden = false;
    if (error.status === 503) setTimeout(showModel, 1000);
  }
}

$('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  api.useKey($('api-key').value);
  $('key-form').hidden = true;
  showModel();
  search.refresh();
});

showModel();
fingerprint.start();
search.start();
live.start();
