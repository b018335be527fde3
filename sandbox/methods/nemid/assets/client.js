/**
 * The NemID client in the provider's iframe. To the page it speaks the documented postMessage protocol: it asks with
 * SendParameters, is given `parameters`, and hands over base64 of the signed message or of an error code with
 * changeResponseAndSubmit. Passwords and keys go to its own server, which holds the private keys.
 */
import { texts } from './client-texts.js';

const byId = (id) => document.getElementById(id);
const screens = {
  user: byId('user'),
  key: byId('key'),
  'new-password': byId('new-password'),
  sign: byId('sign'),
};

/** How often the client asks whether it may stay open. */
const IDLE_CHECK_MILLISECONDS = 2000;

/** The page that holds the iframe, once its parameters were taken; the only one that is answered. */
let pageOrigin;
let session;
let flow = 'sign';
let language = 'da';
let friendlyName = '';
let idleCheck;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => String(values[name] ?? ''));
const text = (name, values = {}) => fill(texts[language][name], values);

function translate() {
  const words = {
    ...texts[language],
    purpose: text(flow === 'sign' ? 'purposeSign' : 'purposeLogin', { name: friendlyName }),
    keyNext: text(flow === 'sign' ? 'next' : 'logOn'),
  };
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = words[node.dataset.text];
  for (const node of document.querySelectorAll('[data-title]')) node.title = words[node.dataset.title];
  for (const node of document.querySelectorAll('[data-label]')) {
    node.setAttribute('aria-label', words[node.dataset.label]);
  }
}

function tellPage(message) {
  // SendParameters goes out before the page is known; it says nothing that another page could use
  window.parent.postMessage(JSON.stringify(message), pageOrigin ?? '*');
}

function showProblem(screen, sentence) {
  const line = screen.querySelector('.problem');
  if (!line) return;
  line.hidden = !sentence;
  line.textContent = sentence ?? '';
}

function problemOf(view) {
  if (!view.problem) return undefined;
  const sentence = text({ user: 'wrongUser', key: 'wrongKey', 'new-password': 'wrongNew' }[view.problem]);
  return view.attemptsLeft === undefined
    ? sentence
    : `${sentence} ${text('attemptsLeft', { count: view.attemptsLeft })}`;
}

function show(view) {
  if (view.view === 'end') {
    for (const screen of Object.values(screens)) screen.hidden = true;
    byId('ending').hidden = true;
    byId('wait').hidden = false;
    clearInterval(idleCheck);
    tellPage({ command: 'changeResponseAndSubmit', content: view.response });
    return;
  }
  if (view.view === 'user') {
    ({ session, flow, language, friendlyName } = view);
    for (const button of document.querySelectorAll('.leave')) button.hidden = !view.mayCancel;
    idleCheck ??= setInterval(askWhetherIdle, IDLE_CHECK_MILLISECONDS);
  }
  translate();
  byId('wait').hidden = true;
  byId('ending').hidden = false;
  for (const [name, screen] of Object.entries(screens)) screen.hidden = name !== view.view;
  const screen = screens[view.view];
  showProblem(screen, problemOf(view));
  if (view.view === 'user') {
    byId('password').value = '';
    (byId('userid').value ? byId('password') : byId('userid')).focus();
  }
  if (view.view === 'key') {
    byId('card-serial').textContent = view.card;
    byId('key-number').textContent = view.number;
    byId('show-card').href = `/testtools/card/${encodeURIComponent(byId('userid').value.trim())}`;
    byId('otp').value = '';
    byId('otp').focus();
  }
  if (view.view === 'new-password') {
    byId('new1').value = byId('new2').value = '';
    byId('new1').focus();
  }
  if (view.view === 'sign') {
    byId('sign-text').textContent = view.text;
    byId('sign-text').classList.toggle('monospace', view.monospace);
    byId('signer').textContent = view.name;
    byId('sign-text').focus();
  }
  window.scrollTo(0, 0);
}

async function call(step, body) {
  const response = await fetch(`/launcher/api/${step}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the client's server answers ${response.status}`);
  return response.json();
}

/** Quietly: a server that does not answer is met at the next step. */
async function askWhetherIdle() {
  const view = await call('idle', { session }).catch(() => undefined);
  if (view?.view) show(view);
}

/** One call at a time: the buttons rest meanwhile. */
async function step(screen, name, body) {
  const buttons = screen.querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  try {
    show(await call(name, { session, ...body }));
  } catch {
    showProblem(screen, text('network'));
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

const onSubmit = (screen, action) =>
  screen.addEventListener('submit', (event) => {
    event.preventDefault();
    action();
  });

onSubmit(screens.user, () => {
  const userId = byId('userid').value;
  const password = byId('password').value;
  if (userId.trim() === '' || password === '') showProblem(screens.user, text('missing'));
  else void step(screens.user, 'password', { userId, password });
});

onSubmit(screens.key, () => {
  const key = byId('otp').value.trim();
  if (/^\d{6}$/.test(key)) void step(screens.key, 'key', { key });
  else showProblem(screens.key, text('sixDigits'));
});

onSubmit(screens['new-password'], () => {
  const password = byId('new1').value;
  if (password !== byId('new2').value) showProblem(screens['new-password'], text('different'));
  else void step(screens['new-password'], 'new-password', { password });
});

onSubmit(byId('ending'), () => void step(byId('ending'), 'end', { code: byId('code').value }));

onSubmit(screens.sign, () => void step(screens.sign, 'sign', {}));

for (const screen of Object.values(screens)) {
  screen.querySelector('.leave').addEventListener('click', () => void step(screen, 'cancel', {}));
}

window.addEventListener('message', (event) => {
  // one page, one set of parameters: what comes later or from elsewhere is not for us
  if (event.source !== window.parent || pageOrigin !== undefined || typeof event.data !== 'string') return;
  let message;
  try {
    message = JSON.parse(event.data);
  } catch {
    return;
  }
  if (message?.command !== 'parameters' || typeof message.content !== 'string') return;
  pageOrigin = event.origin;
  call('start', { parameters: message.content, origin: event.origin }).then(show, () => {
    tellPage({ command: 'changeResponseAndSubmit', content: btoa('LIB002') });
  });
});

translate();
tellPage({ command: 'SendParameters' });
