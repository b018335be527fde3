/** SOAP and document doors that take certificates of callers, on real TLS, in front of the real parts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatePolicies, authorityInfoAccess, keyUsage } from '@segl/sandbox/pki/extensions';
import { openTlsCertificate } from '@segl/sandbox/tls/certificate';
import { systemClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { ArchiveFlow } from '@segl/server/application/documents/archived';
import { callerSettings } from '@segl/server/application/access/caller-settings';
import { CallerGate } from '@segl/server/application/access/callers';
import { OrderFlow } from '@segl/server/application/ordering/ordering';
import { PackagingFlow } from '@segl/server/application/packaging/packaging-service';
import { StoringFlow } from '@segl/server/application/documents/storing';
import { createTaskService } from '@segl/server/application/ordering/task-flow';
import { certificateHeader } from '@segl/server/http/callers/headers';
import { createCallerReader } from '@segl/server/http/callers/reader';
import { docPlugin } from '@segl/server/http/sds/plugin';
import { createHttpServer } from '@segl/server/http/server';
import { soapPlugin } from '@segl/server/http/soap/soap-plugin';
import { proxyRule } from '@segl/server/http/trusted-proxies';
import { createLogger } from '@segl/server/adapters/telemetry/log';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { Authenticator } from '@segl/server/adapters/postgres/accounts/accounts';
import { listDecisions, type CallerDecision } from '@segl/server/adapters/postgres/accounts/callers';
import { Writable } from 'node:stream';
import { openTestApplication, type TestApplication } from './services.ts';
import { operation } from './soap-call.ts';
import { createTestPki, issue, OCSP_URL, TEST_TIME, type Identity } from '../signatures/test-pki.ts';

const POLICIES = '1.2.3.4';

/** What a client shows: PEM files and the same as text. */
export interface Shown {
  readonly identity: Identity;
  readonly certFile: string;
  readonly keyFile: string;
  /** Own certificate and its issuer. */
  readonly pem: string;
  readonly keyPem: string;
  readonly ders: readonly Uint8Array[];
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly code: string | undefined;
}

export interface CallerPlugins {
  readonly port: number;
  readonly log: () => string;
  /** The same calls over https to another port, of a proxy in front. */
  at(port: number): Pick<CallerPlugins, 'soap' | 'doc'>;
  /** One SOAP call of the account `demo`; `headers` are sent besides. */
  soap(shown?: Shown, headers?: Record<string, string | string[]>): Promise<Answer>;
  /** One upload. */
  doc(shown?: Shown, options?: { password?: string; service?: string }): Promise<Answer>;
}

interface PluginOptions {
  readonly tls?: boolean;
  readonly intermediates?: readonly Uint8Array[];
}

export interface CallerServices {
  readonly home: TestApplication;
  readonly pki: ReturnType<typeof createTestPki>;
  readonly caFile: string;
  /** PEM files of the server. */
  readonly serverFiles: { readonly cert: string; readonly key: string };
  /** A certificate whose status is good; `serialNumber` like `CVR:12345678-FID:1`, or of OCES3 like `UI:DK-O:G:…`. */
  certificate(serialNumber: string, options?: Parameters<typeof issue>[2]): Promise<Shown>;
  /** Plugins with these settings, the same ones each time; `intermediates` (DER): issuers that they know. */
  open(env: Record<string, string>, options?: PluginOptions): Promise<CallerPlugins>;
  /** Decisions since the last time that they were asked for, oldest first. */
  decisions(): Promise<CallerDecision[]>;
}

interface TestHandle {
  teardown(fn: () => unknown): unknown;
}

export async function createCallerServices(t: TestHandle): Promise<CallerServices> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-callers-'));
  const home = await openTestApplication(TEST_TIME);
  const pki = createTestPki();
  const { context } = home.application;
  t.teardown(async () => {
    await home.close();
    await rm(folder, { recursive: true, force: true });
  });
  const made = await openTlsCertificate({ folder, names: ['localhost', '127.0.0.1'], clock: systemClock });
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const tlsFiles = {
    TLS_CERT: await file('server.pem', made.certificate),
    TLS_KEY: await file('server.key', made.key),
  };
  const caFile = await file('ca.pem', made.authority);
  const oces = ocesEnvironment('sandbox', { anchors: [pki.root.certificate.der], policyPrefix: POLICIES });
  const revocation = new RevocationService({ post: pki.post, clock: home.clock });
  let files = 0;
  let seen = 0;

  const opened = new Map<string, Promise<CallerPlugins>>();
  const openPlugins = async (
    env: Record<string, string>,
    { tls = true, intermediates = [] }: PluginOptions,
  ): Promise<CallerPlugins> => {
    const config = loadConfig({ ...(tls ? tlsFiles : {}), ...env, HOST: '127.0.0.1' });
    let written = '';
    const log = createLogger(
      'info',
      new Writable({
        write: (chunk, _encoding, done) => {
          written += String(chunk);
          done();
        },
      }),
    );
    const settings = callerSettings(config, oces, intermediates);
    const { db, clock } = context;
    const passwords = new Authenticator(db);
    const authenticator = settings
      ? new CallerGate({ passwords, ...settings, revocation, db, clock, log })
      : passwords;
    const parts = { ...context, config, log, authenticator };
    const app = await createHttpServer(config, log, {
      callerAuthorities: settings && [made.authority, ...oces.anchors.map((der) => certificatesToPem([der]))],
    });
    const trusted = proxyRule(config.trustedProxies);
    const header = certificateHeader(config.callerCertHeader);
    const caller = settings && createCallerReader({ header, trusted, log });
    await app.register(soapPlugin, {
      orders: new OrderFlow(parts),
      tasks: createTaskService(parts),
      packaging: new PackagingFlow({ ...home.packaging, ...parts }),
      archive: new ArchiveFlow(parts),
      ...{ config, log, caller },
    });
    await app.register(docPlugin, { api: new StoringFlow(parts), config, log, caller });
    await app.listen({ host: '127.0.0.1', port: 0 });
    t.teardown(() => app.close());
    const port = config.callerPort ?? (app.server.address() as AddressInfo).port;
    const callsAt = (port: number, secure: boolean): Pick<CallerPlugins, 'soap' | 'doc'> => {
      const send = sender(port, secure ? made.authority : undefined);
      return {
        soap: (shown, headers = {}) =>
          send(
            '/ws/documentservice-v3',
            { 'content-type': 'text/xml', ...headers },
            operation('get-status-request', '<request-id>none</request-id>'),
            shown,
          ),
        doc: (shown, { service = 'demo', password = 'Bond007' } = {}) => {
          const basic = Buffer.from(`${service}:${password}`).toString('base64');
          const headers = { authorization: `Basic ${basic}`, 'content-type': 'text/plain' };
          return send(`/doc/${service}/sds`, headers, 'content', shown);
        },
      };
    };
    return { port, log: () => written, at: (other) => callsAt(other, true), ...callsAt(port, tls) };
  };

  return {
    home,
    pki,
    caFile,
    serverFiles: { cert: tlsFiles.TLS_CERT, key: tlsFiles.TLS_KEY },
    async certificate(serialNumber, options = {}) {
      const isOces3 = serialNumber.startsWith('UI:');
      const arc = { FID: 4, UID: 3, RID: 2 }[/-(\w+):/.exec(serialNumber)?.[1] ?? ''] ?? 1;
      const commits = !isOces3 && arc < 3;
      const identity = issue(
        isOces3
          ? [
              { organizationIdentifier: 'NTRDK-12345678' },
              { O: 'Prøve A/S' },
              { serialNumber },
              { CN: 'prøve' },
            ]
          : [
              { C: 'DK' },
              { O: 'Prøve A/S // CVR:12345678' },
              { CN: 'prøve (funktionscertifikat)', serialNumber },
            ],
        [
          keyUsage('digitalSignature', ...(commits ? (['nonRepudiation'] as const) : [])),
          certificatePolicies({
            oid: `${POLICIES}.${isOces3 ? '3.7' : arc}.1`,
            cps: 'http://x.invalid',
          }),
          authorityInfoAccess({ ocsp: [OCSP_URL] }),
        ],
        { issuer: pki.issuingCa, ...options },
      );
      pki.statuses.set(identity.certificate.serialNumber, { status: 'good' });
      const ders = [identity.certificate.der, pki.issuingCa.certificate.der];
      const [pem, keyPem] = [
        certificatesToPem(ders),
        identity.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      ];
      files += 1;
      const [certFile, keyFile] = [await file(`${files}.pem`, pem), await file(`${files}.key`, keyPem)];
      return { identity, certFile, keyFile, pem, keyPem, ders };
    },
    open(env, options = {}) {
      const key = JSON.stringify([env, options]);
      const there = opened.get(key) ?? openPlugins(env, options);
      opened.set(key, there);
      return there;
    },
    async decisions() {
      const all = (await listDecisions(context.db, { limit: 10_000 })).reverse();
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh;
    },
  };
}

/** Sends one request on a connection of its own; https with the authority that is trusted, else http. */
const sender =
  (port: number, ca: string | undefined) =>
  (path: string, headers: Record<string, string | string[]>, body: string, shown?: Shown): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, method: 'POST', headers, agent: false };
      const certificate = shown && { cert: shown.pem, key: shown.keyPem };
      const request =
        ca === undefined ? httpRequest(options) : httpsRequest({ ...options, ca, ...certificate });
      request.on('error', reject).on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => {
          const told = /<code>(\w+)<\/code>/.exec(text)?.[1] ?? response.headers['segl-error'];
          resolve({ status: response.statusCode ?? 0, body: text, code: told?.toString() });
        });
      });
      request.end(body);
    });
