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
});

// <select data-submits>: choosing is enough.
document.addEventListener('change', ({ target }) => {
  if (target.matches('[data-submits]')) target.form.requestSubmit();
});

// <input data-filters="list-id">: hides what doesn't hold the words, and headings left empty.
document.addEventListener('input', ({ target }) => {
  const list = target.dataset?.filters && document.getElementById(target.dataset.filters);
  if (!list) return;
  const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const item of list.querySelectorAll('[data-words]')) {
    item.hidden = !words.every((word) => item.dataset.words.toLowerCase().includes(word));
  }
  for (const group of list.querySelectorAll('[data-group]')) {
    group.hidden = !group.querySelector('[data-words]:not([hidden])');
  }
});
