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

function openPalette() {
  const list = palette.querySelector('[data-actions]');
  const from = document.activeElement;
  const places = [...document.querySelectorAll('[data-place]')];
  const known = actions().filter((element) => element !== from && nameOf(element) && !element.closest('dialog'));
  list.replaceChildren(...[...new Set([...known, ...places])].map((element) => entry(
    nameOf(element), element.dataset.keys && chordsOf(element)[0],
    () => { palette.close(); perform(element); },
  )));
  palette.querySelector('input').value = '';
  filter('');
  palette.showModal();
}

function filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of palette.querySelectorAll('[data-actions] li')) {
    item.hidden = !words.every((word) => item.textContent.toLowerCase().includes(word));
  }
}

palette?.querySelector('input').addEventListener('input', ({ target }) => filter(target.value));
palette?.addEventListener('keydown', (event) => {
  const found = [...palette.querySelectorAll('li:not([hidden]) :is(button, a)')];
  const at = found.indexOf(document.activeElement);
  if (event.key === 'ArrowDown') found[Math.min(at + 1, found.length - 1)]?.focus();
  else if (event.key === 'ArrowUp') (found[at - 1] ?? palette.querySelector('input')).focus();
  else if (event.key === 'Enter' && at < 0) found[0]?.click();
  else return;
  event.preventDefault();
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
