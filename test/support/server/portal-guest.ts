/** The portal over a scripted flow on a free port, and a browser that walks through it with cookies and forms. */
import { builtIn } from '@segl/identity/methods/index';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { Browser, type Answer, type FormFile } from '@segl/sandbox/person/browser';
import { readPage, type Page } from '@segl/sandbox/person/page';
import { portalPlugin } from '@segl/server/http/portal/plugin';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { ScriptedFlow, type Script } from './scripted-flow.ts';
import { scriptedSessions, type SessionScript } from './scripted-sessions.ts';

interface TestHandle {
  teardown(fn: () => unknown): unknown;
}

export class PortalGuest {
  readonly flow: ScriptedFlow;
  readonly base: string;
  readonly browser = new Browser('en');
  /** What was answered last, and where. */
  answer!: Answer;

  constructor(flow: ScriptedFlow, base: string) {
    this.flow = flow;
    this.base = base;
  }

  get page(): Page {
    return readPage(this.answer.body, this.answer.url);
  }

  /** Opens an address and follows where it leads, as long as it stays here. */
  async open(address: string): Promise<void> {
    this.answer = await this.browser.get(new URL(address, this.base).href);
    await this.#follow();
  }

  /** Sends a form of the page; gives where it led, as it was sent. */
  async send(
    action: string,
    fields: Readonly<Record<string, string>> = {},
    file?: FormFile,
  ): Promise<string | undefined> {
    const form = this.page.forms.get(action);
    if (!form) throw new Error(`no form ${action} on the page ${this.page.step}`);
    this.answer = await this.browser.post(form.action, { ...form.fields, ...fields }, file);
    const { location } = this.answer;
    await this.#follow();
    return location;
  }

  async #follow(): Promise<void> {
    while (this.answer.location?.startsWith('/')) {
      this.answer = await this.browser.get(new URL(this.answer.location, this.base).href);
    }
  }
}

/** Closed when the test ends. */
export async function openPortal(
  t: TestHandle,
  script: Script,
  options: { sessions?: SessionScript; maxDocumentBytes?: number } = {},
): Promise<PortalGuest> {
  const flow = new ScriptedFlow(script);
  const app = fastify({ forceCloseConnections: true });
  const { maxDocumentBytes = 1 << 20 } = options;
  await portalPlugin(app, {
    methods: builtIn,
    flow,
    sessions: scriptedSessions(flow, options.sessions),
    config: { publicUrl: 'http://localhost', maxDocumentBytes },
    log: silentLogger,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return new PortalGuest(flow, `http://localhost:${port}`);
}
