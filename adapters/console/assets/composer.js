// The input: it grows with what is pasted, remembers what was asked, and never loses what was typed.
import { $, session } from './dom.js';

const KEPT = 200;
let history = [];
let at = 0;

function grow() {
  const box = $('question');
  // The height is a property of the CSSOM, which the page's policy allows; a style attribute it would not.
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight + 2}px`;
}

export function setText(text) {
  const box = $('question');
  box.value = text;
  box.setSelectionRange(text.length, text.length);
  session.set('draft', text);
  grow();
}

/** Puts a question back that could not be answered, unless something newer is being typed. */
export function restore(text) {
  const box = $('question');
  if (box.value.trim() === '' || box.value === text) setText(text);
  return box.value === text;
}

/** Takes it out again once it is answered. */
export function release(text) {
  if ($('question').value === text) setText('');
}

export function remember(text) {
  if (history.at(-1) !== text) history = [...history, text].slice(-KEPT);
  at = history.length;
  session.set('history', JSON.stringify(history));
}

/** Up and Down walk through what was asked, as in a shell, as long as nothing else is typed. */
export function walk(step) {
  const box = $('question');
  if (box.value !== '' && box.value !== history[at]) return false;
  if (box.value === '') at = history.length;
  const next = at + step;
  if (next < 0 || next > history.length) return false;
  at = next;
  setText(history[at] ?? '');
  return true;
}

export function startComposer(onSend) {
  try { history = JSON.parse(session.get('history')) ?? []; } catch { history = []; }
  at = history.length;
  const box = $('question');
  setText(session.get('draft') ?? '');
  box.addEventListener('input', () => { session.set('draft', box.value); grow(); });
  addEventListener('resize', grow);
  $('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (text === '') { box.focus(); return; }
    setText('');
    onSend(text);
  });
}
