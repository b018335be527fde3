/**
 * What went wrong, or was found, as data: a code and its parameters. No text travels: sentences are made at the edge, from the
 * catalogues beside the codes (`catalogue.ts`), in the reader's language.
 */

/** How a parameter is to be understood, and so what it must be. */
export interface ParamKinds {
  /** Quoted from input or settings: a name, an address, an identifier of somebody's. */
  readonly name: string;
  /** A word of a standard or of ours that is the same in every language: an element, a setting, an algorithm. */
  readonly token: string | number;
  readonly number: number;
  /** A size in bytes. */
  readonly bytes: number;
  readonly instant: Date;
  /** Why, as a problem of its own. */
  readonly problem: Problem;
  /** Several, told one after the other. */
  readonly problems: readonly Problem[];
  /** Several that make up an enumeration. */
  readonly list: readonly Problem[];
  /** Several, told on a line each. */
  readonly lines: readonly Problem[];
  /** The same, set in. */
  readonly indented: readonly Problem[];
  /** None are told as "none". */
  readonly names: readonly string[];
  /** Names of which one is meant. */
  readonly alternatives: readonly string[];
  /** Names in quotation marks. */
  readonly quoted: readonly string[];
  /** An error inside another that is told with what to do about it. */
  readonly advised: Problem;
}

export type ParamKind = keyof ParamKinds;
/** `name?`: it may be left out. */
export type ParamDefinitions = Readonly<Record<string, ParamKind | `${ParamKind}?`>>;
export type ParamValue = ParamKinds[ParamKind];
export type Params = Readonly<Record<string, ParamValue | undefined>>;

export interface Problem {
  readonly code: string;
  readonly params: Params;
}

/** SOAP 1.1's fault side: the caller must change something (`Client`), or the service must (`Server`). */
export type FaultSide = 'Client' | 'Server';

export interface ErrorDefinition {
  readonly fault: FaultSide;
  readonly params?: ParamDefinitions;
  /** HTTP status, for codes that http/ does not know. */
  readonly status?: number;
}

/** The reason that an error gives as `why`, or else the error itself: what is told where the error would repeat its surroundings. */
export function reasonOf({ code, params }: Problem): Problem {
  const why = params['why'];
  return isProblem(why) ? why : { code, params };
}

export const isProblem = (value: unknown): value is Problem =>
  typeof value === 'object' && value !== null && 'code' in value && 'params' in value;
