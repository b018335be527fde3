// Asks the browser for a passkey, or for a new one, when the person says so; posts what it gives.
const { get, create } = JSON.parse(document.getElementById('options').textContent);
const status = document.getElementById('method-status');
const form = document.getElementById('method-result');
const button = document.getElementById('method-start');

const say = (text) => {
  status.textContent = text ?? '';
  status.hidden = !text;
};

const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  );

const encode = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer ?? []), (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const withBytes = (list) => list.map((one) => ({ ...one, id: decode(one.id) }));

async function assertion() {
  const { id, response } = await navigator.credentials.get({
    publicKey: { ...get, challenge: decode(get.challenge) },
  });
  return {
    id,
    clientDataJSON: encode(response.clientDataJSON),
    authenticatorData: encode(response.authenticatorData),
    signature: encode(response.signature),
    userHandle: encode(response.userHandle),
  };
}

async function registration() {
  const { id, response } = await navigator.credentials.create({
    publicKey: {
      ...create,
      challenge: decode(create.challenge),
      user: { ...create.user, id: decode(create.user.id) },
      excludeCredentials: withBytes(create.excludeCredentials),
    },
  });
  return {
    id,
    clientDataJSON: encode(response.clientDataJSON),
    attestationObject: encode(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  };
}

if (globalThis.PublicKeyCredential) {
  say();
  button.addEventListener('click', async () => {
    button.disabled = true;
    say(status.dataset.textWaiting);
    try {
      form.elements.result.value = JSON.stringify(await (create ? registration() : assertion()));
      form.requestSubmit();
    } catch (error) {
      // a browser tells no more than that nothing came of it, so as not to tell which passkeys there are
      button.disabled = false;
      say(error.name === 'InvalidStateError' ? status.dataset.textKnown : status.dataset.textEnded);
    }
  });
} else {
  button.disabled = true;
  say(status.dataset.textUnsupported);
}
