// Everything a page needs. Pages work without it; with it they don't reload.
import './requests.js';
import 'htmx.org/dist/ext/hx-sse.js';
import './hints.js';
import './keys.js';
import './palette.js';
import './drafts.js';
import './clocks.js';
import './menus.js';
import './tiles.js';
import './desk.js';
