// What can be done by a button: offered, agreed to in a dialog, and shown as it goes on.
import * as api from './api.js';
import { $, announce, hush, say } from './dom.js';
import { dress } from './card.js';
import { onAnswer, problemWords } from './chat.js';
import { refreshFailing } from './failing.js';
import { chosenPerson, showPerson, startPerson } from './person.js';

const EVERY_MS = 1000;
let looking = false;
// What the dialog is about.
let open = null;

const live = () => [...document.querySelectorAll('.action[data-live]')];

/** The server's own markup, escaped there. */
function made(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content.firstElementChild;
}

/** Puts the new state in the place of the old, and keeps the keyboard where it was. */
function put(element, card) {
  const fresh = made(card.html);
  const { name, stand } = element.dataset;
  if (fresh.dataset.name === name && fresh.dataset.stand === stand) return false;
  const held = element.contains(document.activeElement) ? document.activeElement : null;
  element.replaceWith(fresh);
  dress(fresh);
  if (held) (fresh.querySelector(`[data-act="${held.dataset.act}"]`) ?? fresh).focus({ preventScroll: true });
  announce(fresh.querySelector('.stands').textContent);
  if (!card.live) refreshFailing();
  return true;
}

function putAll(card) {
  for (const element of document.querySelectorAll('.action')) {
    if (element.dataset.name === card.name) put(element, card);
  }
}

async function look() {
  const shown = live();
  if (shown.length === 0 || document.hidden || looking) return;
  looking = true;
  try {
    const { cards } = await api.actions([...new Set(shown.map(({ dataset }) => dataset.name))]);
    // A button pressed meanwhile brought something newer than what was read.
    for (const element of shown.filter(({ isConnected }) => isConnected)) {
      const card = cards[element.dataset.name];
      if (card) put(element, card); else delete element.dataset.live;
    }
  } catch { /* that podwhy is gone is told beside the conversation */ }
  looking = false;
}

function tell(element, problem) {
  const line = element.querySelector('.action-error');
  hush(line);
  if (problem) problemWords(problem, line);
}

/** One press at a time; not `disabled`, which would throw the focus away. */
async function once(button, element, work) {
  if (button.getAttribute('aria-disabled') === 'true') return;
  button.setAttribute('aria-disabled', 'true');
  tell(element, null);
  try {
    await work();
  } catch (problem) {
    if (!(problem instanceof api.Problem)) console.error(problem);
    tell(element, problem);
  } finally {
    button.removeAttribute('aria-disabled');
  }
}

async function offer(button, element) {
  const card = await api.offer(button.dataset.target, button.dataset.key, chosenPerson());
  put(element, card);
}

async function decline(element) {
  putAll(await api.press(element.dataset.name, false, null, chosenPerson()));
}

function ask(button, element) {
  open = { name: element.dataset.name, typed: button.dataset.typed };
  $('confirm-title').textContent = element.querySelector('.action-title').textContent;
  const told = element.querySelectorAll('.changed, .warning');
  $('confirm-told').replaceChildren(...[...told].map((part) => part.cloneNode(true)));
  const people = element.closest('.fix').querySelector('.acting-as').cloneNode(true);
  $('confirm-as').replaceChildren(people);
  showPerson($('confirm'));
  $('confirm-typed-box').hidden = open.typed === undefined;
  $('confirm-typed').value = '';
  say($('confirm-typed-words'), 'type_name', { name: open.typed ?? '' });
  $('confirm-error').hidden = true;
  $('confirm').lang = element.closest('[lang]').lang;
  $('confirm').showModal();
  (open.typed === undefined ? $('confirm-yes') : $('confirm-typed')).focus();
}

async function agree() {
  const { name, typed } = open;
  const error = $('confirm-error');
  if ($('confirm-yes').getAttribute('aria-disabled') === 'true') return;
  $('confirm-yes').setAttribute('aria-disabled', 'true');
  error.hidden = true;
  try {
    const card = await api.press(name, true, typed === undefined ? null : $('confirm-typed').value, chosenPerson());
    $('confirm').close();
    putAll(card);
    look();
  } catch (problem) {
    if (!(problem instanceof api.Problem)) console.error(problem);
    error.hidden = false;
    hush(error);
    problemWords(problem, error);
  } finally {
    $('confirm-yes').removeAttribute('aria-disabled');
  }
}

function startDialog() {
  $('confirm-form').addEventListener('submit', (event) => { event.preventDefault(); agree(); });
  $('confirm-no').addEventListener('click', () => $('confirm').close());
}

export function startActing() {
  startPerson();
  startDialog();
  onAnswer(showPerson);
  $('log').addEventListener('click', (event) => {
    const button = event.target.closest('[data-act]');
    const element = button?.closest('.action');
    if (!element) return;
    if (button.dataset.act === 'agree') ask(button, element);
    else once(button, element, () => (button.dataset.act === 'offer' ? offer(button, element) : decline(element)));
  });
  document.addEventListener('visibilitychange', look);
  setInterval(look, EVERY_MS);
}
