// Every request of the page. What goes wrong becomes a Problem that knows the words for it.
import { currentLang } from './dom.js';
import { chosenPerson } from './person.js';

export class Problem extends Error {
  /** `sentence` is the server's own, already in the reader's language; without one, `key` names the page's. */
  constructor(key, { sentence = null, vars = {} } = {}) {
    super(sentence ?? key);
    Object.assign(this, { key, sentence, vars });
  }
}

async function call(path, query, options = {}) {
  const url = query ? `${path}?${new URLSearchParams(query)}` : path;
  let response;
  let text;
  try {
    response = await fetch(url, { credentials: 'same-origin', cache: 'no-store', ...options });
    text = await response.text();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem('gone');
  }
  if (response.status === 401 || response.status === 403) throw new Problem('session');
  let body = null;
  try { body = JSON.parse(text); } catch { /* told below, by the status */ }
  if (!response.ok) {
    const sentence = typeof body?.error === 'string' ? body.error : null;
    throw new Problem('refused', { sentence, vars: { status: response.status } });
  }
  if (body === null) throw new Problem('garbled');
  return body;
}

const post = (path, query, body, signal) => call(path, query, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Podwhy': '1' },
  body: JSON.stringify(body),
  signal,
});

export const state = () => call('/api/state');
export const failing = () => call('/api/failing', { lang: currentLang() });
export const ask = (text, source, signal) => post('/api/ask', null, { text, lang: currentLang(), source, as: chosenPerson() }, signal);
export const complete = (text, source, signal) => call('/api/complete', source ? { text, source } : { text }, { signal });
export const scenarios = () => call('/api/playground', { lang: currentLang() });
export const setScenario = (cause, fails) => post('/api/playground', { lang: currentLang() }, { cause, failing: fails });

export const actions = (names) => call('/api/actions', { names: names.join(','), lang: currentLang() });
export const offer = (target, key, as) => post('/api/actions/offer', null, { target, key, as: as ?? '', lang: currentLang() });
export const press = (name, agree, typed, as) => post('/api/actions', null, { name, agree, typed, as: as ?? '', lang: currentLang() });

export async function dump(files, signal) {
  const form = new FormData();
  for (const { file, path } of files) form.append('file', file, path);
  try {
    // The browser itself writes the Content-Type: only it knows the boundary.
    return await call('/api/dump', { lang: currentLang() }, { method: 'POST', headers: { 'X-Podwhy': '1' }, body: form, signal });
  } catch (problem) {
    // A server that refuses in the middle of an upload looks like one that is gone; only a second question tells.
    if (problem.key === 'gone' && await state().then(() => true, () => false)) throw new Problem('dump_refused');
    throw problem;
  }
}
