// Starts the page and joins its parts.
import * as api from './api.js';
import { $, currentLang, lasting, onLang, say, setLang } from './dom.js';
import { startActing } from './act.js';
import { startCards } from './card.js';
import { ask, sourceOf, startChat, welcome } from './chat.js';
import { remember, startComposer } from './composer.js';
import { closeList, startCompletion } from './complete.js';
import { startDrop } from './drop.js';
import { onFailing, refreshFailing, startFailing } from './failing.js';
import { startPlayground } from './playground.js';
import { chosenSource, setClusters } from './source.js';

const THEMES = ['auto', 'light', 'dark'];
let known = false;

function showTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  say($('theme-now'), `theme_${theme}`);
}

function startPreferences() {
  let theme = THEMES.includes(lasting.get('theme')) ? lasting.get('theme') : 'auto';
  showTheme(theme);
  $('theme').addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    lasting.set('theme', theme);
    showTheme(theme);
  });
  say($('lang'), 'other_lang');
  const other = () => { $('lang').lang = currentLang() === 'zh' ? 'en' : 'zh-CN'; };
  other();
  onLang(other);
  $('lang').addEventListener('click', () => {
    const next = currentLang() === 'zh' ? 'en' : 'zh';
    lasting.set('lang', next);
    setLang(next);
  });
}

/** The list of what fails: beside the conversation on wide screens, in its place on narrow ones. */
function showSide(shown) {
  document.body.classList.toggle('side-open', shown);
  $('side-toggle').setAttribute('aria-expanded', String(shown));
  $('main').inert = shown;
}

function question(text, source, typed) {
  showSide(false);
  closeList();
  remember(text);
  ask(text, source, typed);
}

function startKeys() {
  $('side-toggle').addEventListener('click', () => showSide(!document.body.classList.contains('side-open')));
  // A window made wide again shows both; nothing may stay locked behind a panel that is no longer one.
  matchMedia('(min-width: 60rem)').addEventListener('change', () => showSide(false));
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && document.body.classList.contains('side-open')) {
      showSide(false);
      $('side-toggle').focus();
    }
    const writing = event.target.closest?.('input, textarea, select');
    if (event.key === '/' && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      showSide(false);
      $('question').focus();
    }
  });
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('.ask[data-ask]');
    if (button) question(button.dataset.ask, button.dataset.source ?? sourceOf(button) ?? chosenSource());
  });
}

function examplesOf(list) {
  const failing = list.clusters.flatMap(({ name, groups }) => groups
    .filter(({ verdict, pods }) => verdict === 'failing' && pods.length > 0)
    .map(({ confidence, summary, pods }) => ({
      ask: pods[0].ask, shown: `why ${pods[0].label}`, source: name, note: summary, certain: confidence === 'certain',
    })));
  // The first impression is an answer podwhy is sure of.
  failing.sort((a, b) => b.certain - a.certain);
  const triage = { ask: 'triage', noteKey: 'example_triage' };
  if (failing.length > 0) return [...failing.slice(0, 3), triage];
  return [triage,
    { ask: 'explain 0/3 nodes are available: 3 Insufficient cpu.', noteKey: 'example_explain' },
    { ask: 'help', noteKey: 'example_help' }];
}

function offerExamples(list) {
  // Once the welcome has been left, or is being used, it must not change under the reader's fingers.
  if ($('welcome').hidden || $('examples').contains(document.activeElement)) return;
  welcome(examplesOf(list));
}

async function learnState() {
  if (known) return;
  try {
    const state = await api.state();
    known = true;
    setClusters(state.clusters, state.default_cluster);
    if (state.playground) startPlayground(state);
    if (!lasting.get('lang') && state.lang !== currentLang()) setLang(state.lang);
  } catch {
    // The list of what fails, which is read next, says what is wrong and tries again.
  }
}

setLang(lasting.get('lang') ?? (navigator.language?.startsWith('zh') ? 'zh' : 'en'));
startPreferences();
startChat();
startCards($('log'));
startActing();
startComposer((text) => question(text, chosenSource(), true));
startCompletion();
startDrop();
startFailing();
startKeys();
welcome(examplesOf({ clusters: [] }));
onFailing(offerExamples);
onFailing(learnState);
await learnState();
refreshFailing();
// On a touch screen the focus would raise the keyboard over half the page.
if (!matchMedia('(pointer: coarse)').matches) $('question').focus({ preventScroll: true });
