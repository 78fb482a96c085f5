// Which cluster or dump a typed question asks.
import { $, h, onLang, t } from './dom.js';

const dumps = [];
let clusters = [];

function render(selected) {
  const option = (value, shown) => h('option', { value }, shown);
  const group = (key, options) => h('optgroup', { label: t(key) }, ...options);
  const own = clusters.map((name) => option(name, name));
  $('source').replaceChildren(...(dumps.length === 0 ? own : [
    ...(own.length ? [group('source_clusters', own)] : []),
    group('source_dumps', dumps.map(({ source, name }) => option(source, name))),
  ]));
  $('source').value = selected;
  $('source-box').hidden = clusters.length + dumps.length < 2;
}

export function setClusters(names, preferred) {
  clusters = names;
  render($('source').value || preferred);
}

export function addDump(source, name) {
  const twins = dumps.filter((dump) => dump.name === name).length;
  dumps.push({ source, name: twins ? `${name} (${twins + 1})` : name });
  render(source);
}

export const chosenSource = () => $('source').value || null;

onLang(() => render($('source').value));
