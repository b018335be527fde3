/** A page on an origin of its own that speaks the eID client's side of the message protocol, and nothing more. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const page = `<!doctype html><html lang="da"><head><meta charset="utf-8"><title>NemID</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:16px/1.5 sans-serif;margin:0;padding:24px;background:#fff;color:#222}
h1{font-size:20px;color:#0a3a63}button{font:inherit;padding:10px 18px;margin:8px 8px 0 0}</style></head>
<body><h1>NemID</h1><p id="text">…</p><button id="sign" hidden>Log på</button><button id="cancel" hidden>Annuller</button>
<button id="close" hidden>Luk</button>
<script>
const send = (message) => parent.postMessage(JSON.stringify(message), '*');
addEventListener('message', ({ data }) => {
  const { command, content } = JSON.parse(data);
  if (command !== 'parameters') return;
  document.getElementById('text').textContent = 'Log på hos ' + JSON.parse(content).friendlyName;
  const submit = 'changeResponseAndSubmit';
  for (const [id, command, response] of [['sign', submit, '<signature/>'], ['cancel', submit, 'CAN002'], ['close', 'signCancel', 'CAN002']]) {
    document.getElementById(id).hidden = false;
    document.getElementById(id).onclick = () => send({ command, content: btoa(response) });
  }
});
send({ command: 'SendParameters' });
</script></body></html>`;

export interface StubSite {
  readonly origin: string;
  readonly close: () => void;
}

async function listen(server: Server): Promise<StubSite> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function stubEidClient(): Promise<StubSite> {
  return listen(
    createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    }),
  );
}

/** A customer's site: every page but /thanks sends the browser on, to /thanks under another origin. */
export function stubCustomerSite(): Promise<StubSite> {
  return listen(
    createServer((request, response) => {
      if (request.url?.startsWith('/thanks')) {
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
        response.end('<!doctype html><html lang="da"><title>Tak</title><h1>Tak</h1></html>');
      } else {
        const other = `http://localhost:${request.socket.localPort}/thanks`;
        response.writeHead(302, { location: other }).end();
      }
    }),
  );
}
