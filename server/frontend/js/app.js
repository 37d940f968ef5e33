// Everything a page needs. Pages work without it; with it they don't reload.
import './requests.js';
import './hints.js';
import './keys.js';
import './palette.js';
import './drafts.js';
import './clocks.js';
import './menus.js';
import './desk.js';
