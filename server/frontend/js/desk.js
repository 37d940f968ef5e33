// The desk: where the eyes and the focus go when something new appears, and blocks put into an answer.
let shown = pageOf();

function pageOf() {
  return document.querySelector('[data-page]')?.dataset.page;
}

/** A new page of a guide takes the focus to its first question; the same page keeps it where it is. */
document.addEventListener('htmx:after:swap', () => {
  const desk = document.getElementById('desk');
  if (!desk) return;
  const wrong = desk.querySelector('.guide-page [aria-invalid="true"]');
  const page = pageOf();
  if (page !== shown) {
    shown = page;
    desk.querySelector('.guide-scroll')?.scrollTo(0, 0);
    const title = desk.querySelector('.page-title');
    const first = desk.querySelector('.guide-page :is(input:not([type=hidden]), select, textarea)') ?? title;
    first?.focus({ preventScroll: true });
    const announcer = document.getElementById('announcer');
    if (announcer && title) announcer.textContent = title.textContent;
  } else if (wrong && !wrong.matches(':focus') && desk.dataset.refused) {
    wrong.focus();
  }
});

document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-insert]');
  if (!button) return;
  const field = document.getElementById(button.dataset.insert);
  const before = field.value.slice(0, field.selectionStart);
  const gap = before && !before.endsWith('\n\n') ? (before.endsWith('\n') ? '\n' : '\n\n') : '';
  field.setRangeText(`${gap}${button.dataset.text}\n`, field.selectionStart, field.selectionEnd, 'end');
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.focus();
});

/** The reasons open with their search under the fingers. */
document.addEventListener('toggle', ({ target }) => {
  if (target.open && target.matches('details.picker, details.menu')) {
    target.querySelector('input:not([type=hidden]), select, textarea')?.focus();
  }
}, true);
