/**
 * The CodeFile client in the provider's iframe: the user's key lies in a file under a password. File, password and key
 * stay in this page; Web Crypto opens the key and signs.
 */
const byId = (id) => document.getElementById(id);

const texts = {
  da: {
    purposeSign: 'Underskriv hos {name}',
    purposeLogin: 'Log på {name}',
    file: 'Nøglefil',
    password: 'Adgangskode til nøglefilen',
    sign: 'Underskriv',
    logOn: 'Log på',
    cancel: 'Afbryd',
    wrong: 'Nøglefilen kan ikke åbnes med denne adgangskode.',
    missing: 'Vælg en nøglefil, og skriv adgangskoden.',
    signText: 'Tekst, der underskrives',
  },
  en: {
    purposeSign: 'Sign at {name}',
    purposeLogin: 'Log on to {name}',
    file: 'Key file',
    password: 'Password of the key file',
    sign: 'Sign',
    logOn: 'Log on',
    cancel: 'Cancel',
    wrong: 'The key file does not open with this password.',
    missing: 'Choose a key file and type its password.',
    signText: 'Text to be signed',
  },
};

let pageOrigin;
let parameters;
let flow = 'login';
let words = texts.da;

const tellPage = (message) => window.parent.postMessage(JSON.stringify(message), pageOrigin ?? '*');
const end = (code) =>
  tellPage({
    command: `${flow === 'sign' ? 'sign' : 'logon'}${code === 'CAN002' ? 'Cancel' : 'Error'}`,
    content: btoa(code),
  });
const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

function base64Of(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** One DER value: its tag, its content, and where the next one begins. */
function readValue(der, at = 0) {
  let length = der[at + 1];
  let start = at + 2;
  if (length > 0x80) {
    const count = length & 0x7f;
    length = der.subarray(start, start + count).reduce((sum, byte) => sum * 256 + byte, 0);
    start += count;
  }
  if (!(start + length <= der.length)) throw new Error('not DER');
  return { tag: der[at], content: der.subarray(start, start + length), next: start + length };
}

function children(content) {
  const values = [];
  for (let at = 0; at < content.length; at = values.at(-1).next) values.push(readValue(content, at));
  return values;
}

/** EncryptedPrivateKeyInfo (RFC 5958) under PBES2 with PBKDF2, HMAC-SHA256 and AES-256-CBC (RFC 8018). */
async function openKey(der, password) {
  const [algorithm, encrypted] = children(readValue(der).content);
  const [derivation, cipher] = children(children(algorithm.content)[1].content);
  const [salt, iterations] = children(children(derivation.content)[1].content);
  const iv = children(cipher.content)[1].content;
  const rounds = iterations.content.reduce((sum, byte) => sum * 256 + byte, 0);
  const { subtle } = window.crypto;
  const secret = await subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, [
    'deriveKey',
  ]);
  const aes = await subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt: salt.content, iterations: rounds },
    secret,
    { name: 'AES-CBC', length: 256 },
    false,
    ['decrypt'],
  );
  const pkcs8 = await subtle.decrypt({ name: 'AES-CBC', iv }, aes, encrypted.content);
  return subtle.importKey('pkcs8', pkcs8, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['sign']);
}

async function call(step, body) {
  const response = await fetch(`/codefile/api/${step}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ parameters, origin: pageOrigin, ...body }),
  });
  if (!response.ok) throw new Error(`the client's server answers ${response.status}`);
  return response.json();
}

function showProblem(sentence) {
  byId('problem').hidden = !sentence;
  byId('problem').textContent = sentence;
}

function show(view) {
  ({ flow } = view);
  words = texts[view.language];
  document.documentElement.lang = view.language;
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = words[node.dataset.text];
  byId('purpose').textContent = words[flow === 'sign' ? 'purposeSign' : 'purposeLogin'].replace(
    '{name}',
    view.friendlyName,
  );
  byId('go').textContent = words[flow === 'sign' ? 'sign' : 'logOn'];
  byId('sign-text').hidden = flow !== 'sign';
  byId('sign-text').textContent = view.signText;
  byId('sign-text').setAttribute('aria-label', words.signText);
  byId('wait').hidden = true;
  byId('open').hidden = false;
}

async function signWithFile(text, password) {
  const body = /-----BEGIN ENCRYPTED PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1] ?? '';
  const key = await openKey(bytesOf(body.replace(/\s/g, '')), password);
  const message = await call('prepare', { certificates: text.slice(text.indexOf('-----BEGIN CERTIFICATE')) });
  if (message.code) return end(message.code);
  const signature = await window.crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, bytesOf(message.signedInfo));
  const lines = base64Of(new Uint8Array(signature))
    .match(/.{1,76}/g)
    .join('\n');
  const xml = new TextEncoder().encode(message.before + lines + message.after);
  tellPage({ command: 'changeResponseAndSubmit', content: base64Of(xml) });
}

byId('open').addEventListener('submit', (event) => {
  event.preventDefault();
  const [file] = byId('file').files;
  const password = byId('password').value;
  if (!file || password === '') return showProblem(words.missing);
  showProblem('');
  byId('go').disabled = true;
  file
    .text()
    .then((text) => signWithFile(text, password))
    .catch(() => showProblem(words.wrong))
    .finally(() => (byId('go').disabled = false));
});
byId('leave').addEventListener('click', () => end('CAN002'));

window.addEventListener('message', (event) => {
  if (event.source !== window.parent || pageOrigin !== undefined || typeof event.data !== 'string') return;
  let message;
  try {
    message = JSON.parse(event.data);
  } catch {
    return;
  }
  if (message?.command !== 'parameters' || typeof message.content !== 'string') return;
  pageOrigin = event.origin;
  parameters = message.content;
  call('start').then(
    (view) => (view.view === 'end' ? end(view.code) : show(view)),
    () => end('LIB002'),
  );
});
tellPage({ command: 'SendParameters' });
