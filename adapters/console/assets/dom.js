// Words on the page: an element remembers what it says, so a change of language needs no reload and no re-rendering.
import { words } from './words.js';

let lang = 'en';
const filled = new WeakMap();
const followers = [];

export const currentLang = () => lang;
export const htmlLang = () => (lang === 'zh' ? 'zh-CN' : 'en');
export const onLang = (follower) => followers.push(follower);

const fill = (template, vars) => (vars ? template.replace(/\{(\w+)\}/g, (_, name) => String(vars[name] ?? '')) : template);
export const t = (key, vars) => fill(words[lang][key], vars);

/** `x` becomes code. Split before filling in, so that a backtick in a name from the cluster stays a backtick. */
export function withCode(text, vars) {
  return text.split('`').map((piece, at) => {
    if (at % 2 === 0) return fill(piece, vars);
    const code = document.createElement('code');
    code.textContent = fill(piece, vars);
    return code;
  });
}

const paint = (element) => element.replaceChildren(...withCode(words[lang][element.dataset.t], filled.get(element)));

export function say(element, key, vars) {
  element.dataset.t = key;
  filled.set(element, vars);
  paint(element);
  return element;
}

export function hush(element) {
  delete element.dataset.t;
  element.replaceChildren();
}

export function label(element, key, vars) {
  element.dataset.tLabel = key;
  filled.set(element, vars ?? filled.get(element));
  element.setAttribute('aria-label', fill(words[lang][key], filled.get(element)));
  return element;
}

export function setLang(wanted) {
  lang = wanted === 'zh' ? 'zh' : 'en';
  document.documentElement.lang = htmlLang();
  for (const element of document.querySelectorAll('[data-t]')) paint(element);
  for (const element of document.querySelectorAll('[data-t-label]')) label(element, element.dataset.tLabel);
  for (const element of document.querySelectorAll('[data-t-placeholder]')) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
  for (const follower of followers) follower();
}

/** An element: `t` is what it says, `on` its click, every other property an attribute. */
export function h(tag, { t: key, vars, on, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false && value !== undefined) element.setAttribute(name, value === true ? '' : value);
  }
  if (tag === 'button' && !attributes.type) element.type = 'button';
  if (on) element.addEventListener('click', on);
  if (key) say(element, key, vars);
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

export const $ = (id) => document.getElementById(id);

export const clock = (date) => date.toLocaleTimeString(htmlLang(), { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

/** Storage that may be forbidden (private windows, policies) is forgetful, not fatal. */
const safe = (area) => ({
  get(key) { try { return window[area].getItem(`podwhy.${key}`); } catch { return null; } },
  set(key, value) { try { window[area].setItem(`podwhy.${key}`, value); } catch { /* forgetful */ } },
});
export const lasting = safe('localStorage');
export const session = safe('sessionStorage');

export function announce(text) {
  // A live region that is given the same text twice says nothing the second time.
  $('announce').textContent = '';
  setTimeout(() => { $('announce').textContent = text; }, 50);
}
