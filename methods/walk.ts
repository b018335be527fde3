/** Walks cells of the table, each with an order of its own: brings the case about, looks at what came of it, and has the right person sign. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Browser as Chromium } from 'playwright-core';
import type { SoftKey } from '@segl/sandbox/methods/passkey/authenticator';
import { PASSKEY_MODULE, type KeptPasskey } from '@segl/identity/methods/passkey/registration';
import { ShiftedClock, systemClock } from '@segl/problem/clock';
import { createRegistrations } from '@segl/server/application/access/registrations';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { register, approve } from '../test/support/passkey.ts';
import { until } from '../test/support/server/running.ts';
import {
  historyOverSoap,
  orderOverSoap,
  startTestService,
  textDocument,
  type RunningService,
} from '../test/support/server/service.ts';
import { Signer } from '../test/support/signatures/signer.ts';
import type { Case, Cell, Place, Row, Told, Visit } from './cases.ts';
import { TABLE, type Kind } from './table.ts';
import { BrowserWalker, HttpWalker, type Sent, type Walker, type Way } from './walker.ts';

interface Holder {
  teardown(end: () => unknown): unknown;
}

/** What one case came to. */
export interface Outcome {
  readonly kind: Kind;
  readonly case: Case;
  readonly way: Way;
  readonly seconds: number;
  /** Undefined: all was as the table has it. */
  readonly wrong?: string;
}

type Walked = Exclude<Cell, { cannot: string }>;

const MINUTE = 60_000;
/** Pages from the method's to the end of a task, at most. */
const MOST_STEPS = 8;

export class Matrix {
  readonly #service: RunningService;
  readonly #clock: ShiftedClock;
  readonly #browser: Chromium | undefined;
  readonly #logged: readonly string[];
  /** By person and way: a browser's authenticator counts, and the one over HTTP does not. */
  readonly #passkeys = new Map<string, SoftKey>();
  #orders = 0;
  #uses = 0;

  private constructor(
    service: RunningService,
    clock: ShiftedClock,
    logged: readonly string[],
    browser: Chromium | undefined,
  ) {
    this.#service = service;
    this.#clock = clock;
    this.#logged = logged;
    this.#browser = browser;
  }

  /** With a service and a sandbox of its own, which end with the holder. Without a browser, only the other way can be walked. */
  static async start(holder: Holder, browser: Chromium | undefined): Promise<Matrix> {
    const logged: string[] = [];
    const clock = new ShiftedClock(systemClock);
    const service = await startTestService(
      holder,
      async (offered) => ({ ...offered, METHODS_FILE: await withHighLevel(offered['METHODS_FILE']!) }),
      (line) => logged.push(line),
      clock,
    );
    return new Matrix(service, clock, logged, browser);
  }

  async walk(kind: Kind, name: Case, way: Way): Promise<Outcome> {
    const cell = TABLE[kind].cases[name];
    if ('cannot' in cell) throw new TypeError(`${kind}, ${name}: ${cell.cannot}`);
    const start = performance.now();
    const wrong = await this.#case(TABLE[kind], cell, name, way).catch((error: unknown) => String(error));
    const seconds = (performance.now() - start) / 1000;
    return { kind, case: name, way, seconds, ...(wrong !== undefined && { wrong }) };
  }

  async #case(row: Row, cell: Walked, name: Case, way: Way): Promise<string | undefined> {
    const { visit, requestId, restore } = await this.#visit(row, way);
    try {
      // registered before anybody is asked for it
      if (row.covers.includes('passkey')) for (const user of ['anna', 'bo']) await visit.passkeyOf(user);
      if (!cell.early) await visit.arrive();
      const from = this.#logged.length;
      await cell.act(visit);
      const differs = await this.#compare(
        way === 'browser' ? (cell.inBrowser ?? cell.told) : cell.told,
        visit,
        requestId,
        from,
      );
      if (differs !== undefined) return differs;
      await restore();
      const before = await this.#events(requestId);
      const wanted = cell.accepted ? 1 : 0;
      if (countOf(before, DONE[row.step]) !== wanted)
        return `${DONE[row.step]} is in the history ${String(countOf(before, DONE[row.step]))} times: ${before.join(', ')}`;
      await this.#finish(row, visit);
      await until(
        'the package',
        async () => (await this.#service.backEnd.getStatus(requestId)).resultUris.length === 1,
      );
      const after = await this.#events(requestId);
      const counts = [DONE[row.step], 'document-signed', 'task-completed'].map((event) =>
        countOf(after, event),
      );
      if (counts.some((count) => count !== 1))
        return `signed or completed other than once afterwards: ${after.join(', ')}`;
      if (name === 'right person' && way === 'sandbox sign') await this.#signAlone(row);
      return undefined;
    } finally {
      await restore();
      await visit.walker.close();
    }
  }

  /** The same by the command's own walker, which knows no more than the page tells. */
  async #signAlone(row: Row): Promise<void> {
    const { visit } = await this.#visit(row, 'sandbox sign');
    if (row.covers.includes('passkey')) return;
    await signAsPerson({ taskUrl: visit.taskUrl, user: 'anna', sandboxUrl: this.#service.sandboxUrl });
  }

  async #visit(row: Row, way: Way) {
    const walker = await this.#walker(way);
    const number = String((this.#orders += 1)).padStart(4, '0');
    const [mobile, email] = [`+451234${number}`, `anna${number}@example.com`];
    let back: (() => Promise<void>) | undefined;
    const place: Place = {
      ...{ taskUrl: '', mobile, email },
      code: () => this.#newestCode(mobile, email),
      later: (minutes) => {
        this.#clock.offset += minutes * MINUTE;
      },
      away: async () => {
        back = await this.#service.away();
      },
      elsewhere: () => this.#elsewhere(row, way),
      passkeyOf: (user) => this.#passkeyOf(user, way),
      forgetPasskeyOf: (user) => this.#forgetPasskeyOf(user, way),
      nemid: (user, change, fields) => this.#nemid(user, change, fields),
    };
    const requestId = await orderOverSoap(
      this.#service,
      `${textDocument('doc', `I promise to feed the birds. (${number})`)}<task id="a">${row.order(place)}</task>`,
    );
    await this.#askedAnew();
    const visit: Visit = {
      ...place,
      taskUrl: this.#service.backEnd.taskUrl(requestId, 'a'),
      walker,
      arrive: async () => {
        await walker.open(visit.taskUrl);
        if (row.step !== 'authenticate') await walker.read();
      },
    };
    const restore = async (): Promise<void> => {
      await back?.();
      back = undefined;
    };
    return { visit, requestId, restore };
  }

  async #walker(way: Way): Promise<Walker> {
    if (way === 'sandbox sign') return new HttpWalker(this.#service.sandboxUrl);
    if (!this.#browser) throw new TypeError('there is no browser');
    return BrowserWalker.start(this.#browser, this.#service.sandboxUrl);
  }

  /** From wherever somebody stands to the end. */
  async #finish(row: Row, visit: Visit): Promise<void> {
    const { walker } = visit;
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const { step } = await walker.standing();
      if (step === 'done') return;
      if (step === 'read') await walker.read();
      else if (step === 'send-in') await walker.sendIn();
      else if (step === 'authenticate' || (step === 'sign' && row.step !== 'authenticate'))
        await row.use(visit);
      else if (step === 'declare') await walker.declare();
      else await walker.open(visit.taskUrl);
    }
    throw new Error(`it does not come to an end: ${JSON.stringify(await walker.standing())}`);
  }

  /** Says what is otherwise than the table has it. */
  async #compare(told: Told, visit: Visit, requestId: string, from: number): Promise<string | undefined> {
    const { event, check, ...standing } = told;
    const found: Readonly<Record<string, unknown>> = {
      ...(await visit.walker.standing()),
      check: this.#checkSince(from),
    };
    const wanted = { ...standing, ...(check !== undefined && { check }) };
    // a page that tells nothing must not be taken for one that tells something else
    const names = [...new Set([...Object.keys(wanted), 'notice', 'code'])];
    const differs = names.filter((name) => found[name] !== (wanted as Record<string, unknown>)[name]);
    if (differs.length > 0) return `${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`;
    if (event === undefined) return undefined;
    const events = await this.#events(requestId);
    return events.includes(event) ? undefined : `no ${event} in the history: ${events.join(', ')}`;
  }

  #checkSince(from: number): unknown {
    return this.#logged
      .slice(from)
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .findLast(({ msg }) => msg === 'signer must correct')?.['check'];
  }

  async #events(requestId: string): Promise<readonly string[]> {
    return (await historyOverSoap(this.#service, requestId, 'a')).map(({ event }) => event);
  }

  async #elsewhere(row: Row, way: Way): Promise<Sent> {
    const { visit } = await this.#visit(row, way);
    await visit.arrive();
    await row.use(visit);
    const { sent } = visit.walker;
    await visit.walker.close();
    if (!sent) throw new Error('nothing was sent');
    return sent;
  }

  async #newestCode(mobile: string, email: string): Promise<string> {
    return until('the code', async () => {
      const lists = await Promise.all(
        ['sms', 'mail'].map(async (trap) => {
          const response = await fetch(`${this.#service.sandboxUrl}/${trap}/api/messages`);
          return (await response.json()) as { to: string; text: string; at: string }[];
        }),
      );
      const [newest] = lists
        .flat()
        .filter(({ to }) => to.includes(mobile) || to.includes(email))
        .sort((a, b) => b.at.localeCompare(a.at));
      return /Code: (\d{6})/.exec(newest?.text ?? '')?.[1];
    });
  }

  /** Registered after an eID told who it is. Its counter goes on with every use. */
  async #passkeyOf(user: string, way: Way): Promise<SoftKey> {
    const known = this.#passkeys.get(`${user} ${way}`) ?? (await this.#registered(user, way));
    this.#passkeys.set(`${user} ${way}`, known);
    return way === 'browser' ? { ...known, counter: (this.#uses += 10) } : known;
  }

  /** A person has a few passkeys at most, so it goes from the service as well. */
  async #forgetPasskeyOf(user: string, way: Way): Promise<void> {
    const key = this.#passkeys.get(`${user} ${way}`);
    this.#passkeys.delete(`${user} ${way}`);
    const registrations = createRegistrations(this.#service.application.context, PASSKEY_MODULE);
    for (const { ref, value } of await registrations.list()) {
      const { credentialId } = JSON.parse(value) as KeptPasskey;
      if (credentialId === key?.id) await registrations.remove(ref);
    }
  }

  async #registered(user: string, way: Way): Promise<SoftKey> {
    const number = user === 'bo' ? '2309761371' : '1405822042';
    const { visit } = await this.#visit(
      {
        ...TABLE['OpenID Connect'],
        order: () =>
          `<subject id="s"><national-id>${number}</national-id></subject><document-action type="sign"><document-ref>doc</document-ref></document-action><signature><method>mitid-idura</method></signature>`,
      },
      'sandbox sign',
    );
    const signer = new Signer();
    await signer.open(visit.taskUrl);
    await signer.read();
    await approve(signer, user);
    return (await register(signer, { synced: way !== 'browser' })).key;
  }

  async #nemid(user: string, change: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const response = await fetch(`${this.#service.sandboxUrl}/testtools/api/persons/${user}/${change}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** Nobody may be asked in their app as often as this asks. */
  async #askedAnew(): Promise<void> {
    const { db } = this.#service.application.context;
    await db.query(`DELETE FROM method_attempts WHERE kind = 'asked'`);
  }
}

/** The sandbox's own names, and one of an eID that is asked in an app and has a level below the one that is wanted. */
async function withHighLevel(file: string): Promise<string> {
  const written = JSON.parse(await readFile(file, 'utf8')) as { readonly methods: readonly object[] };
  const name = {
    ...{ name: 'nbid-app-high', eid: 'bankid-no', provider: 'idura', uses: ['authenticate', 'sign'] },
    ...{ assurance: 'high', options: { backchannel: true } },
  };
  const own = `${file}.own.json`;
  await writeFile(own, JSON.stringify({ ...written, methods: [...written.methods, name] }));
  return own;
}

/** What the history of a task says where the step was done. */
const DONE = {
  sign: 'document-signed',
  declare: 'document-signed',
  authenticate: 'user-authenticated',
} as const satisfies Record<Row['step'], string>;

const countOf = (events: readonly string[], event: string): number =>
  events.filter((one) => one === event).length;
