import { serverProblems } from '../../problems.ts';
import type { Problem } from '@segl/problem/problem';
import { invalidValues, type InvalidValue } from '../../domain/order/invalid-value.ts';
import { partsOf, textOf, type WireObject } from './wire-value.ts';

/** A flood is counted, not kept. */
const mostKept = 1000;

/** Elements that the order's rules call by an attribute instead of by position. */
const called: Readonly<Record<string, string>> = {
  task: 'id',
  'packaging-task': 'packaging-task-id',
  notification: 'notification-id',
  'packaging-notification': 'notification-id',
};

/** Collects what is wrong with a request, so that its sender learns all of it at once. */
export class InvalidValues {
  readonly #found: InvalidValue[] = [];
  #more = 0;

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** `path` as in XPath from the payload, e.g. `create-request-request/request[1]/task[2]/@id`. Values are not repeated. */
  add(path: string, problem: Problem): void {
    if (this.#found.length < mostKept) this.#found.push({ element: path, problem });
    else this.#more += 1;
  }

  /**
   * Adds what the order's rules say about the part of the request that could be read. What they say of something that
   * could not be read, or judge by it, is left out: it was reported already. `input` is the request, `payload` its name.
   */
  addJudged(judged: readonly InvalidValue[], payload: string, input: WireObject): void {
    const unread = this.#found.map(({ element }) => inWords(element.split('/').slice(1), input).join('/'));
    unread.forEach((path, index) => {
      const { problem } = this.#found[index]!;
      this.#found[index] = { element: `${payload}/${path}`, problem };
    });
    const isKnown = ({ element, from = [] }: InvalidValue): boolean => {
      const root = /^request\[\d+\]/.exec(element)?.[0] ?? '';
      return unread.some(
        (path) =>
          path === element ||
          element.startsWith(`${path}/`) ||
          // of a list, one that could not be read
          path.startsWith(`${element}[`) ||
          (path.startsWith(root) && from.some((kind) => `/${withoutPlaces(path)}`.endsWith(`/${kind}`))),
      );
    };
    for (const value of judged) {
      if (!isKnown(value)) this.add(`${payload}/${value.element}`, value.problem);
    }
  }

  /** Throws REQUEST_INVALID with all of them, if there are any. */
  throwIfAny(): void {
    if (this.isEmpty) return;
    throw serverProblems.error('REQUEST_INVALID', { problems: invalidValues(this.#found, this.#more) });
  }
}

const withoutPlaces = (path: string): string => path.replace(/\[(?:\d+|@[^\]]*)\]/g, '');

/** A path by positions in the words of the order's rules: `task[2]` as `task[@id="b"]`. */
function inWords([step, ...rest]: readonly string[], from: WireObject): string[] {
  if (step === undefined) return [];
  const [, name = step, place] = /^(.*?)(?:\[(\d+)\])?$/.exec(step) ?? [];
  const value = from[name];
  const part = Array.isArray(value)
    ? partsOf(from, name)[Number(place) - 1]
    : (value as WireObject | undefined);
  if (typeof part !== 'object') return [step, ...rest];
  const attribute = called[name];
  const id = attribute && textOf(part, attribute);
  const said = name === 'packaging-notification' ? 'notification' : name;
  return [id ? `${said}[@${attribute}="${id}"]` : step, ...inWords(rest, part)];
}
