// What makes the server's cards work: copying, times in the reader's zone, boxes the keyboard can scroll.
import { announce, clock, htmlLang, onLang, say, t } from './dom.js';

const STEPS = [['ago_s', 1, 60], ['ago_min', 60, 60], ['ago_h', 3600, 48], ['ago_d', 86400, Infinity]];

function age(date) {
  const seconds = Math.floor((Date.now() - date) / 1000);
  // Clocks differ a little between machines; "in 3 s" about an event that has happened would only confuse.
  if (seconds < 0) return seconds > -120 ? t('now') : '';
  const [key, unit] = STEPS.find(([, unit, limit]) => seconds < unit * limit);
  return t(key, { n: Math.floor(seconds / unit) });
}

function localTime(date) {
  const day = date.toLocaleDateString('sv-SE');
  return day === new Date().toLocaleDateString('sv-SE') ? clock(date) : `${day} ${clock(date)}`;
}

function tellTimes(root) {
  for (const time of root.querySelectorAll('time[datetime]')) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    time.title = time.dateTime;
    time.textContent = localTime(date);
    let after = time.nextElementSibling;
    if (!after?.classList.contains('age')) {
      after = document.createElement('span');
      after.className = 'age';
      time.after(' ', after);
    }
    after.textContent = age(date);
    after.lang = htmlLang();
  }
}

function reachByKeyboard(root) {
  for (const box of root.querySelectorAll('.command pre, .excerpt')) {
    if (box.scrollWidth <= box.clientWidth && box.scrollHeight <= box.clientHeight) continue;
    box.tabIndex = 0;
    box.setAttribute('role', 'group');
    box.dataset.tLabel = 'scrolls';
    box.setAttribute('aria-label', t('scrolls'));
  }
}

export function dress(root) {
  tellTimes(root);
  reachByKeyboard(root);
}

/** One sentence for the ear: the whole card would be read for minutes. */
export function gist(root) {
  return [...root.querySelectorAll('.verdict, .subject')].slice(0, 2)
    .concat(root.querySelector('.summary') ?? [])
    .map((part) => part.textContent.trim()).join('. ');
}

async function toClipboard(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { /* refused by the browser; the older way may still be open */ }
  }
  const box = document.createElement('textarea');
  box.className = 'unseen';
  box.value = text;
  const focused = document.activeElement;
  document.body.append(box);
  box.select();
  const done = document.execCommand('copy');
  box.remove();
  focused?.focus();
  return done;
}

export async function copy(button, text) {
  const key = (await toClipboard(text)) ? 'copied' : 'copy_failed';
  announce(t(key));
  if (button.dataset.busy) return;
  button.dataset.busy = 'copy';
  const own = button.dataset.t;
  const before = button.textContent;
  button.textContent = t(key);
  button.classList.toggle('done', key === 'copied');
  setTimeout(() => {
    delete button.dataset.busy;
    button.classList.remove('done');
    // A language may have been chosen meanwhile; the page's own buttons know their words, the server's do not.
    if (own) say(button, own); else button.textContent = before;
  }, 1500);
}

export function startCards(root) {
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('.command .copy');
    if (button) copy(button, button.closest('.command').querySelector('code').textContent);
  });
  setInterval(() => { if (!document.hidden) tellTimes(root); }, 15_000);
  onLang(() => tellTimes(root));
}
