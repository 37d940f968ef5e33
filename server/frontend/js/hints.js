// Pushed hints: one connection per browser, however many tabs, turned into events that regions listen to:
//   hx-trigger="hint:case from:body"            any case that this person may see
//   hx-trigger="hint:case:<id> from:body"       this case
//   hx-trigger="push:connected from:body"       (re)connected: whatever was missed, ask now
import { htmx } from './requests.js';

const url = document.body.dataset.push;
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('firstline-push') : null;
let connectedBefore = false;
let source = null;

const tell = (what, data) => tabs?.postMessage({ what, data });

/** A call opens in the tab that is being looked at; a hidden one asks for calls when it is shown. */
function trigger(name, detail = {}) {
  if (document.hidden && /^(hint:call|push:connected)$/.test(name)) return;
  htmx.trigger(document.body, name, detail);
}
document.addEventListener('visibilitychange', () => trigger('hint:call'));

function onHint(text) {
  const { kind, id } = JSON.parse(text);
  trigger(`hint:${kind}`, { kind, id });
  if (id) trigger(`hint:${kind}:${id}`, { kind, id });
}

/** Hints may be lost while away, so after a gap every listening region asks again. */
function onConnected() {
  document.documentElement.dataset.live = 'on';
  trigger('push:connected');
  if (connectedBefore) {
    const listening = [...document.querySelectorAll('[hx-trigger*="hint:"]')];
    const names = new Set(listening.flatMap((region) => region.getAttribute('hx-trigger').match(/hint:[^\s,]+/g)));
    for (const name of names) trigger(name);
  }
  connectedBefore = true;
}

function onLost() {
  document.documentElement.dataset.live = 'off';
}

function connect() {
  source = new EventSource(url);
  source.addEventListener('open', () => { onConnected(); tell('connected'); });
  source.addEventListener('hint', ({ data }) => { onHint(data); tell('hint', data); });
  source.addEventListener('error', () => {
    onLost();
    tell('lost');
    // The browser reconnects by itself, except after a refusal (logged out, server restarting).
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000 + Math.random() * 4000);
  });
}

/** A page that has just come asks whether another tab is connected; what was pushed while it loaded, it asks for now. */
const onHello = () => source?.readyState === EventSource.OPEN && tell('welcome');
const onWelcome = () => connectedBefore || onConnected();

if (url) {
  const heard = { connected: onConnected, hint: onHint, lost: onLost, hello: onHello, welcome: onWelcome };
  tabs?.addEventListener('message', ({ data: { what, data } }) => heard[what]?.(data));
  if (navigator.locks && tabs) {
    // The tab that holds the lock holds the connection; when it closes, the next one takes over.
    navigator.locks.request('firstline-push', () => { connect(); return new Promise(() => {}); });
    setTimeout(tell, 0, 'hello'); // after htmx, which begins to listen in such a turn too
  } else {
    connect();
  }
}
