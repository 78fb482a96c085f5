// The conversation: a question, what is said while it is looked into, and the answer or what went wrong.
import * as api from './api.js';
import { $, announce, h, htmlLang, onLang, say, t, withCode } from './dom.js';
import { copy, dress, gist } from './card.js';
import { release, restore } from './composer.js';

const SLOW_MS = 8000;
const turns = new Map();
let last = null;
const followers = [];

/** Called with every answer that is shown. */
export const onAnswer = (follower) => followers.push(follower);

function waitingWords(text) {
  const [verb, ...rest] = text.trim().split(/\s+/);
  if (verb === 'triage' && rest.length === 0) return ['looking_all'];
  if (verb === 'explain' || text.includes('\n')) return ['looking_text'];
  if (verb === 'why' || verb === 'triage') return rest.length ? ['looking_at', { what: rest.join(' ') }] : ['looking'];
  return rest.length || !verb ? ['looking'] : ['looking_at', { what: verb }];
}

function newTurn(questionText) {
  $('welcome').hidden = true;
  document.body.classList.add('asked');
  const answer = h('div', { class: 'answer' });
  const element = h('section', { class: 'turn' },
    h('h2', { class: 'question' }, h('span', { class: 'unseen', t: 'you_asked' }), questionText), answer);
  $('log').append(element);
  element.scrollIntoView({ block: 'start' });
  return { element, answer };
}

function waiting(turn, key, vars) {
  const words = h('span', { t: key, vars });
  const line = h('p', { class: 'pending' }, h('span', { class: 'pulse', 'aria-hidden': 'true' }), words,
    h('button', { class: 'quiet', t: 'stop', on: () => turn.abort.abort() }));
  turn.answer.setAttribute('aria-busy', 'true');
  turn.answer.replaceChildren(line);
  announce(words.textContent);
  return words;
}

function show(turn, reply) {
  const focusInside = turn.answer.contains(document.activeElement);
  turn.answer.removeAttribute('aria-busy');
  turn.answer.lang = htmlLang();
  // The one place where markup is taken as it comes: the server escapes every word of the cluster in it.
  turn.answer.innerHTML = reply.html;
  if (reply.warnings?.length) {
    turn.answer.append(h('section', { class: 'gaps unread' }, h('h4', { t: 'unread' }),
      h('ul', {}, ...reply.warnings.map((warning) => h('li', {}, warning)))));
  }
  turn.plain = reply.text;
  turn.once = reply.once;
  dress(turn.answer);
  for (const follower of followers) follower(turn.answer);
  if (focusInside) $('question').focus();
}

/** Only when the reader has not scrolled away meanwhile: nothing is worse than text that moves while it is read. */
function bringUp(turn) {
  const log = $('log').getBoundingClientRect();
  const top = turn.element.getBoundingClientRect().top;
  if (top >= log.top - 4 && top < log.bottom) turn.element.scrollIntoView({ block: 'start' });
}

export function problemWords(problem, element = h('p', { class: 'summary' })) {
  if (problem.sentence) element.replaceChildren(...withCode(problem.sentence));
  else say(element, problem.key ?? 'garbled', problem.vars);
  return element;
}

function showProblem(turn, problem, again) {
  const words = problemWords(problem);
  turn.answer.removeAttribute('aria-busy');
  turn.answer.replaceChildren(h('article', { class: 'card error' }, words,
    turn.kept ? h('p', { class: 'muted', t: 'kept' }) : null,
    h('footer', { class: 'card-actions' }, h('button', { t: 'try_again', on: again }))));
  bringUp(turn);
  announce(words.textContent);
}

async function run(turn, words, request) {
  turn.abort = new AbortController();
  const line = waiting(turn, ...words);
  const slow = setTimeout(() => {
    if (words[0] === 'looking_at') say(line, 'looking_slow', words[1]);
  }, SLOW_MS);
  try {
    const reply = await request(turn.abort.signal);
    if (turn.kept) release(turn.text);
    show(turn, reply);
    bringUp(turn);
    announce(t('answered', { what: gist(turn.answer) }));
    return reply;
  } catch (problem) {
    // What was pressed and not typed can be pressed again; in the input it would be in the way.
    if (turn.typed) turn.kept = restore(turn.text);
    if (problem.name === 'AbortError') {
      turn.answer.removeAttribute('aria-busy');
      turn.answer.replaceChildren(h('p', { class: 'pending', t: 'stopped' }));
      $('question').focus();
    } else {
      if (!(problem instanceof api.Problem)) console.error(problem);
      showProblem(turn, problem, () => run(turn, words, request));
    }
    return null;
  } finally {
    clearTimeout(slow);
  }
}

export function ask(text, source, typed = false) {
  const turn = { ...newTurn(text), text, source, typed };
  turns.set(turn.element, turn);
  last = turn;
  return run(turn, waitingWords(text), (signal) => api.ask(text, source, signal));
}

/** A dump is a turn like any other, whose question is the files. */
export function askFiles(name, words, request) {
  const turn = newTurn('');
  const question = turn.element.querySelector('.question');
  question.append(h('span', { t: 'dump_question', vars: { name } }));
  turns.set(turn.element, turn);
  last = turn;
  const progress = (key, vars) => {
    const line = turn.answer.querySelector('.pending span[data-t]');
    if (line) say(line, key, vars);
  };
  return run(turn, words, (signal) => request(signal, progress)).then((reply) => {
    if (reply) Object.assign(turn, { source: reply.source, again: 'triage' });
    return reply;
  });
}

export function sourceOf(element) {
  return turns.get(element.closest('.turn'))?.source;
}

/** The last answer follows the language; older ones stay what they were at their moment. */
async function retell() {
  const turn = last;
  const text = turn?.text ?? turn?.again;
  // What did something would do it again.
  if (!text || turn.plain === undefined || turn.once) return;
  try {
    const reply = await api.ask(text, turn.source);
    if (turn === last) show(turn, reply);
  } catch { /* the answer in the other language is better than none */ }
}

export function startChat() {
  $('log').addEventListener('click', (event) => {
    const button = event.target.closest('.copy-answer');
    if (button) copy(button, turns.get(button.closest('.turn')).plain);
  });
  onLang(retell);
}

export function welcome(examples) {
  const list = $('examples');
  list.replaceChildren(...examples.map(({ ask: text, shown, source, note, noteKey }) => h('li', {},
    h('button', { class: 'ask example', 'data-ask': text, 'data-source': source },
      h('code', {}, shown ?? text),
      noteKey ? h('span', { class: 'muted', t: noteKey }) : h('span', { class: 'muted' }, note ?? '')))));
}
