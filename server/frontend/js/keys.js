// Chords: <button data-action="park" data-keys="alt+p">. Pressing the chord clicks the element, or focuses a field.
// A single letter acts only while nobody types. People may change a chord; their choice stays in this browser.
const TEXT = 'textarea, select, [contenteditable=""], [contenteditable="true"], '
  + 'input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset], [type=file])';
const STORE = 'firstline.keys';

export const chosen = () => JSON.parse(localStorage.getItem(STORE) ?? '{}');

export function choose(action, chord) {
  const keys = { ...chosen(), [action]: chord };
  if (!chord) delete keys[action];
  localStorage.setItem(STORE, JSON.stringify(keys));
  label(document.body);
}

export function chordOf(event) {
  if (['Control', 'Shift', 'Alt', 'Meta', 'AltGraph'].includes(event.key)) return null;
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  // With Alt some layouts turn a letter into a sign, so there the place of the key counts.
  const place = event.altKey && /^(Key|Digit)(.)$/.exec(event.code)?.[2];
  const key = (place || (event.key === ' ' ? 'space' : event.key)).toLowerCase();
  return [
    (event.ctrlKey || event.metaKey) && 'ctrl', event.altKey && 'alt',
    event.shiftKey && (modified || key.length > 1) && 'shift', key,
  ].filter(Boolean).join('+');
}

export const chordsOf = (element) => (chosen()[element.dataset.action] ?? element.dataset.keys).split(' ');

export const actions = () => [...document.querySelectorAll('[data-keys]')].filter(isUsable);

function isUsable(element) {
  return element.checkVisibility() && !element.disabled && !element.closest('[inert]');
}

/** A menu opens and closes; what is searched in only opens. Its field has the focus at once: no letter is lost. */
function unfold(details) {
  details.open = !details.open || details.matches('.picker');
  if (details.open) details.querySelector('input:not([type=hidden]), select, textarea, .pick')?.focus();
}

export function perform(element) {
  if (element.matches(TEXT)) element.focus();
  else if (element.matches('summary')) unfold(element.parentElement);
  else if (element.matches('details')) { element.open = !element.open; element.querySelector('summary').focus(); }
  else element.click();
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return;
  const chord = chordOf(event);
  if (!chord) return;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (plain && event.target.closest(TEXT) && !/^f\d+$|^escape$/.test(chord)) return;
  const wanted = actions().find((element) => chordsOf(element).includes(chord));
  if (!wanted) return;
  event.preventDefault();
  perform(wanted);
});

const NAMES = { ctrl: 'Ctrl', alt: 'Alt', shift: 'Shift', enter: 'Enter', escape: 'Esc', arrowup: '↑', arrowdown: '↓' };
export const written = (chord) => chord.split('+').map((key) => NAMES[key] ?? key.toUpperCase()).join('+');

/** The chord stands on what it does, for eyes and for screen readers. */
export function label(root) {
  const all = [...root.querySelectorAll('[data-keys]'), ...(root.matches?.('[data-keys]') ? [root] : [])];
  for (const element of all) {
    const [first] = chordsOf(element);
    element.setAttribute('aria-keyshortcuts', first.replace(/\b[a-z]/g, (c) => c.toUpperCase()).replace('Ctrl', 'Control'));
    const kbd = element.querySelector('kbd');
    if (kbd) kbd.textContent = written(first);
  }
}

// While Alt is held, the chords are to be seen.
const showChords = (on) => { document.documentElement.dataset.chords = on ? 'shown' : 'hidden'; };
document.addEventListener('keydown', ({ key }) => key === 'Alt' && showChords(true));
document.addEventListener('keyup', ({ key }) => key === 'Alt' && showChords(false));
window.addEventListener('blur', () => showChords(false));

label(document.body);
document.addEventListener('htmx:after:process', ({ target }) => label(target));
