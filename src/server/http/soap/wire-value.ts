/**
 * What is between the XML and the domain: an object of the schema's names. Its keys come from our WSDL, never from the
 * sender. Some keys are not names of the schema: `$type`, the derived type (xsi:type), and `$text`, the character data
 * of an element that has attributes. A third one, `$choice`, lists the elements of a repeated choice in the order of the
 * document, each as an object with its one name. `decode` gives every value the type that the schema says; hence the
 * casts below.
 */
export type WireScalar = string | number | boolean | Date | Uint8Array;
export type WireValue = WireScalar | WireObject | readonly WireValue[];
export interface WireObject {
  readonly [name: string]: WireValue | undefined;
}

export const textOf = (from: WireObject, name: string): string | undefined =>
  from[name] as string | undefined;
export const flagOf = (from: WireObject, name: string): boolean | undefined =>
  from[name] as boolean | undefined;
export const numberOf = (from: WireObject, name: string): number | undefined =>
  from[name] as number | undefined;
export const bytesOf = (from: WireObject, name: string): Uint8Array | undefined =>
  from[name] as Uint8Array | undefined;
export const partOf = (from: WireObject, name: string): WireObject | undefined =>
  from[name] as WireObject | undefined;
export const partsOf = (from: WireObject, name: string): readonly WireObject[] =>
  (from[name] ?? []) as readonly WireObject[];
export const textsOf = (from: WireObject, name: string): readonly string[] =>
  (from[name] ?? []) as readonly string[];

/** An empty URL or reference means that there is none; clients send them for what they do not use. */
export const filledText = (from: WireObject, name: string): string | undefined =>
  textOf(from, name) || undefined;

/** What the schema requires. It is empty only while a request that `decode` has refused is judged for the rest of it. */
export const requiredText = (from: WireObject, name: string): string => (from[name] ?? '') as string;
export const requiredPart = (from: WireObject, name: string): WireObject => (from[name] ?? {}) as WireObject;

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without the keys whose value is undefined. */
export function present<T extends object>(fields: T): Present<T> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept as Present<T>;
}
