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
