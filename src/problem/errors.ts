/** The one error class, and the sets that define every code: errors that are thrown, and the details inside them. */
import { Catalogue, type Language, type Texts } from './catalogue.ts';
import type {
  ErrorDefinition,
  FaultSide,
  ParamDefinitions,
  ParamKind,
  ParamKinds,
  Params,
  Problem,
} from './problem.ts';

/** What happened, and what to do about it; below a list, that stands on a line of its own. */
export const withAdvice = (text: string, advice: string): string =>
  [text, advice].filter(Boolean).join(text.includes('\n') ? '\n' : ' ');

/** `message` is English, what happened and what to do, for logs and developers; people get it from a catalogue. */
export class SeglError extends Error implements Problem {
  override readonly name = 'SeglError';
  readonly code: string;
  readonly params: Params;
  readonly fault: FaultSide;
  /** What happened, without the advice, in English. */
  readonly text: string;
  /** What to do about it, in English. */
  readonly advice: string;

  /** HTTP status of a code that http/ does not know. */
  readonly status: number | undefined;

  /** Made by `ProblemSet.error`. */
  constructor(
    problem: Problem,
    {
      fault,
      text,
      advice,
      status,
    }: {
      readonly fault: FaultSide;
      readonly text: string;
      readonly advice: string;
      readonly status?: number | undefined;
    },
    options?: { cause?: unknown },
  ) {
    super(withAdvice(text, advice), options);
    this.code = problem.code;
    this.params = problem.params;
    this.fault = fault;
    this.text = text;
    this.advice = advice;
    this.status = status;
  }

  /** As plain data, for what is kept or nested in another. */
  get problem(): Problem {
    return { code: this.code, params: this.params };
  }
}

/** True when `error` is a SeglError, of one of `codes` if any are given. */
export function isSeglError(error: unknown, ...codes: string[]): error is SeglError {
  return error instanceof SeglError && (codes.length === 0 || codes.includes(error.code));
}

type Values<D extends ParamDefinitions> = {
  readonly [K in keyof D as D[K] extends ParamKind ? K : never]: ParamKinds[D[K] & ParamKind];
} & {
  readonly [K in keyof D as D[K] extends ParamKind ? never : K]?: D[K] extends `${infer P extends ParamKind}?`
    ? ParamKinds[P]
    : never;
};
/** Parameters are left out where there are none. */
type Given<D extends ParamDefinitions> = keyof D extends never
  ? [params?: Readonly<Record<string, never>>]
  : [params: Values<D>];
type ParamsOf<E> = E extends { readonly params: infer D extends ParamDefinitions }
  ? D
  : Readonly<Record<never, never>>;

export interface ProblemDefinitions<
  E extends Readonly<Record<string, ErrorDefinition>>,
  D extends Readonly<Record<string, ParamDefinitions>>,
> {
  /** Codes in capitals, which people and callers meet; each has a text and, as `CODE.todo`, what to do about it. */
  readonly errors: E;
  /** Why, below an error or in a check: `subject/what`, each with a text that is part of a sentence. */
  readonly details: D;
  readonly texts: Readonly<Record<'en', Texts<keyof E & string, keyof D & string>>> &
    Readonly<Record<Exclude<Language, 'en'>, Partial<Texts<keyof E & string, keyof D & string>>>>;
  /** The sets whose problems may stand inside these. */
  readonly uses: readonly AnyProblemSet[];
}

/** The codes of one package. */
export class ProblemSet<
  E extends Readonly<Record<string, ErrorDefinition>>,
  D extends Readonly<Record<string, ParamDefinitions>>,
  /** Its errors, and those of the sets that it uses. */
  A extends Readonly<Record<string, ErrorDefinition>> = E,
> {
  readonly errors: E;
  readonly details: D;
  /** Of this set and all below it. */
  readonly catalogue: Catalogue;
  readonly #kinds: ReadonlyMap<string, Pick<ErrorDefinition, 'fault' | 'status'>>;

  constructor({ errors, details, texts, uses }: ProblemDefinitions<E, D>) {
    this.errors = errors;
    this.details = details;
    const params: Record<string, ParamDefinitions> = { ...details };
    for (const [code, definition] of Object.entries(errors)) params[code] = definition.params ?? {};
    this.#kinds = new Map([...uses.flatMap((set) => [...set.#kinds]), ...Object.entries(errors)]);
    this.catalogue = Catalogue.of([{ params, texts }, ...uses.flatMap((set) => set.catalogue.parts)]);
  }

  /** A problem that is told, not thrown. */
  of<C extends keyof D & string>(code: C, ...[params]: Given<D[C]>): Problem {
    return { code, params: params ?? {} };
  }

  /** An error of this set or of one that it uses; reasons inside may be of any of them. */
  error<C extends keyof A & string>(
    code: C,
    ...[params, options]: keyof ParamsOf<A[C]> extends never
      ? [params?: Readonly<Record<string, never>>, options?: { cause?: unknown }]
      : [params: Values<ParamsOf<A[C]>>, options?: { cause?: unknown }]
  ): SeglError {
    const problem: Problem = { code, params: params ?? {} };
    const text = this.catalogue.text(problem, 'en');
    const advice = this.catalogue.todo(problem, 'en');
    return new SeglError(problem, { ...this.#kinds.get(code)!, text, advice }, options);
  }
}

export type AnyProblemSet = ProblemSet<
  Readonly<Record<string, ErrorDefinition>>,
  Readonly<Record<string, ParamDefinitions>>
>;

type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never;
type AllErrors<S> = S extends ProblemSet<infer _E, infer _D, infer A> ? A : never;
type ErrorsBelow<U extends readonly unknown[]> = U extends readonly []
  ? Readonly<Record<never, never>>
  : Intersection<AllErrors<U[number]>> & Readonly<Record<never, never>>;

/** The codes of errors of a set. */
export type ErrorCodeOf<S> = S extends { readonly errors: infer E } ? keyof E & string : never;

export const defineProblems = <
  const E extends Readonly<Record<string, ErrorDefinition>>,
  const D extends Readonly<Record<string, ParamDefinitions>>,
  const U extends readonly AnyProblemSet[],
>(
  definitions: ProblemDefinitions<E, D> & { readonly uses: U },
): ProblemSet<E, D, E & ErrorsBelow<U>> => new ProblemSet(definitions);
