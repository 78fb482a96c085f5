// Whom the reader acts as: one choice, shown wherever something can be done.
import { session } from './dom.js';

let chosen = session.get('person');

export const chosenPerson = () => chosen;

/** Every selector shows the choice; one that does not know it stays at its first, which is then the choice. */
export function showPerson(root) {
  for (const select of root.querySelectorAll('select.person')) {
    if ([...select.options].some(({ value }) => value === chosen)) select.value = chosen;
    else chosen = select.value;
  }
}

export function startPerson() {
  document.addEventListener('change', ({ target }) => {
    if (!target.matches?.('select.person')) return;
    chosen = target.value;
    session.set('person', chosen);
    showPerson(document);
  });
}
