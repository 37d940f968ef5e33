// Menus are <details>: they open without script; with it they close again like menus do.
document.addEventListener('click', ({ target }) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!menu.contains(target)) menu.open = false;
  }
});
document.addEventListener('keydown', ({ key, target }) => {
  const menu = key === 'Escape' && target.closest?.('details.menu[open]');
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary').focus();
});

/** What was asked for in a menu has been done: it closes, empty for the next time. */
document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
  if (ctx.request.method !== 'POST' || ctx.response.status >= 400) return;
  if (ctx.sourceElement.matches('form[data-resets]')) ctx.sourceElement.reset();
  const menu = ctx.sourceElement.closest('details.menu, details.picker');
  if (!menu) return;
  menu.open = false;
  menu.querySelector('form')?.reset();
  for (const field of menu.querySelectorAll('[data-filters]')) { field.value = ''; filter(field); }
});

// <select data-submits>: choosing is enough.
document.addEventListener('change', ({ target }) => {
  if (target.matches('[data-submits]')) target.form.requestSubmit();
});

// <input data-filters="list-id">: hides what doesn't hold the words, and headings left empty.
function filter(field) {
  const list = document.getElementById(field.dataset.filters);
  if (!list) return;
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of list.querySelectorAll('[data-words]')) {
    item.hidden = !words.every((word) => item.dataset.words.toLowerCase().includes(word));
  }
  for (const group of list.querySelectorAll('[data-group]')) {
    group.hidden = !group.querySelector('[data-words]:not([hidden])');
  }
}
document.addEventListener('input', ({ target }) => target.dataset?.filters && filter(target));
// A list that came anew from the server is still searched in.
document.addEventListener('htmx:after:swap', () => {
  for (const field of document.querySelectorAll('[data-filters]')) if (field.value) filter(field);
});
