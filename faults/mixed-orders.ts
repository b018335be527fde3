/**
 * Orders by every kind of method at once, while the service is killed and started again and again by SIGKILL. Whoever is cut
 * off tries again, as back ends and people do.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { BackEnd } from '@segl/cli/demo/back-end';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { testPersons } from '@segl/sandbox/methods/nemid/persons';
import { oidcPersons } from '@segl/sandbox/methods/oidc/persons';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { projectFile } from '@segl/server/paths';
import { createPlace, until, type Place, type Program } from '../test/support/server/running.ts';
import { historyOverSoap, orderOverSoap, textDocument } from '../test/support/server/service.ts';

/** Names that clients order by: an eID in a frame, OpenID providers of several countries, codes. */
export const METHODS = [
  ...['nemid-sign', 'mitid', 'sbid-sign', 'nbid-sign', 'ftn-sign', 'idin'],
  ...['sms-otp', 'email-otp'],
];

/** Persons who sign at the same time. */
const PERSONS = 4;
/**
 * Most steps of people in one life of the service: pages opened, forms sent. Lives are drawn evenly below it, so that some end
 * in the middle of a signature and others last for several. Counted in steps, because a busy machine takes fewer in a second.
 */
const MOST_STEPS = 30;
/** A life ends after this, too, where nobody takes a step. */
const LONGEST_LIFE_MS = 60_000;
/** For what is tried again and again; many times what it takes. */
const PATIENCE_MS = 600_000;

const ACCOUNT = { service: 'shop', password: 'a long password' };

/** The user id, with every eID, of who signs. */
const SIGNER = 'anna';
/** What no log may have at any level: what tells who a person is, and what persons, accounts and eIDs prove themselves with. */
const SECRETS: readonly (readonly [what: string, value: string | RegExp])[] = [
  ...testPersons
    .filter(({ userId }) => userId === SIGNER)
    .flatMap(({ cpr, pid, name, password }) => Object.entries({ cpr, pid, name, password })),
  ...oidcPersons
    .filter(({ userId }) => userId === SIGNER)
    .flatMap(({ numbers, uuid, givenName }) => Object.entries({ ...numbers, uuid, givenName })),
  ['password of the account', ACCOUNT.password],
  ['phone number', /4512\d{6}/],
  ['address of mail', /p\d+@example\.com/],
  // a header of JSON in base64url, and what follows it
  ['token', /eyJ[\w-]{8,}\.[\w-]+\./],
];

const standsIn = (log: string, value: string | RegExp): boolean =>
  typeof value === 'string' ? log.includes(value) : value.test(log);

interface Holder {
  teardown(end: () => unknown): unknown;
}

/** Names of what went wrong are request ids. */
export interface MixedOrders {
  readonly orders: number;
  readonly kills: number;
  /** Not completed, without a result, or with one that does not verify. */
  readonly lost: readonly string[];
  /** Completed more than once, or with more than one result. */
  readonly doubled: readonly string[];
  /** Kinds of secrets that stood in the log, written at `debug`. */
  readonly leaked: readonly string[];
  /** Never told to the back end. */
  readonly untold: readonly string[];
  /** Callbacks that the back end got again. */
  readonly toldAgain: number;
  /** Results by the name of the method that evidence gives. */
  readonly names: ReadonlyMap<string, number>;
}

/** What the sandbox tells a service of itself. */
async function settingsOf({ dataDir, sandboxUrl }: Place): Promise<NodeJS.ProcessEnv> {
  const text = await until(
    'the sandbox',
    async () => (await fetch(sandboxUrl)).ok && readFile(join(dataDir, 'sandbox', 'service.env'), 'utf8'),
  );
  return { ...parseEnv(text), SANDBOX: 'off', LOG_LEVEL: 'debug' };
}

/** As an operator does it, before the first start. */
async function setAccount({ env }: Place, settings: NodeJS.ProcessEnv): Promise<void> {
  const args = [projectFile('cli', 'dist', 'main.js'), 'account', 'set', ACCOUNT.service];
  const child = spawn(process.execPath, args, {
    env: { ...env, ...settings },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(ACCOUNT.password);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`segl account set ended with ${code}`);
}

/** Takes every callback, and counts those of each order. */
async function countCallbacks(holder: Holder): Promise<{ url: string; counts: Map<string, number> }> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const id = new URL(request.url ?? '/', 'http://localhost').searchParams.get('requestId') ?? '';
    counts.set(id, (counts.get(id) ?? 0) + 1);
    response.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  holder.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/done`, counts };
}

interface Killing {
  /** Kinds of SECRETS that stood in the log of a life that has ended. */
  readonly leaked: ReadonlySet<string>;
  /** To be told of every step that a person took. */
  readonly step: () => void;
  /** Gives how often it was killed; the service runs then. */
  readonly stop: () => Promise<number>;
}

/** Kills the service and starts it anew until told to stop. */
function keepKilling(place: Place, settings: NodeJS.ProcessEnv, first: Program): Killing {
  const steps = new EventTarget();
  const leaked = new Set<string>();
  let stopped = false;
  /** Resolves when so many steps were taken, or it was told to stop. */
  const taken = (count: number): Promise<void> =>
    new Promise((resolve) => {
      let left = count;
      const limit = setTimeout(resolve, LONGEST_LIFE_MS);
      steps.addEventListener('step', () => {
        if (--left > 0 && !stopped) return;
        clearTimeout(limit);
        resolve();
      });
    });
  const kills = (async () => {
    let service = first;
    for (let count = 0; ; count++) {
      await taken(Math.ceil(MOST_STEPS * Math.random()));
      for (const [what, value] of SECRETS) if (standsIn(service.output(), value)) leaked.add(what);
      if (stopped) return count;
      await service.end('SIGKILL');
      service = await place.start('start', settings);
    }
  })();
  const step = (): void => void steps.dispatchEvent(new Event('step'));
  const stop = (): Promise<number> => {
    stopped = true;
    step();
    return kills;
  };
  return { leaked, step, stop };
}

/** Gives up after PATIENCE_MS, by an error that says what was not done. */
const insist = <T>(what: string, action: () => Promise<T | undefined | false>): Promise<T> =>
  until(what, action, PATIENCE_MS);

/** `count` orders, METHODS in turn; `said` is told of each that is done. Everything ends with `holder`. */
export async function mixedOrders(
  holder: Holder,
  count: number,
  said: (line: string) => void = () => undefined,
): Promise<MixedOrders> {
  const place = await createPlace(holder);
  const { sandboxUrl, baseUrl: url } = place;
  const service = { url, account: ACCOUNT };
  const backEnd = new BackEnd({ baseUrl: url, ...ACCOUNT });
  const callbacks = await countCallbacks(holder);
  place.run('sandbox');
  const settings = await settingsOf(place);
  await setAccount(place, settings);
  const killing = keepKilling(place, settings, await place.start('start', settings));

  const isDone = async (id: string): Promise<boolean> =>
    (await backEnd.getStatus(id)).statuses.get('a') === 'completed';
  async function complete(number: number): Promise<string> {
    const method = METHODS[number % METHODS.length]!;
    const requestId = await insist(`order ${number}`, () =>
      orderOverSoap(service, orderOf(number, method, callbacks.url)),
    );
    const taskUrl = backEnd.taskUrl(requestId, 'a');
    await insist(`${requestId} by ${method}`, async () => {
      if (await isDone(requestId)) return true;
      await signAsPerson({ taskUrl, user: SIGNER, sandboxUrl, log: killing.step }).catch(() => undefined);
      return isDone(requestId);
    });
    said(`${requestId} by ${method} is completed`);
    return requestId;
  }

  const ordered: string[] = [];
  const lost: string[] = [];
  const numbers = Array.from({ length: count }, (_, number) => number);
  const person = async (): Promise<void> => {
    for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
      await complete(number).then(
        (id) => ordered.push(id),
        (error: unknown) => lost.push(String(error)),
      );
    }
  };
  await Promise.all(Array.from({ length: PERSONS }, person));
  const kills = await killing.stop();
  const isTold = (id: string): boolean => callbacks.counts.has(id);
  await insist('the callbacks', async () => ordered.every(isTold)).catch(() => undefined);

  const doubled: string[] = [];
  const names = new Map<string, number>();
  for (const requestId of ordered) {
    const { resultUris } = await backEnd.getStatus(requestId);
    const events = await historyOverSoap(service, requestId, 'a');
    const completions = events.filter(({ event }) => event === 'task-completed').length;
    if (completions > 1 || resultUris.length > 1) doubled.push(requestId);
    try {
      const { content } = verifyLtvSdo(await backEnd.download(resultUris[0] ?? ''));
      const name = content.signature.typeFriendlyName;
      names.set(name, (names.get(name) ?? 0) + 1);
    } catch (error) {
      lost.push(`${requestId}: ${String(error)}`);
    }
  }
  const told = [...callbacks.counts.values()].reduce((sum, times) => sum + times, 0);
  return {
    ...{ orders: ordered.length, kills, lost, doubled, names },
    leaked: [...killing.leaked],
    untold: ordered.filter((id) => !isTold(id)),
    toldAgain: told - callbacks.counts.size,
  };
}

/** An order of one task, whose signer has a phone number and an address of their own. */
function orderOf(number: number, method: string, callbackUrl: string): string {
  const mobile = `+4512${String(number).padStart(6, '0')}`;
  const subject = `<subject id="s"><mobile>${mobile}</mobile><email>p${number}@example.com</email></subject>`;
  const action = '<document-action type="sign"><document-ref>doc</document-ref></document-action>';
  const signature = `<signature><method>${method}</method></signature>`;
  return (
    textDocument('doc', `Promise ${number}.`) +
    `<task id="a">${subject}${action}${signature}</task>` +
    `<notification type="URL" notification-id="done"><recipient>${callbackUrl}</recipient><message>-</message></notification>`
  );
}
