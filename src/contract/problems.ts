import { SeglError } from '../errors.ts';

const mostShown = 50;

/** Collects what is wrong with a request, so that its sender learns all of it at once. Values are never repeated. */
export class Problems {
  readonly #lines: string[] = [];
  #more = 0;

  /** `path` as in XPath from the payload, e.g. `create-request-request/request[1]/task[2]/@id`; `what` follows it. */
  add(path: string, what: string): void {
    if (this.#lines.length < mostShown) this.#lines.push(`${path} ${what}`);
    else this.#more += 1;
  }

  /** Throws REQUEST_INVALID with one problem a line, if there is any. */
  throwIfAny(): void {
    if (this.#lines.length === 0) return;
    const more = this.#more > 0 ? [`and ${this.#more} more`] : [];
    throw new SeglError('REQUEST_INVALID', { problems: [...this.#lines, ...more].join('\n') });
  }
}
