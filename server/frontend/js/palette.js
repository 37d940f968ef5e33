// Ctrl+K: everything that can be done or opened from here. `?`: the chords, and changing them.
import { actions, chordOf, chordsOf, choose, chosen, perform, written } from './keys.js';

const palette = document.getElementById('palette');
const help = document.getElementById('keys-help');

const nameOf = (element) => (element.dataset.name || element.getAttribute('aria-label') || element.textContent)
  .replace(element.querySelector('kbd')?.textContent ?? '', '').trim().replace(/\s+/g, ' ');

function entry(words, chord, act) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.append(words);
  if (chord) {
    const kbd = document.createElement('kbd');
    kbd.textContent = written(chord);
    button.append(kbd);
  }
  button.addEventListener('click', act);
  item.append(button);
  return item;
}

const words = palette?.querySelector('input');
const options = () => [...palette.querySelectorAll('li:not([hidden]) [role="option"]')];

function option(element) {
  const item = entry(nameOf(element), element.dataset.keys && chordsOf(element)[0], () => { palette.close(); perform(element); });
  const button = item.firstElementChild;
  item.setAttribute('role', 'presentation');
  button.setAttribute('role', 'option');
  button.tabIndex = -1;
  return item;
}

function openPalette() {
  const list = palette.querySelector('[data-actions]');
  const from = document.activeElement;
  const places = [...document.querySelectorAll('[data-place]')];
  const known = actions().filter((element) => element !== from && nameOf(element) && !element.closest('dialog'));
  list.replaceChildren(...[...new Set([...known, ...places])].map(option));
  list.querySelectorAll('[role="option"]').forEach((one, number) => { one.id = `palette-action-${number}`; });
  words.value = '';
  palette.querySelector('#palette-found').replaceChildren();
  filter('');
  palette.showModal();
  words.focus();
}

function filter(text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of palette.querySelectorAll('[data-actions] li')) {
    item.hidden = !wanted.every((word) => item.textContent.toLowerCase().includes(word));
  }
  const list = palette.querySelector('[data-actions]');
  list.hidden = !list.querySelector('li:not([hidden])');
  mark(null);
}

/** The focus stays in the field; the chosen option is named to whoever hears the page. */
function mark(chosenOne) {
  for (const one of palette.querySelectorAll('[role="option"]')) one.setAttribute('aria-selected', String(one === chosenOne));
  if (chosenOne) words.setAttribute('aria-activedescendant', chosenOne.id);
  else words.removeAttribute('aria-activedescendant');
  chosenOne?.scrollIntoView({ block: 'nearest' });
}

words?.addEventListener('input', ({ target }) => filter(target.value));
palette?.addEventListener('keydown', (event) => {
  const found = options();
  const at = found.findIndex((one) => one.getAttribute('aria-selected') === 'true');
  const to = { ArrowDown: Math.min(at + 1, found.length - 1), ArrowUp: at - 1, Home: 0, End: found.length - 1 }[event.key];
  if (to !== undefined && !(event.key === 'Home' && at < 0) && !(event.key === 'End' && at < 0)) mark(found[to] ?? null);
  else if (event.key === 'Enter') (found[at] ?? found[0])?.click();
  else return;
  event.preventDefault();
});
// What was chosen may have gone with what was found before.
document.addEventListener('htmx:after:swap', ({ target }) => {
  if (target?.id === 'palette-found' && !palette.querySelector('[aria-selected="true"]')) mark(null);
});

function openHelp() {
  const list = help.querySelector('[data-chords]');
  const rows = actions().filter((element) => nameOf(element)).map((element) => {
    const item = entry(nameOf(element), chordsOf(element)[0], () => element.dataset.action && record(item, element));
    item.querySelector('button').disabled = !element.dataset.action;
    return item;
  });
  list.replaceChildren(...rows);
  help.showModal();
}

/** The next chord pressed becomes this action's; Backspace gives the usual one back; Escape leaves it. */
function record(item, element) {
  const kbd = item.querySelector('kbd');
  kbd.textContent = '…';
  item.addEventListener('keydown', (event) => {
    event.preventDefault();
    event.stopPropagation();
    const chord = chordOf(event);
    if (!chord) return record(item, element);
    if (chord === 'backspace') choose(element.dataset.action, null);
    else if (chord !== 'escape') choose(element.dataset.action, chord);
    kbd.textContent = written(chordsOf(element)[0]);
  }, { once: true });
}

document.querySelector('[data-open="palette"]')?.addEventListener('click', openPalette);
document.querySelector('[data-open="keys-help"]')?.addEventListener('click', openHelp);
for (const dialog of document.querySelectorAll('dialog')) {
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close());
  // A search field would take the first Escape for itself.
  dialog.addEventListener('keydown', (event) => event.key === 'Escape' && (event.preventDefault(), dialog.close()));
}
export { chosen };
