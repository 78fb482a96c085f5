// The simulated cluster: what can be made to fail and to heal.
import * as api from './api.js';
import { $, h, hush, label, onLang, say } from './dom.js';
import { dress } from './card.js';
import { problemWords } from './chat.js';
import { onFailing, refreshFailing } from './failing.js';

const rows = new Map();
let flips = 0;
let flipping = 0;

function makeRow(scenario) {
  const ask = h('button', { class: 'ask scenario' });
  const status = h('span', { class: 'status' });
  const toggle = h('button', { class: 'toggle', on: () => flip(scenario.cause) });
  const element = h('li', {}, ask, h('div', { class: 'scenario-facts' }, h('code', { class: 'cause' }, scenario.cause), status, toggle));
  return { element, ask, status, toggle };
}

function fillRow(row, scenario) {
  row.scenario = scenario;
  row.element.dataset.failing = scenario.failing;
  row.ask.dataset.ask = scenario.ask;
  row.ask.dataset.source = scenario.cluster;
  const title = scenario.title ?? scenario.cause;
  row.ask.textContent = title;
  say(row.status, scenario.failing ? 'is_failing' : 'is_well');
  const vars = { what: title };
  say(row.toggle, scenario.failing ? 'heal' : 'fail', vars);
  label(row.toggle, scenario.failing ? 'heal_what' : 'fail_what', vars);
}

function render({ scenarios }) {
  // Rows are kept and filled anew, so that the toggle just pressed keeps the focus.
  for (const scenario of scenarios) {
    if (!rows.has(scenario.cause)) rows.set(scenario.cause, makeRow(scenario));
    const row = rows.get(scenario.cause);
    fillRow(row, scenario);
    if (!row.element.isConnected) $('scenarios').append(row.element);
  }
  for (const [cause, row] of rows) {
    if (scenarios.some((scenario) => scenario.cause === cause)) continue;
    row.element.remove();
    rows.delete(cause);
  }
}

function tell(problem) {
  const status = $('playground-status');
  status.classList.toggle('side-error', problem !== null);
  hush(status);
  if (problem) problemWords(problem, status);
}

async function settle(request) {
  const before = flips;
  try {
    const list = await request();
    // Read before a toggle was pressed: it would show the old state once more.
    if (flips !== before) return true;
    render(list);
    tell(null);
    return true;
  } catch (problem) {
    tell(problem);
    return false;
  }
}

async function flip(cause) {
  const { toggle, scenario } = rows.get(cause);
  // Not `disabled`: that would throw the focus away.
  if (toggle.getAttribute('aria-disabled') === 'true') return;
  toggle.setAttribute('aria-disabled', 'true');
  flips += 1;
  flipping += 1;
  const done = await settle(() => api.setScenario(cause, !scenario.failing));
  flipping -= 1;
  toggle.removeAttribute('aria-disabled');
  if (done) refreshFailing();
}

const shellWord = (text) => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export function startPlayground(state) {
  const box = $('playground');
  box.hidden = false;
  $('welcome-playground').hidden = false;
  // which says that things can be changed here
  $('welcome-text').hidden = true;
  if (state.kubeconfig) {
    $('kubeconfig').hidden = false;
    $('kubeconfig').querySelector('code').textContent = `KUBECONFIG=${shellWord(state.kubeconfig)} kubectl get pods -A`;
  }
  const load = () => {
    if (!box.open || flipping > 0) return;
    // Only an open box has a width, by which it is known whether it scrolls.
    dress(box);
    settle(api.scenarios);
  };
  box.addEventListener('toggle', load);
  onLang(load);
  onFailing(load);
}
