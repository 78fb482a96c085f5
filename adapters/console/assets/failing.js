// "Failing now": every cluster's groups by root cause, refreshed while somebody looks.
import * as api from './api.js';
import { $, clock, h, hush, onLang, say } from './dom.js';
import { problemWords } from './chat.js';

const EVERY_MS = 10_000;
const SHOWN_PODS = 4;
let timer = 0;
let running = null;
let shown = null;
let at = null;
const followers = [];

/** Called with the list after every reading that succeeded. */
export const onFailing = (follower) => followers.push(follower);

function podButton(pod, cluster) {
  return h('li', {}, h('button', { class: 'ask pod', 'data-ask': pod.ask, 'data-source': cluster }, pod.label));
}

function group(entry, cluster) {
  const pods = entry.pods.map((pod) => podButton(pod, cluster));
  const rest = pods.splice(pods.length > SHOWN_PODS + 1 ? SHOWN_PODS : pods.length);
  return h('li', { class: 'group', 'data-verdict': entry.verdict },
    h('p', { class: 'facts' },
      h('code', { class: 'cause' }, entry.cause),
      entry.count > 1 ? h('span', { class: 'count' }, `× ${entry.count}`) : null,
      entry.verdict === 'expected' ? h('span', { class: 'muted', t: 'expected' }) : null),
    h('p', { class: 'summary', title: entry.summary }, entry.summary),
    h('ul', { class: 'pods' }, ...pods),
    rest.length === 0 ? null : h('details', { class: 'rest', 'data-key': `${cluster} ${entry.cause} ${entry.summary}` },
      h('summary', { t: 'more_pods', vars: { n: rest.length } }), h('ul', { class: 'pods' }, ...rest)));
}

function cluster(entry) {
  const groups = [...entry.groups].sort((a, b) => (a.verdict === 'expected') - (b.verdict === 'expected'));
  const counts = { failing: entry.failing, expected: entry.expected, healthy: entry.healthy };
  return h('section', { class: 'cluster-block' },
    h('h3', {}, entry.name),
    entry.error ? h('p', { class: 'side-error' }, entry.error) : h('p', { class: 'counts muted', t: 'counts', vars: counts }),
    !entry.error && groups.length === 0 ? h('p', { class: 'all-well', t: 'nothing_fails' }) : null,
    h('ol', { class: 'groups' }, ...groups.map((each) => group(each, entry.name))));
}

const total = (list) => list.clusters.reduce((sum, each) => sum + each.failing, 0);

function render(list) {
  const fresh = JSON.stringify(list);
  if (fresh === shown) return;
  shown = fresh;
  const box = $('failing');
  // A new list must not take the keyboard's place away, nor close what was opened.
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.ask : null;
  const opened = new Set([...box.querySelectorAll('details[open]')].map((element) => element.dataset.key));
  box.replaceChildren(...list.clusters.map(cluster));
  for (const element of box.querySelectorAll('details')) element.open = opened.has(element.dataset.key);
  if (focused) [...box.querySelectorAll('.ask')].find((button) => button.dataset.ask === focused)?.focus();
  document.title = total(list) ? `(${total(list)}) podwhy` : 'podwhy';
}

function tellStale(problem) {
  const status = $('failing-status');
  hush(status);
  status.classList.add('side-error');
  status.append(at ? h('span', { t: 'stale', vars: { time: at } }) : '', problemWords(problem, h('span')));
  $('failing').classList.toggle('stale', at !== null);
  // On a narrow screen the list is behind a button, and what is wrong with it would be too.
  $('welcome-problem').hidden = false;
  problemWords(problem, $('welcome-problem'));
  say($('side-toggle'), 'no_contact').classList.add('bad');
}

async function load() {
  clearTimeout(timer);
  const mine = {};
  running = mine;
  try {
    const list = await api.failing();
    if (running !== mine) return;
    at = clock(new Date());
    $('failing-status').classList.remove('side-error');
    hush($('failing-status'));
    hush($('welcome-problem'));
    $('welcome-problem').hidden = true;
    say($('side-toggle'), 'failing_n', { n: total(list) }).classList.remove('bad');
    $('failing').classList.remove('stale');
    say($('fresh'), 'updated', { time: at });
    render(list);
    for (const follower of followers) follower(list);
  } catch (problem) {
    if (running !== mine) return;
    // Said once, not every ten seconds: the region is live and would be read aloud each time.
    if ($('failing-status').dataset.problem !== problem.message || !$('failing-status').hasChildNodes()) tellStale(problem);
    $('failing-status').dataset.problem = problem.message;
    hush($('fresh'));
  }
  running = null;
  plan();
}

function plan() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(load, EVERY_MS);
}

export const refreshFailing = load;

export function startFailing() {
  say($('failing-status'), 'reading');
  $('refresh').addEventListener('click', load);
  document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(timer) : load()));
  onLang(load);
}
