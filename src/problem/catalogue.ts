/** Texts of problems, by language and code, and the sentences that are made from them. */
import { isProblem, type ParamDefinitions, type Params, type ParamValue, type Problem } from './problem.ts';

export const languages = ['en', 'da'] as const;
export type Language = (typeof languages)[number];

/**
 * A text for every code, and advice (`CODE.todo`) for every error; findings that ask for something may have it too. `{name}`
 * stands for a parameter.
 */
export type Texts<E extends string, D extends string> = Readonly<Record<E | D | `${E}.todo`, string>>;

export interface CataloguePart {
  readonly params: Readonly<Record<string, ParamDefinitions>>;
  readonly texts: Readonly<Record<Language, Readonly<Record<string, string | undefined>>>>;
}

/** How values are written; by default instants as ISO 8601 in UTC. */
export interface ValueFormat {
  instant?(at: Date): string;
}

const NONE: Readonly<Record<Language, string>> = { en: 'none', da: 'ingen' };
const OR: Readonly<Record<Language, string>> = { en: ' or ', da: ' eller ' };

/** Problems nest; what was read from elsewhere must not take the stack with it. */
const MAX_DEPTH = 16;

export class Catalogue {
  readonly parts: readonly CataloguePart[];
  readonly #texts: Readonly<Record<Language, ReadonlyMap<string, string>>>;
  readonly #params: ReadonlyMap<string, ParamDefinitions>;

  private constructor(parts: readonly CataloguePart[]) {
    this.parts = parts;
    const texts = { en: new Map<string, string>(), da: new Map<string, string>() };
    const params = new Map<string, ParamDefinitions>();
    for (const part of parts) {
      for (const [code, definition] of Object.entries(part.params)) {
        if (params.has(code)) throw new TypeError(`two problems have the code ${code}`);
        params.set(code, definition);
      }
      for (const language of languages) {
        for (const [key, text] of Object.entries(part.texts[language]))
          if (text !== undefined) texts[language].set(key, text);
      }
    }
    this.#texts = texts;
    this.#params = params;
  }

  /** Parts that come more than once count once; two different ones with the same code are a mistake and throw. */
  static of(parts: readonly CataloguePart[]): Catalogue {
    return new Catalogue([...new Set(parts)]);
  }

  get codes(): readonly string[] {
    return [...this.#params.keys()];
  }

  /** Undefined where the language has none. */
  template(key: string, language: Language): string | undefined {
    return this.#texts[language].get(key);
  }

  paramsOf(code: string): ParamDefinitions | undefined {
    return this.#params.get(code);
  }

  /** What happened. A code without a text in the language is told in English; an unknown one as itself. */
  text(problem: Problem, language: Language, format: ValueFormat = {}): string {
    return this.#render(problem.code, problem, language, format, 0);
  }

  /** What to do about it; empty where the catalogue has no advice. */
  todo(problem: Problem, language: Language, format: ValueFormat = {}): string {
    const key = `${problem.code}.todo`;
    return this.#texts.en.has(key) ? this.#render(key, problem, language, format, 0) : '';
  }

  /** A problem that was kept as JSON: its instants are dates again. One of an unknown code stays as it is. */
  revived({ code, params }: Problem): Problem {
    const definition = this.#params.get(code);
    const entries = Object.entries(params).map(([name, value]) => [
      name,
      this.#revivedValue(value, definition?.[name]?.replace('?', '')),
    ]);
    return { code, params: Object.fromEntries(entries) as Params };
  }

  #revivedValue(value: ParamValue | undefined, kind: string | undefined): ParamValue | undefined {
    if (kind === 'instant' && typeof value === 'string') return new Date(value);
    if (isProblem(value)) return this.revived(value);
    if (!Array.isArray(value)) return value;
    return (value as readonly Problem[]).map((one) => (isProblem(one) ? this.revived(one) : one));
  }

  #render(key: string, problem: Problem, language: Language, format: ValueFormat, depth: number): string {
    const template = this.#texts[language].get(key) ?? this.#texts.en.get(key);
    if (template === undefined || depth > MAX_DEPTH) return problem.code;
    const definition = this.#params.get(problem.code);
    return template.replace(/\{(\w+)\}(?=(.?))/g, (whole, name: string, after: string) => {
      const value = problem.params[name];
      if (value === undefined) return whole;
      const text = this.#value(value, definition?.[name]?.replace('?', ''), language, format, depth);
      // the sentence around it ends with a stop of its own
      return after === '.' && (isProblem(value) || Array.isArray(value)) ? text.replace(/\.$/, '') : text;
    });
  }

  #value(
    value: ParamValue,
    kind: string | undefined,
    language: Language,
    format: ValueFormat,
    depth: number,
  ): string {
    if (value instanceof Date) return format.instant?.(value) ?? value.toISOString();
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    if (isProblem(value)) {
      const text = this.#render(value.code, value, language, format, depth + 1);
      const todo = `${value.code}.todo`;
      const isAdvised = kind === 'advised' && this.#texts.en.has(todo);
      return isAdvised ? `${text} ${this.#render(todo, value, language, format, depth + 1)}` : text;
    }
    if (value.length === 0 && kind === 'names') return NONE[language];
    if (kind === 'alternatives') {
      const names = value as readonly string[];
      return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(OR[language]);
    }
    if (kind === 'quoted') return value.map((one) => `"${one as string}"`).join(', ');
    const each = value.map((one) =>
      typeof one === 'string' ? one : this.#render(one.code, one, language, format, depth + 1),
    );
    if (kind === 'indented') return each.map((line) => `  ${line}`).join('\n');
    return each.join(kind === 'lines' ? '\n' : kind === 'problems' ? '; ' : ', ');
  }
}
