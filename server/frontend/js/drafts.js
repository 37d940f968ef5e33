// <form data-draft="/url">: what is typed is kept on the server while it is typed, and once more when the page goes.
const WAIT = 350;
const pending = new Map();
const sent = new WeakSet();

/** What the line says is this browser's to know: it carries hx-morph-skip-children, so that no push wipes it. */
function state(form, value) {
  const line = document.getElementById(form.dataset.draftState);
  if (line) line.textContent = line.dataset[value] ?? '';
}

function body(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
  return new URLSearchParams(data);
}

async function save(form) {
  clearTimeout(pending.get(form));
  pending.delete(form);
  // A field that is taken away says `change` once more; its form was sent and is gone.
  if (!form.isConnected) return;
  try {
    const answer = await fetch(form.dataset.draft, { method: 'POST', body: body(form), keepalive: true });
    if (!answer.ok) throw new Error(answer.statusText);
    if (!sent.has(form)) state(form, 'saved');
  } catch {
    state(form, 'failed');
    if (form.isConnected && !pending.has(form)) pending.set(form, setTimeout(save, 4000, form));
  }
}

function changed({ target }) {
  const form = target.closest?.('form[data-draft]');
  if (!form) return;
  clearTimeout(pending.get(form));
  pending.set(form, setTimeout(save, WAIT, form));
  sent.delete(form);
  state(form, 'saving');
}

const flush = () => [...pending.keys()].forEach((form) => save(form));

document.addEventListener('input', changed);
document.addEventListener('change', changed);
document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  const own = ctx.request.form;
  if (own?.dataset.draft) {
    // The request carries the form's answers anyway: no draft of them is needed.
    clearTimeout(pending.get(own));
    pending.delete(own);
    sent.add(own);
    state(own, 'sent');
  }
  flush();
});
document.addEventListener('visibilitychange', () => document.hidden && flush());
window.addEventListener('pagehide', flush);
