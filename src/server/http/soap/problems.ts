import { serverProblems } from '../../problems.ts';
import { describeProblems, MOST_PROBLEMS, type Problem } from '../../domain/order/problems.ts';
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
export class Problems {
  readonly #found: Problem[] = [];
  #more = 0;

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** `path` as in XPath from the payload, e.g. `create-request-request/request[1]/task[2]/@id`. Values are not repeated. */
  add(path: string, what: string): void {
    if (this.#found.length < mostKept) this.#found.push({ element: path, why: what });
    else this.#more += 1;
  }

  /**
   * Adds what the order's rules say about the part of the request that could be read. What they say of something that
   * could not be read, or judge by it, is left out: it was reported already. `input` is the request, `payload` its name.
   */
  addJudged(judged: readonly Problem[], payload: string, input: WireObject): void {
    const unread = this.#found.map(({ element }) => inWords(element.split('/').slice(1), input).join('/'));
    unread.forEach((path, index) => {
      const { why } = this.#found[index]!;
      this.#found[index] = { element: `${payload}/${path}`, why };
    });
    const isKnown = ({ element, from = [] }: Problem): boolean => {
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
    for (const problem of judged) {
      if (!isKnown(problem)) this.add(`${payload}/${problem.element}`, problem.why);
    }
  }

  /** Throws REQUEST_INVALID with one problem a line, if there is any. */
  throwIfAny(): void {
    if (this.isEmpty) return;
    const lines = describeProblems(this.#found).split('\n');
    if (this.#more > 0) lines[MOST_PROBLEMS] = `and ${mostKept - MOST_PROBLEMS + this.#more} more`;
    throw serverProblems.error('REQUEST_INVALID', { problems: lines.join('\n') });
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
