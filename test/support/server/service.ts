/** The whole service in this process, over HTTP on a free port, with its workers; a sandbox beside it for seals and time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { BackEnd } from '@segl/cli/demo/back-end';
import { startSandbox, type Sandbox } from '@segl/sandbox/main';
import { systemClock, type Clock } from '@segl/problem/clock';
import { createLogger, silentLogger } from '@segl/server/adapters/telemetry/log';
import { setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { openApplication, type Application } from '@segl/server/composition/application';
import { startService } from '@segl/server/composition/http';
import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import { loadConfig } from '@segl/server/config/config';
import { startBackground } from '@segl/workers/main';
import { freePort } from './running.ts';
import { fillSandbox } from '../test-place.ts';

export interface RunningService {
  readonly url: string;
  readonly sandboxUrl: string;
  readonly application: Application;
  readonly packaging: PdfContext;
  readonly backEnd: BackEnd;
  readonly account: { readonly service: string; readonly password: string };
  /** Takes the sandbox away, and with it every provider, gateway and authority; gives what brings it back. */
  away(): Promise<() => Promise<void>>;
}

interface TestHandle {
  teardown(end: () => unknown): unknown;
}

/**
 * `settings`: what the service is started with, of what the sandbox offers (`offered`) and besides; `folder` is for files.
 * `logged` is told every line of its log; `clock` is that of the service and of the sandbox. Everything ends with the test.
 */
export async function startTestService(
  t: TestHandle,
  settings: (
    offered: Readonly<Record<string, string>>,
    folder: string,
  ) => Promise<Readonly<Record<string, string>>>,
  logged?: (line: string) => void,
  clock: Clock = systemClock,
): Promise<RunningService> {
  const log = logged
    ? createLogger(
        'debug',
        new Writable({
          write(chunk: Buffer, _encoding, done) {
            logged(chunk.toString('utf8'));
            done();
          },
        }),
      )
    : silentLogger;
  const folder = await mkdtemp(join(tmpdir(), 'segl-service-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await fillSandbox(join(folder, 'sandbox'));
  // known ones, where it is found again after it was away
  const [sandboxPort, smtpPort, mutualTlsPort] = [await freePort(), await freePort(), await freePort()];
  const world = (): Promise<Sandbox> =>
    startSandbox({
      ...{ dataDir: join(folder, 'sandbox'), host: '127.0.0.1', port: sandboxPort, smtpPort, mutualTlsPort },
      ...{ clock, log: silentLogger },
    });
  let sandbox = await world();
  t.teardown(() => sandbox.close());
  const port = String(await freePort());
  const given = await settings(sandbox.environment, folder);
  const config = loadConfig({ DATA_DIR: join(folder, 'data'), PORT: port, SANDBOX: 'off', ...given });
  const application = await openApplication(config, { clock, log, kind: 'start' });
  t.teardown(() => application.close());
  const account = { service: 'demo', password: 'a long password' };
  await setAccount(application.context.db, clock, account.service, account.password);
  const background = await startBackground(application);
  t.teardown(() => background.close());
  const app = await startService(application);
  t.teardown(() => app.close());
  const url = `http://localhost:${port}`;
  return {
    ...{ url, application, account, sandboxUrl: sandbox.url },
    packaging: application.packaging,
    backEnd: new BackEnd({ baseUrl: url, ...account }),
    async away() {
      await sandbox.close();
      return async () => {
        sandbox = await world();
      };
    },
  };
}

/** A service as back ends reach it, in this process or another. */
type Reached = Pick<RunningService, 'url' | 'account'>;

/** Calls an operation of DocumentService v3; `content`: what its element holds after the credentials. Gives the reply's text. */
async function callSoap(
  { url, account: { service, password } }: Reached,
  element: string,
  content: string,
): Promise<string> {
  const response = await fetch(`${url}/ws/documentservice-v3`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
    body: `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>
<${element} xmlns="https://id.signicat.com/definitions/wsdl/Document-v3" xmlns:tns="https://id.signicat.com/definitions/wsdl/Document-v3">
<service>${service}</service><password>${password}</password>${content}
</${element}></soap:Body></soap:Envelope>`,
  });
  return response.text();
}

/** Orders over SOAP; `content`: what the request holds. Gives its id. */
export async function orderOverSoap(service: Reached, content: string): Promise<string> {
  const request = `<request><language>en</language>${content}</request>`;
  const text = await callSoap(service, 'create-request-request', request);
  const [, requestId] = /<request-id>([^<]*)</.exec(text) ?? [];
  if (requestId === undefined) throw new Error(text);
  return requestId;
}

/** The history of a task over SOAP. */
export async function historyOverSoap(
  service: Reached,
  requestId: string,
  taskId: string,
): Promise<{ event: string; data: string }[]> {
  const ids = `<request-id>${requestId}</request-id><task-id>${taskId}</task-id>`;
  const text = await callSoap(service, 'get-request-history-request', ids);
  return [
    ...text.matchAll(
      /<event><event>([^<]*)<\/event><event-time>[^<]*<\/event-time>(?:<data>([^<]*)<\/data>)?/g,
    ),
  ].map(([, event = '', data = '']) => ({ event, data }));
}

/** A document of plain text, for orders. */
export const textDocument = (id: string, text: string): string =>
  `<document xsi:type="tns:provided-document" id="${id}" mime-type="text/plain"><data>${Buffer.from(text).toString('base64')}</data><description>A promise</description></document>`;
