/** The OpenID providers of a sandbox, and the method that uses them, without a service around it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCatalogue, type Catalogue } from '@segl/identity/catalogue';
import type {
  IdentityMethod,
  HttpClient,
  MethodDeps,
  MethodMemory,
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
import { actInApp, approveInApp } from '@segl/sandbox/methods/oidc/person';
import { Browser } from '@segl/sandbox/person/browser';
import { createOutbound } from '@segl/server/adapters/outbound/outbound';
import { serverProblems } from '@segl/server/problems';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { openMemory } from './method-memory.ts';
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

type HttpAnswer = Awaited<ReturnType<HttpClient['post']>>;

export interface Reach {
  /** Whether the network leads nowhere. */
  away: boolean;
  /** What arrives of an answer to a POST, where it is another. */
  answer?: ((url: string, answer: HttpAnswer) => HttpAnswer) | undefined;
}

export interface OidcHome {
  readonly sandbox: Sandbox;
  readonly catalogue: Catalogue;
  readonly opened: OpenedModule;
  readonly clock: ShiftedClock;
  readonly warnings: string[];
  readonly memory: MethodMemory;
  readonly reach: Reach;
  method(name: string, use?: Use): IdentityMethod;
  /** As a service that starts anew: it keeps what is stored, and nothing else. */
  restart(): Promise<void>;
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
  const memory = openMemory(clock);
  const reach: Reach = { away: false };
  const deps: MethodDeps = {
    clock,
    publicUrl: visitor.origin,
    random: randomBytes,
    revocation: undefined as never,
    http: () => reachable(createOutbound({ allow: ['127.0.0.0/8', '::1/128'], timeoutMs: 5_000 }), reach),
    keys: { open: none, openModule: none, readPkcs12: none },
    vault: { seal: none, open: none },
    memory: () => memory,
    registrations: none,
    messages: {},
    warn: (_facts, message) => warnings.push(message),
  };
  const { values } = readSettings(proofSettings, sandbox.environment);
  const open = (): Promise<OpenedModule> =>
    oidc.open(values as ProofSettings, deps, catalogue.providers.get('oidc') ?? []);
  let opened = await open();
  t.teardown(() => opened.close());
  return {
    ...{ sandbox, catalogue, clock, warnings, memory, reach },
    get opened() {
      return opened;
    },
    async restart() {
      await opened.close();
      opened = await open();
    },
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

/** The same client, over a network that can be taken away, or in which answers change. */
const reachable = (http: HttpClient, reach: Readonly<Reach>): HttpClient => {
  const fail = (): never => {
    throw serverProblems.error('OUTBOUND_FAILED', {
      host: 'provider',
      why: serverProblems.of('outbound/leads-inside'),
    });
  };
  return {
    get: async (...given) => (reach.away ? fail() : http.get(...given)),
    async post(url, ...given) {
      if (reach.away) return fail();
      const answer = await http.post(url, ...given);
      return reach.answer ? reach.answer(url, answer) : answer;
    },
    close: () => http.close(),
  };
};

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

type Shown = Extract<Step, { kind: 'show' }>;

const shownIn = (step: Step): Shown => {
  if (step.kind !== 'show') throw new Error(told(step));
  return step;
};

/** Starts, and says on the page whom to ask; gives the step that waits for the app. */
export async function askInApp(
  method: IdentityMethod,
  task: MethodTask,
  values: Readonly<Record<string, string>> = {},
): Promise<Shown & { readonly code: string }> {
  const { state } = shownIn(await method.start(task, visitor));
  const waits = shownIn(await method.continue(task, state, { kind: 'fields', values }, visitor));
  if (waits.show.as !== 'poll') throw new Error(`it is ${waits.show.as}`);
  return { ...waits, code: waits.show.code ?? '' };
}

/** Acts in the app of the sandbox. */
export const actThere = (home: OidcHome, code: string, { user, ...how }: Act = {}): Promise<void> =>
  actInApp(new Browser('en'), home.sandbox.url, code, { ...how, ...(user !== undefined && { user }) });

/** Polls as soon as the provider may be asked; the clock goes back afterwards, since tokens have times too. */
export async function pollLater(
  home: OidcHome,
  method: IdentityMethod,
  task: MethodTask,
  state: string,
): Promise<Step> {
  const { nextAt } = JSON.parse(state) as { readonly nextAt: number };
  const wait = Math.max(0, nextAt - home.clock.now().getTime()) + 10;
  home.clock.offset += wait;
  try {
    return await method.continue(task, state, { kind: 'poll' }, visitor);
  } finally {
    home.clock.offset -= wait;
  }
}

/** From start to end in an app. */
export async function goThroughInApp(
  home: OidcHome,
  name: string,
  task: MethodTask,
  how: Act = {},
  use: Use = 'sign',
): Promise<Step> {
  const method = home.method(name, use);
  const { state, code } = await askInApp(method, task);
  await actThere(home, code, how);
  return pollLater(home, method, task, state);
}

/** `done`, `cancelled CODE`, or the code, check and reason of a refusal. */
export function told(step: Step): string {
  if (step.kind === 'cancelled') return `cancelled ${step.code}`;
  if (step.kind !== 'refused') return step.kind;
  const { check, why } = step.problem.params as { check?: string; why?: { code: string } };
  return [step.problem.code, check, why?.code].filter(Boolean).join(' ');
}
