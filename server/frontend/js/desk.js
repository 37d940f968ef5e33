// The desk: where the eyes and the focus go when something new appears, and blocks put into an answer.
let shown = null;

function pageOf() {
  return document.querySelector('[data-page]')?.dataset.page;
}

/** Whoever is there keeps the focus when a page of a guide comes: a panel that was asked for, an answer or wrap-up being written. */
const ELSEWHERE = '#identity-panel, form[data-draft]:not(.guide-page)';

/** A new page of a guide takes the focus to its first question; the same page keeps it where it is. */
document.addEventListener('htmx:after:swap', () => {
  const desk = document.getElementById('desk');
  if (!desk) return;
  const wrong = desk.querySelector('.guide-page [aria-invalid="true"]');
  const page = pageOf();
  if (page !== shown) {
    shown = page;
    if (!document.activeElement?.closest(ELSEWHERE)) beginPage(desk);
    const announcer = document.getElementById('announcer');
    if (announcer) announcer.textContent = desk.querySelector('.page-title')?.textContent ?? '';
  } else if (wrong && desk.dataset.refused !== undefined) {
    wrong.focus();
  }
});

function beginPage(desk) {
  desk.querySelector('.guide-scroll')?.scrollTo(0, 0);
  const first = desk.querySelector('.guide-page[data-draft] :is(input:not([type=hidden], :disabled), select, textarea)');
  (first ?? desk.querySelector('.page-title') ?? desk.querySelector('.guide-tabs [aria-current]'))?.focus({ preventScroll: true });
}

shown = pageOf();
if (shown && document.activeElement === document.body) beginPage(document.getElementById('desk') ?? document);

/** <select data-inserts="field id">: a ready text goes to where the cursor stands. */
document.addEventListener('change', ({ target }) => {
  const field = document.getElementById(target.dataset?.inserts);
  if (!field || !target.value) return;
  const before = field.value.slice(0, field.selectionStart);
  const gap = !before || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  field.setRangeText(`${gap}${target.value}\n`, field.selectionStart, field.selectionEnd, 'end');
  target.value = '';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.focus();
});

/** The reasons open with their search under the fingers. */
document.addEventListener('toggle', ({ target }) => {
  if (target.open && target.matches('details.picker, details.menu')) {
    target.querySelector('input:not([type=hidden]), select, textarea')?.focus();
  }
}, true);

/** A panel that was asked for begins with its first field; closed, it gives the focus back to what opened it. */
document.addEventListener('htmx:after:swap', () => {
  const panel = document.querySelector('[data-begins]');
  if (!panel) return;
  delete panel.dataset.begins;
  const fields = [...panel.querySelectorAll('input:not([type=hidden]), select, textarea')].filter((one) => one.checkVisibility());
  (fields.find((one) => one.ariaInvalid === 'true') ?? fields[0] ?? panel.querySelector('h3'))?.focus();
});

document.addEventListener('click', ({ target }) => {
  const panel = document.getElementById(target.closest('[data-clears]')?.dataset.clears);
  if (!panel) return;
  panel.replaceChildren();
  document.querySelector('[data-action="verify"]')?.focus();
});
