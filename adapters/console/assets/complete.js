// Completion of the input: an ARIA combobox whose list is asked of the server as one types.
import * as api from './api.js';
import { $, announce, h, t } from './dom.js';
import { setText, walk } from './composer.js';

const PAUSE_MS = 90;
const LONGEST = 200;
let candidates = [];
let active = -1;
let timer = 0;
let running = null;

const open = () => !$('candidates').hidden;

export function closeList() {
  clearTimeout(timer);
  running?.abort();
  running = null;
  candidates = [];
  active = -1;
  $('candidates').hidden = true;
  $('candidates').replaceChildren();
  $('question').setAttribute('aria-expanded', 'false');
  $('question').removeAttribute('aria-activedescendant');
}

function mark(next) {
  active = next;
  const options = $('candidates').children;
  [...options].forEach((option, at) => option.setAttribute('aria-selected', String(at === active)));
  if (active < 0) {
    $('question').removeAttribute('aria-activedescendant');
    return;
  }
  $('question').setAttribute('aria-activedescendant', options[active].id);
  options[active].scrollIntoView({ block: 'nearest' });
}

function accept(at) {
  const { value } = candidates[at];
  closeList();
  setText(value);
  $('question').focus();
  // "why " and "shop/" are only beginnings: show at once what can follow.
  if (/[ /:]$/.test(value)) request(value);
}

function show(offered, text) {
  const found = offered.filter(({ value }) => value.trim() !== text.trim());
  if (found.length === 0) {
    closeList();
    return;
  }
  candidates = found;
  $('candidates').replaceChildren(...found.map(({ label, value }, at) => h('li', {
    id: `candidate-${at}`, role: 'option', 'aria-selected': 'false', title: label.length > 60 ? label : null,
  }, label || value)));
  $('candidates').hidden = false;
  $('question').setAttribute('aria-expanded', 'true');
  mark(-1);
  announce(t('candidates_n', { n: found.length }));
}

async function request(text) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  try {
    const { candidates: found } = await api.complete(text, $('source').value || null, mine.signal);
    if (running === mine && $('question').value === text && document.activeElement === $('question')) show(found, text);
  } catch {
    // Completion is a convenience: what is wrong is told when the question is asked.
    if (running === mine) closeList();
  }
}

function typed() {
  const box = $('question');
  clearTimeout(timer);
  const text = box.value;
  const pasted = text.includes('\n') || text.length > LONGEST || text.startsWith('explain ');
  if (text.trim() === '' || pasted || box.selectionEnd !== text.length) {
    closeList();
    return;
  }
  timer = setTimeout(request, PAUSE_MS, text);
}

function keyInList(event) {
  const count = candidates.length;
  switch (event.key) {
    case 'ArrowDown': mark(active + 1 < count ? active + 1 : 0); return true;
    case 'ArrowUp': mark(active > 0 ? active - 1 : count - 1); return true;
    case 'Tab': if (event.shiftKey) return false; accept(Math.max(active, 0)); return true;
    case 'Enter': if (active < 0 || event.shiftKey) return false; accept(active); return true;
    case 'Escape': closeList(); return true;
    default: return false;
  }
}

export function startCompletion() {
  const box = $('question');
  box.addEventListener('input', typed);
  box.addEventListener('blur', closeList);
  box.addEventListener('keydown', (event) => {
    // Enter and the arrows belong to the input method while it composes Chinese.
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (open() && keyInList(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      closeList();
      $('composer').requestSubmit();
    } else if ((event.key === 'ArrowUp' && walk(-1)) || (event.key === 'ArrowDown' && walk(1))) {
      event.preventDefault();
      closeList();
    }
  });
  // Before the blur that a press would cause, or the list is gone when the click arrives.
  $('candidates').addEventListener('mousedown', (event) => event.preventDefault());
  $('candidates').addEventListener('click', (event) => {
    const option = event.target.closest('[role=option]');
    if (option) accept([...$('candidates').children].indexOf(option));
  });
}
