/**
 * Somebody who goes through a task: in Chromium, or over HTTP as `segl sandbox sign` does. Both can do the same, so that a case is
 * written once.
 */
import { setTimeout } from 'node:timers/promises';
import type { Browser as Chromium, CDPSession, Page, Request } from 'playwright-core';
import { useNemId } from '@segl/sandbox/methods/nemid/person/client';
import { testPersons, type TestPerson } from '@segl/sandbox/methods/nemid/persons';
import type { Outcome } from '@segl/sandbox/methods/oidc/lies';
import { actInApp, approveInApp } from '@segl/sandbox/methods/oidc/person';
import type { SoftKey } from '@segl/sandbox/methods/passkey/authenticator';
import { Browser } from '@segl/sandbox/person/browser';
import { clientOf, logOn, typePassword } from '../test/support/nemid-in-browser.ts';
import { answer } from '../test/support/passkey.ts';
import { Signer } from '../test/support/signatures/signer.ts';

export const WAYS = ['browser', 'sandbox sign'] as const;
export type Way = (typeof WAYS)[number];

type Fields = Readonly<Record<string, string>>;

/** Where somebody stands. */
export interface Standing {
  readonly step: string;
  /** Of a chain, the link that is due, from 1. */
  readonly link?: string;
  /** Key of the text that the page shows because of what was done before. */
  readonly notice?: string;
  /** Of a page that only tells what went wrong. */
  readonly code?: string;
}

/** What somebody does at a provider. */
export interface Act {
  readonly person?: string;
  readonly outcome?: Outcome;
  readonly level?: string;
}

/** What was sent last, to be sent once more. */
export type Sent =
  | { readonly kind: 'form'; readonly url: string; readonly fields: Fields }
  | { readonly kind: 'return'; readonly url: string };

export interface Walker {
  readonly way: Way;
  readonly sent: Sent | undefined;
  standing(): Promise<Standing>;
  open(url: string): Promise<void>;
  read(): Promise<void>;
  declare(): Promise<void>;
  sendIn(): Promise<void>;
  /** Presses the button that ends the visit. */
  leave(): Promise<void>;
  /** Has the service forget the passkeys of whoever signed. */
  forget(): Promise<void>;
  /** Fills in the form of the method. */
  fill(values: Fields): Promise<void>;
  /** Goes where the page leads, acts there, and comes back; to another address if `back` gives one. */
  go(act: Act, back?: (url: string) => Promise<string>): Promise<void>;
  /** Acts in the app that the page waits for. */
  inApp(act: Act): Promise<void>;
  /** Uses the client in the frame; `ending`: it ends by itself after the password. */
  frame(user: string, ending?: boolean): Promise<void>;
  /** Signs with the passkey; `unverified`: its owner does not show who it is. Nothing is sent then by a browser. */
  passkey(key: SoftKey, unverified?: boolean): Promise<void>;
  /** Changes the next form that is sent with what a method gave, as a page or a network would that lies. */
  change(change: (fields: Fields) => Promise<Fields> | Fields): void;
  /** Sends what was sent last once more, or something else. */
  again(sent?: Sent): Promise<void>;
  close(): Promise<void>;
}

const RESULTS: ReadonlySet<string> = new Set(['signature', 'login', 'declare']);
const MOST_POLLS = 40;
/** Milliseconds that something may take in a browser. */
const PATIENCE = 20_000;

const personOf = (user: string): TestPerson => {
  const found = testPersons.find(({ userId }) => userId === user);
  if (!found) throw new TypeError(`nobody is called ${user}`);
  return found;
};

const noticeIn = (url: string): { readonly notice?: string } => {
  const notice = new URL(url).searchParams.get('notice');
  return notice === null ? {} : { notice };
};

export class HttpWalker implements Walker {
  readonly way = 'sandbox sign';
  sent: Sent | undefined;
  readonly #signer = new Signer();
  readonly #browser = new Browser('en');
  readonly #sandboxUrl: string;
  #change: ((fields: Fields) => Promise<Fields> | Fields) | undefined;

  constructor(sandboxUrl: string) {
    this.#sandboxUrl = sandboxUrl;
  }

  async standing(): Promise<Standing> {
    const { step = '', link, errorCode: code } = this.#signer.page;
    return {
      ...{ step, ...noticeIn(this.#signer.url) },
      ...(link !== undefined && { link }),
      ...(code !== undefined && { code }),
    };
  }

  async open(url: string): Promise<void> {
    await this.#signer.open(url);
  }

  async read(): Promise<void> {
    await this.#signer.read();
  }

  async declare(): Promise<void> {
    const name = 'Anna Prøve Æblegård';
    await this.#post('declare', { confirm: 'yes', hand: 'typed', typed: name, name });
  }

  async sendIn(): Promise<void> {
    await this.#signer.send('send-in');
  }

  async leave(): Promise<void> {
    await this.#signer.send('cancel');
  }

  async forget(): Promise<void> {
    await this.#signer.send('forget');
  }

  async fill(values: Fields): Promise<void> {
    await this.#post(this.#result, values);
  }

  async go({ person = 'anna', ...how }: Act, back?: (url: string) => Promise<string>): Promise<void> {
    const { continueUrl } = this.#signer.page;
    if (continueUrl === undefined) throw new Error('the page leads nowhere');
    const returned = await approveInApp(new Browser('en'), continueUrl, { userId: person }, how);
    const url = (await back?.(returned)) ?? returned;
    this.sent = { kind: 'return', url };
    await this.#signer.open(url);
  }

  async inApp({ person: user = 'anna', ...how }: Act): Promise<void> {
    await actInApp(this.#browser, this.#sandboxUrl, this.#signer.page.code ?? '', { user, ...how });
    for (let asked = 0; asked < MOST_POLLS; asked++) {
      await this.#post(this.#result, {});
      if (this.#signer.page.forms.get(this.#result)?.fields['kind'] !== 'poll') return;
      await setTimeout(300);
    }
    throw new Error('the page waits for ever');
  }

  async frame(user: string): Promise<void> {
    const { signing } = this.#signer.page;
    const { parameters } = signing as { readonly parameters: Fields };
    const page = { parameters, origin: new URL(this.#signer.url).origin };
    await this.#post(this.#result, {
      response: await useNemId(this.#browser, this.#sandboxUrl, personOf(user), page),
    });
  }

  async passkey(key: SoftKey, unverified = false): Promise<void> {
    // present and on several devices, but not verified
    const { sent } = answer(this.#signer, key, unverified ? { flags: 0x19 } : {});
    await this.#post(this.#result, { result: sent });
  }

  change(change: (fields: Fields) => Promise<Fields> | Fields): void {
    this.#change = change;
  }

  async again(sent = this.sent): Promise<void> {
    if (sent?.kind === 'form') await this.#signer.post(sent.url, sent.fields);
    if (sent?.kind === 'return') await this.#signer.open(sent.url);
  }

  async close(): Promise<void> {
    // nothing is open between two requests
  }

  get #result(): string {
    return this.#signer.page.forms.has('login') ? 'login' : 'signature';
  }

  async #post(action: string, typed: Fields): Promise<void> {
    const form = this.#signer.page.forms.get(action);
    if (!form) throw new Error(`the step ${this.#signer.page.step} has no form ${action}`);
    const fields = { ...form.fields, ...typed };
    const change = this.#change;
    this.#change = undefined;
    this.sent = { kind: 'form', url: form.action, fields: (await change?.(fields)) ?? fields };
    await this.#signer.post(this.sent.url, this.sent.fields);
  }
}

const fieldsOf = (request: Request): Fields =>
  Object.fromEntries(new URLSearchParams(request.postData() ?? ''));

const actionOf = (request: Request): string | undefined =>
  request.method() === 'POST'
    ? /^\/std\/task\/\w+\/([\w-]+)$/.exec(new URL(request.url()).pathname)?.[1]
    : undefined;

/** For the page: a form that nothing on it shows. */
const POST_FORM = `({ url, fields }) => {
  const form = Object.assign(document.createElement('form'), { method: 'post', action: url });
  for (const [name, value] of Object.entries(fields))
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  document.body.append(form);
  form.submit();
}`;

export class BrowserWalker implements Walker {
  readonly way = 'browser';
  sent: Sent | undefined;
  readonly #page: Page;
  readonly #sandboxUrl: string;
  #cdp: CDPSession | undefined;

  private constructor(page: Page, sandboxUrl: string) {
    this.#page = page;
    this.#sandboxUrl = sandboxUrl;
    page.on('request', (request) => {
      const action = actionOf(request);
      if (action !== undefined && RESULTS.has(action))
        this.sent = { kind: 'form', url: request.url(), fields: fieldsOf(request) };
      if (new URL(request.url()).pathname === '/std/return')
        this.sent = { kind: 'return', url: request.url() };
    });
  }

  /** As somebody new. */
  static async start(browser: Chromium, sandboxUrl: string): Promise<BrowserWalker> {
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    page.setDefaultTimeout(PATIENCE);
    return new BrowserWalker(page, sandboxUrl);
  }

  async standing(): Promise<Standing> {
    const main = this.#page.locator('main');
    const at = async (name: string): Promise<string | undefined> =>
      (await main.getAttribute(`data-${name}`)) ?? undefined;
    const [step = '', link, code] = [await at('step'), await at('link'), await at('code')];
    const { notice } = noticeIn(this.#page.url());
    // what the address names is what the signer sees
    if (notice !== undefined) await this.#page.locator('#notice').waitFor({ state: 'visible' });
    return {
      step,
      ...(notice !== undefined && { notice }),
      ...(link !== undefined && { link }),
      ...(code !== undefined && { code }),
    };
  }

  async open(url: string): Promise<void> {
    await this.#page.goto(url);
    await this.#here();
  }

  async read(): Promise<void> {
    await this.#page.getByRole('checkbox').check();
    await this.#press('read');
  }

  async declare(): Promise<void> {
    const pad = this.#page.locator('#pad');
    await pad.scrollIntoViewIfNeeded();
    const box = (await pad.boundingBox())!;
    for (const [index, [x, y]] of [[0.1, 0.3] as const, [0.3, 0.7] as const, [0.8, 0.4] as const].entries()) {
      await this.#page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 4 });
      if (index === 0) await this.#page.mouse.down();
    }
    await this.#page.mouse.up();
    const confirm = this.#page.locator('input[name=confirm]');
    if (await confirm.isVisible()) await confirm.check();
    const name = this.#page.locator('input[name=name]');
    if (await name.isVisible()) await name.fill('Anna Prøve Æblegård');
    await this.#press('declare', '.primary');
  }

  async sendIn(): Promise<void> {
    await this.#press('send-in');
  }

  async leave(): Promise<void> {
    await this.#page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    await this.#press('cancel');
  }

  async forget(): Promise<void> {
    await this.#press('forget');
  }

  async fill(values: Fields): Promise<void> {
    for (const [name, value] of Object.entries(values))
      await this.#page.locator(`input[name=${name}]`).fill(value);
    await this.#press((await this.standing()).step === 'authenticate' ? 'login' : 'signature');
  }

  async go(act: Act, back?: (url: string) => Promise<string>): Promise<void> {
    // whoever was there before is not known there
    await this.#page.context().clearCookies({ name: /^_(session|interaction|grant)/ });
    await this.#page.locator('#continue').click();
    await this.#page.waitForSelector('main[data-step=app]');
    await this.#page.locator('#person').selectOption(act.person ?? 'anna');
    if (act.level !== undefined) await this.#page.locator('#level').selectOption(act.level);
    const press = (): Promise<void> =>
      this.#page.locator(`button[value=${act.outcome ?? 'approve'}]`).click();
    if (!back) {
      await this.#moves(press);
      return;
    }
    const url = new Promise<string>((resolve) => {
      // redirects are followed here, up to the one that leads back to the service
      void this.#page.route(/\/oidc\/\w+\/interaction\//, async (route) => {
        const { request } = this.#page;
        let answered = await route.fetch({ maxRedirects: 0 });
        let to = '';
        for (;;) {
          to = new URL(answered.headers()['location'] ?? '', answered.url()).href;
          if (!new URL(to).pathname.startsWith('/oidc/')) break;
          answered = await request.get(to, { maxRedirects: 0 });
        }
        resolve(to);
        await route.abort();
      });
    });
    await press();
    const returned = await url;
    await this.#page.unrouteAll({ behavior: 'ignoreErrors' });
    await this.open(await back(returned));
  }

  async inApp({ person: user = 'anna', ...how }: Act): Promise<void> {
    const code = await this.#page.locator('#code').innerText();
    await this.#moves(() => actInApp(new Browser('en'), this.#sandboxUrl, code, { user, ...how }));
  }

  async frame(user: string, ending = false): Promise<void> {
    const person = personOf(user);
    await this.#moves(async () => {
      if (ending) {
        await typePassword(this.#page, person.userId, person.password);
        return;
      }
      const isSigning = (await this.#page.locator('form[data-action=signature]').count()) > 0;
      const isStated = (await this.#page.locator('#eid-client').count()) > 0;
      await logOn(this.#page, this.#sandboxUrl, person);
      if (isSigning && isStated) await clientOf(this.#page).locator('#sign button.go').click();
    });
  }

  async passkey(key: SoftKey, unverified = false): Promise<void> {
    const cdp = (this.#cdp ??= await this.#page.context().newCDPSession(this.#page));
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
        ...{ isUserVerified: !unverified, automaticPresenceSimulation: true },
      },
    });
    const base64 = (encoded: string): string => Buffer.from(encoded, 'base64url').toString('base64');
    await cdp.send('WebAuthn.addCredential', {
      authenticatorId,
      credential: {
        credentialId: base64(key.id),
        isResidentCredential: true,
        rpId: key.rpId,
        privateKey: key.privateKey.replace(/-----.*?-----|\s/g, ''),
        userHandle: base64(key.userHandle),
        // never behind what the service has seen
        signCount: key.counter,
      },
    });
    const start = this.#page.locator('#method-start');
    if (unverified) {
      await start.click();
      await this.#page.getByText('Nothing was done').waitFor();
    } else await this.#moves(() => start.click());
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
  }

  change(change: (fields: Fields) => Promise<Fields> | Fields): void {
    void this.#page.route(
      (url) => RESULTS.has(url.pathname.split('/').at(-1) ?? ''),
      async (route) => {
        const fields = await change(fieldsOf(route.request()));
        await route.continue({ postData: new URLSearchParams(fields).toString() });
      },
      { times: 1 },
    );
  }

  async again(sent = this.sent): Promise<void> {
    if (sent?.kind === 'return') await this.open(sent.url);
    if (sent?.kind !== 'form') return;
    await this.#moves(() => this.#page.evaluate(`(${POST_FORM})(${JSON.stringify(sent)})`));
  }

  async close(): Promise<void> {
    await this.#page.context().close();
  }

  #press(action: string, which = ''): Promise<void> {
    return this.#moves(() =>
      this.#page.locator(`form[data-action=${action}] button${which}`).first().click(),
    );
  }

  /** Does something that leads to another page of the service. */
  async #moves(act: () => Promise<unknown>): Promise<void> {
    const moved = this.#page.waitForEvent('framenavigated', {
      predicate: (frame) =>
        frame === this.#page.mainFrame() && new URL(frame.url()).pathname.startsWith('/std/'),
    });
    await Promise.all([moved, act()]);
    await this.#here();
  }

  async #here(): Promise<void> {
    await this.#page.waitForLoadState('load');
    await this.#page.waitForSelector('main[data-step]');
  }
}
