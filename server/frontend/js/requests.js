// htmx, its settings, and what a person reads when a request goes wrong.
import htmx from 'htmx.org/dist/htmx.esm.js';

// Our style sheet carries the indicator rules: nothing is injected.
htmx.config.includeIndicatorCSS = false;

/** Whether a <details> is open is the person's, not the server's: a morph leaves it alone. */
htmx.registerExtension('open-stays', {
  htmx_before_morph_attr: (element, { attrName }) => !(attrName === 'open' && element.matches('details')),
});

/** Sent on to a whole page (a login that ran out, a finished contact): go there, instead of swapping it into a region. */
document.addEventListener('htmx:before:response', (event) => {
  const { raw, headers } = event.detail.ctx.response;
  if (!raw.redirected || headers.get('HX-Fragment')) return;
  event.preventDefault();
  location.href = raw.url;
});

/** A field asks for the focus when a page begins, not whenever it is shown anew under the fingers of somebody who types. */
document.addEventListener('htmx:before:settle', ({ detail: { newContent } }) => {
  if (document.activeElement === document.body) return;
  for (const node of newContent) node.querySelectorAll?.('[autofocus]').forEach((one) => one.removeAttribute('autofocus'));
});

/** A pushed refresh that had to wait asks for what its region shows by now; a region that refuses meanwhile is left alone. */
document.addEventListener('htmx:before:request', (event) => {
  const { sourceElement: region, request } = event.detail.ctx;
  if (request.method !== 'GET' || !region.matches('[hx-trigger*="hint:"], [data-refused]')) return;
  const now = region.getAttribute('hx-get');
  if (now) request.action = now;
  else event.preventDefault();
});

/** A refused form (422) is swapped in like any answer; every other failure becomes a sentence in the notices. */
document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
  if (ctx.response.status < 400 || ctx.response.status === 422 || ctx.hx.retarget) return;
  const answer = new DOMParser().parseFromString(ctx.text, 'text/html').querySelector('[data-error]');
  ctx.text = '';
  ctx.swap = 'none';
  notify(answer?.textContent.trim().replace(/\s+/g, ' ') || document.body.dataset.failed, 'bad');
});

/** No answer at all: the network or the server is away. What was typed stays where it is. */
document.addEventListener('htmx:error', ({ detail }) => {
  if (detail.ctx && !detail.ctx.response) notify(document.body.dataset.offline, 'bad');
});

export function notify(text, tone = 'plain') {
  const notices = document.getElementById('notices');
  if (!notices || !text) return;
  const notice = document.createElement('div');
  notice.className = 'notice';
  notice.dataset.tone = tone;
  const words = document.createElement('p');
  words.textContent = text;
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'button quiet small';
  close.textContent = notices.dataset.close;
  close.addEventListener('click', () => notice.remove());
  notice.append(words, close);
  notices.replaceChildren(notice);
  // Good news may go by itself; what went wrong stays until it was read.
  if (tone === 'good') setTimeout(() => notice.remove(), 6000);
}

/** What the server has to say about an action that went well: <p data-notice="success"> anywhere in the answer. */
function sayNotices() {
  for (const element of document.querySelectorAll('[data-notice]')) {
    notify(element.textContent.trim(), { success: 'good', warning: 'warn', error: 'bad' }[element.dataset.notice]);
    element.remove();
  }
}
sayNotices();
document.addEventListener('htmx:after:swap', sayNotices);

document.addEventListener('click', ({ target }) => {
  if (target.closest('[data-dismiss]')) target.closest('.notice')?.remove();
});

export { htmx };
