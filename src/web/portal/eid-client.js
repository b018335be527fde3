// Speaks with the eID client in the frame: hands it the signed parameters when it asks, and posts what it answers.
// A classic script before the frame, so that it listens before the client can say anything.
(() => {
  const { clientOrigin, parameters } = JSON.parse(document.getElementById('signing').textContent);
  const status = document.getElementById('eid-status');
  const SILENCE = 20_000;
  // clients tell a code in place of a signature by a command of its own, or by the same
  const ANSWERS = ['changeResponseAndSubmit', 'signCancel', 'signError', 'logonCancel', 'logonError'];

  const say = (text) => {
    status.textContent = text ?? '';
    status.hidden = !text;
  };
  say(status.dataset.textLoading);
  const silence = setTimeout(() => say(status.dataset.textSilent), SILENCE);

  const read = (data) => {
    try {
      return typeof data === 'string' ? JSON.parse(data) : undefined;
    } catch {
      return undefined;
    }
  };

  addEventListener('message', (event) => {
    const frame = document.getElementById('eid-client');
    if (!frame || event.origin !== clientOrigin || event.source !== frame.contentWindow) return;
    const message = read(event.data);
    if (message?.command === 'SendParameters') {
      clearTimeout(silence);
      say();
      const reply = { command: 'parameters', content: JSON.stringify(parameters) };
      frame.contentWindow.postMessage(JSON.stringify(reply), clientOrigin);
    } else if (ANSWERS.includes(message?.command)) {
      clearTimeout(silence);
      const form = document.getElementById('eid-result');
      form.elements.response.value = typeof message.content === 'string' ? message.content : '';
      frame.hidden = true;
      say(status.dataset.textChecking);
      form.requestSubmit();
    }
  });
})();
