// The answers of systems at the desk: those of the page come in one stream, a place that comes later asks for itself.
import { htmx } from './requests.js';

const asked = new WeakSet();

function askForNew() {
  const tiles = document.getElementById('tiles');
  if (!tiles) return;
  const isStreamed = !asked.has(tiles);
  asked.add(tiles);
  for (const slot of tiles.querySelectorAll('.tile-slot')) {
    if (!asked.has(slot) && !isStreamed) htmx.trigger(slot, 'ask');
    asked.add(slot);
  }
}
askForNew();
document.addEventListener('htmx:after:swap', askForNew);

/** The stream has ended, or never came: whoever still waits asks once more. */
function askForMissing({ target }) {
  if (target.id !== 'tiles') return;
  for (const tile of target.querySelectorAll('.tile[data-state="loading"]')) htmx.trigger(tile.closest('.tile-slot'), 'ask');
}
document.addEventListener('htmx:finally:request', askForMissing);

// --- for those who don't see it: a tile that is replaced keeps the place, and one that comes after all is said -------------------

const WAITED = new Set(['late', 'failed']);
const states = new Map();
let place = null;

function named(tile) {
  return tile.getAttribute('aria-labelledby');
}

function keepPlace() {
  const tile = document.activeElement?.closest('.tile');
  place = tile ? named(tile) : null;
}
document.addEventListener('htmx:before:swap', keepPlace);

function lookAgain() {
  const focused = document.activeElement;
  for (const tile of document.querySelectorAll('#tiles .tile')) {
    const name = named(tile);
    const before = states.get(name);
    const { state } = tile.dataset;
    if (state !== 'loading') states.set(name, state);
    const isOurs = name === place && (!focused || focused === document.body);
    if (isOurs) goOn(tile);
    if (WAITED.has(before) && state !== 'loading' && (isOurs || !WAITED.has(state))) say(tile, state);
  }
}
document.addEventListener('htmx:after:swap', lookAgain);

/** Whoever pressed a button of a tile that is gone goes on at the same button, or else at its heading. */
function goOn(tile) {
  const heading = tile.querySelector('h3');
  heading.tabIndex = -1;
  (tile.querySelector('button') ?? heading).focus({ preventScroll: true });
}

function say(tile, state) {
  const announcer = document.getElementById('announcer');
  const told = [tile.querySelector('header'), WAITED.has(state) ? tile.querySelector('p') : null];
  if (announcer) announcer.textContent = told.map((part) => part?.textContent.replace(/\s+/g, ' ').trim() ?? '').join(' ');
}
