/** The little of a browser that a test person needs: cookies by path, redirects one at a time, forms. */
import { rootCertificates } from 'node:tls';
import { Agent, fetch, FormData, type RequestInit } from 'undici';

export interface Answer {
  readonly url: string;
  readonly status: number;
  /** As sent, nothing normalized; absent unless redirected. */
  readonly location: string | undefined;
  readonly body: string;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly origin: string;
  readonly path: string;
}

const USER_AGENT = 'Mozilla/5.0 (Segl sandbox; test person)';

/** RFC 6265 5.1.4: the cookie's path is the request's, or a folder above it. */
const covers = (cookiePath: string, path: string): boolean =>
  path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`);

/** Headers arrive as Latin-1; addresses with other characters are sent as UTF-8. */
const readLocation = (header: string | null): string | undefined =>
  header === null ? undefined : Buffer.from(header, 'latin1').toString('utf8');

/** A file that a form sends beside its fields. */
export interface FormFile {
  readonly field: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

export class Browser {
  readonly #language: string;
  #cookies: Cookie[] = [];
  #agent: Agent | undefined;

  constructor(language: string) {
    this.#language = language;
  }

  /** Trusts what this authority (PEM) has issued, besides what everyone trusts. */
  trust(authority: string): void {
    this.#agent = new Agent({ connect: { ca: [...rootCertificates, authority] } });
  }

  get(url: string): Promise<Answer> {
    return this.#send(url, 'GET');
  }

  /** Sends a form as a page of the same origin would; one with a file as multipart/form-data. */
  post(url: string, fields: Readonly<Record<string, string>>, file?: FormFile): Promise<Answer> {
    if (!file) return this.#send(url, 'POST', new URLSearchParams(fields));
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set(file.field, new Blob([Uint8Array.from(file.bytes)], { type: file.type }), file.name);
    return this.#send(url, 'POST', form);
  }

  #fetch(url: string, init: RequestInit): ReturnType<typeof fetch> {
    return fetch(url, { ...init, ...(this.#agent && { dispatcher: this.#agent }) });
  }

  /** Calls JSON, as the client's script does. */
  async json(url: string, body?: unknown): Promise<{ status: number; value: unknown }> {
    const response = await this.#fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': USER_AGENT },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, value: await response.json().catch(() => undefined) };
  }

  async #send(url: string, method: string, body?: URLSearchParams | FormData): Promise<Answer> {
    const { origin, pathname } = new URL(url);
    const cookies = this.#cookies.filter(
      (cookie) => cookie.origin === origin && covers(cookie.path, pathname),
    );
    const response = await this.#fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'text/html,application/pdf,text/plain,*/*',
        'accept-language': this.#language,
        'user-agent': USER_AGENT,
        ...(cookies.length > 0
          ? { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }
          : {}),
        ...(method === 'POST' ? { origin } : {}),
      },
      ...(body ? { body } : {}),
    });
    for (const line of response.headers.getSetCookie()) this.#take(line, origin);
    return {
      url,
      status: response.status,
      location: readLocation(response.headers.get('location')),
      body: await response.text(),
    };
  }

  #take(line: string, origin: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const attribute = (name: string): string | undefined =>
      attributes.find((item) => item.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
    const cookie = {
      name: pair.slice(0, at),
      value: pair.slice(at + 1),
      origin,
      path: attribute('path') ?? '/',
    };
    this.#cookies = this.#cookies.filter(
      ({ name, path, origin: from }) => name !== cookie.name || path !== cookie.path || from !== origin,
    );
    if (cookie.value !== '' && attribute('max-age') !== '0') this.#cookies.push(cookie);
  }
}

/** Takes the authority of a sandbox that has https as trusted. */
export async function trustSandbox(browser: Browser, sandboxUrl: string): Promise<void> {
  const { status, body } = await browser.get(`${sandboxUrl}/tls/ca.pem`);
  if (status === 200) browser.trust(body);
}
