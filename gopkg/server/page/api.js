// The service's interface, as openapi.yaml describes it.

/** What the server refused, in its own words. */
export class Problem extends Error {
  constructor(status, body) {
    super(words(status, body));
    this.status = status;
  }
}

function words(status, body) {
  if (!body || !body.detail) return `The server answered ${status}.`;
  const detail = body.detail[0].toUpperCase() + body.detail.slice(1);
  return /[.!?]$/.test(detail) ? detail : detail + '.';
}

const storage = 'q2-api-key';

export function useKey(key) {
  sessionStorage.setItem(storage, key);
}

async function ask(method, path, body, signal) {
  const headers = {};
  const key = sessionStorage.getItem(storage);
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error('The server does not answer.');
  }
  if (!response.ok) {
    const problem = new Problem(response.status, await response.json().catch(() => null));
    problem.retryAfter = Number(response.headers.get('Retry-After')) || 0;
    throw problem;
  }
  return response;
}

const json = async (...request) => (await ask(...request)).json();
const named = (collection) => `v1/collections/${encodeURIComponent(collection)}`;

export const model = () => json('GET', 'v1/model');
export const collections = async () => (await json('GET', 'v1/collections')).collections;
export const createCollection = (name) => json('PUT', named(name), {});
export const upsert = (name, points, signal) => json('PUT', `${named(name)}/points`, { points }, signal);
export const search = (name, request) => json('POST', `${named(name)}/search`, request);
export const metricsText = async () => (await ask('GET', 'metrics')).text();

export async function fingerprint(kind, input, activation) {
  const list = kind === 'conversation' ? { conversations: [messages(input)] } : { texts: [input] };
  const answer = await json('POST', 'v1/fingerprints', { ...list, tokens: true, timing: true, activation });
  return { n: answer.n, ...answer.fingerprints[0] };
}

/** A message a line; a line without a role goes on with the message before it. */
export function messages(text) {
  const list = [];
  for (const line of text.split('\n')) {
    const begin = /^\s*(system|user|assistant)\s*:\s*(.*)$/i.exec(line);
    if (begin) list.push({ role: begin[1].toLowerCase(), content: begin[2] });
    else if (list.length > 0) list[list.length - 1].content += '\n' + line;
    else if (line.trim() !== '') list.push({ role: 'user', content: line });
  }
  return list;
}
