// <time data-clock="since|until|ago" datetime="...">: time that can be seen passing, in the page's language.
const language = document.documentElement.lang || 'en';
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

function stopwatch(seconds) {
  const [h, m, s] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((n) => String(Math.floor(n)).padStart(2, '0'));
  return h === '00' ? `${m}:${s}` : `${h}:${m}:${s}`;
}

function inWords(seconds) {
  const size = Math.abs(seconds);
  const [unit, length] = UNITS.find(([, length]) => size >= length) ?? UNITS.at(-1);
  return relative.format(Math.round(seconds / length), unit);
}

function show(element) {
  const from = (new Date(element.dateTime) - Date.now()) / 1000;
  const kind = element.dataset.clock;
  const text = kind === 'since' ? stopwatch(Math.max(0, -from)) : inWords(from);
  if (element.textContent !== text) element.textContent = text;
  if (kind === 'until') element.classList.toggle('is-late', from < 0);
}

const showAll = () => document.querySelectorAll('time[data-clock]').forEach(show);
showAll();
setInterval(showAll, 1000);
document.addEventListener('htmx:after:process', showAll);
