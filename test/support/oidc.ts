/** The OpenID providers of a sandbox, and the method that uses them, without a service around it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCatalogue, type Catalogue } from '@segl/identity/catalogue';
import type {
  IdentityMethod,
  MethodDeps,
  MethodTask,
  OpenedModule,
  Step,
  Use,
  Visitor,
} from '@segl/identity/method';
import oidc from '@segl/identity/methods/oidc/index';
import { proofSettings, type ProofSettings } from '@segl/identity/evidence/identity/trust';
import { readSettings } from '@segl/identity/settings';
import { ShiftedClock, systemClock } from '@segl/problem/clock';
import { startSandbox, type Sandbox } from '@segl/sandbox/main';
import type { Outcome } from '@segl/sandbox/methods/oidc/lies';
import { approveInApp } from '@segl/sandbox/methods/oidc/person';
import { Browser } from '@segl/sandbox/person/browser';
import { createOutbound } from '@segl/server/adapters/outbound/outbound';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { fillSandbox } from './test-place.ts';

interface TestHandle {
  teardown(end: () => unknown): unknown;
}

export const visitor: Visitor = {
  language: 'en',
  origin: 'https://sign.example.com',
  userAgent: 'Mozilla/5.0 (test)',
  ip: '192.0.2.7',
};

export interface OidcHome {
  readonly sandbox: Sandbox;
  readonly catalogue: Catalogue;
  readonly opened: OpenedModule;
  readonly clock: ShiftedClock;
  readonly warnings: string[];
  method(name: string, use?: Use): IdentityMethod;
}

/** `methods`: what METHODS_FILE says, of what the sandbox wrote. */
export async function startOidc(
  t: TestHandle,
  methods: (written: MethodsFile) => MethodsFile = (written) => written,
): Promise<OidcHome> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-oidc-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await fillSandbox(folder);
  const clock = new ShiftedClock(systemClock);
  const sandbox = await startSandbox({
    dataDir: folder,
    host: '127.0.0.1',
    port: 0,
    clock,
    log: silentLogger,
  });
  t.teardown(() => sandbox.close());
  const written = JSON.parse(await readFile(sandbox.environment['METHODS_FILE']!, 'utf8')) as MethodsFile;
  const catalogue = await readCatalogue(JSON.stringify(methods(written)));
  const warnings: string[] = [];
  const none = (): never => {
    throw new TypeError('it is not asked for');
  };
  const deps: MethodDeps = {
    clock,
    publicUrl: visitor.origin,
    random: randomBytes,
    revocation: undefined as never,
    http: () => createOutbound({ allow: ['127.0.0.0/8', '::1/128'], timeoutMs: 5_000 }),
    keys: { open: none, openModule: none, readPkcs12: none },
    vault: { seal: none, open: none },
    memory: none,
    registrations: none,
    messages: {},
    warn: (_facts, message) => warnings.push(message),
  };
  const { values } = readSettings(proofSettings, sandbox.environment);
  const opened = await oidc.open(values as ProofSettings, deps, catalogue.providers.get('oidc') ?? []);
  t.teardown(() => opened.close());
  return {
    ...{ sandbox, catalogue, opened, clock, warnings },
    method(name, use = 'sign') {
      const entry = catalogue.entries.find((one) => one.name === name);
      if (!entry)
        throw new Error(
          `${name} is not on offer: ${JSON.stringify(catalogue.off.find((one) => one.name === name))}`,
        );
      return opened.method(entry, use);
    },
  };
}

export interface MethodsFile {
  readonly providers: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly methods: readonly Readonly<Record<string, unknown>>[];
}

export const DOCUMENT = Buffer.from('I promise to feed the birds.');

export const signTask = (expected: MethodTask['expected'] = {}): MethodTask => ({
  service: 'demo',
  documents: [{ id: 'doc', title: 'A promise', mediaType: 'text/plain', read: async () => DOCUMENT }],
  expected,
  returnUrl: 'http://localhost:4711/std/return',
  returnState: randomBytes(16).toString('hex'),
});

export interface Act {
  readonly user?: string;
  readonly outcome?: Outcome;
  readonly level?: string;
}

/** Starts, sends a person there, and gives what comes back with the state. */
export async function act(
  method: IdentityMethod,
  task: MethodTask,
  { user = 'anna', ...how }: Act = {},
): Promise<{ readonly state: string; readonly params: Record<string, string>; readonly url: string }> {
  const step = await method.start(task, visitor);
  if (step.kind !== 'show' || step.show.as !== 'redirect') throw new Error(`it is ${step.kind}`);
  const back = await approveInApp(new Browser('en'), step.show.url, { userId: user }, how);
  return {
    state: step.state,
    params: Object.fromEntries(new URL(back).searchParams),
    url: step.show.url,
  };
}

/** From start to end. */
export async function goThrough(method: IdentityMethod, task: MethodTask, how: Act = {}): Promise<Step> {
  const { state, params } = await act(method, task, how);
  return method.continue(task, state, { kind: 'returned', params }, visitor);
}

/** `done`, `cancelled CODE`, or the code, check and reason of a refusal. */
export function told(step: Step): string {
  if (step.kind === 'cancelled') return `cancelled ${step.code}`;
  if (step.kind !== 'refused') return step.kind;
  const { check, why } = step.problem.params as { check?: string; why?: { code: string } };
  return [step.problem.code, check, why?.code].filter(Boolean).join(' ');
}
