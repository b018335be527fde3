/** Somebody who goes through a task in a browser: one page after the other, following where they are sent. */
import { Browser, type Answer } from '@segl/sandbox/person/browser';
import { readPage, type Page } from '@segl/sandbox/person/page';

export class Signer {
  readonly #browser = new Browser('en');
  #answer: Answer | undefined;

  get page(): Page {
    return readPage(this.#answer!.body, this.#answer!.url);
  }

  get html(): string {
    return this.#answer!.body;
  }

  get url(): string {
    return this.#answer!.url;
  }

  async open(url: string): Promise<Page> {
    return this.#follow(await this.#browser.get(url));
  }

  /** Sends the form of an action with what is typed into it. */
  async send(action: string, typed: Readonly<Record<string, string>> = {}): Promise<Page> {
    const form = this.page.forms.get(action);
    if (!form) throw new Error(`the step ${this.page.step} has no form ${action}: ${this.page.text}`);
    return this.post(form.action, { ...form.fields, ...typed });
  }

  /** Sends these fields, whatever the page has. */
  async post(url: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    return this.#follow(await this.#browser.post(url, fields));
  }

  /** Looks at the document that is due, and says so. */
  async read(): Promise<Page> {
    const { origin, pathname } = new URL(this.url);
    await this.#browser.get(`${origin}${pathname}/document/${this.page.documentId ?? ''}`);
    return this.send('read', { read: 'yes' });
  }

  async #follow(answer: Answer): Promise<Page> {
    let current = answer;
    for (let hops = 0; current.location !== undefined && hops < 10; hops++) {
      current = await this.#browser.get(new URL(current.location, current.url).href);
    }
    this.#answer = current;
    return this.page;
  }
}
