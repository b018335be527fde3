/** The identity methods that an account may use, by the name that orders use. */
import { identityProblems } from './problems.ts';
import type { SignerTrust } from './evidence/registry.ts';
import type { Problem } from '@segl/problem/problem';
import type { CatalogueEntry, IdentityMethod } from './method.ts';

/** A name of the catalogue with the method behind it, for one account. */
export interface AccountMethod extends CatalogueEntry {
  /** Name of the eID in evidence. */
  readonly family: string;
  readonly method: IdentityMethod;
  /** Of a chain: what makes its links, in their order, but the drawing. */
  readonly links?: readonly AccountMethod[];
}

/** As people who read this language know it. */
export const titleIn = ({ title, titles }: CatalogueEntry, language: string): string =>
  Object.entries(titles).find(([one]) => one === language)?.[1] ?? title;

/** Who answered, where the name alone does not say it: facts for the audit trail. */
export const answeredBy = ({ eid, provider }: CatalogueEntry): Readonly<Record<string, string>> => ({
  ...(eid !== undefined && { eid }),
  ...(provider && { provider: provider.id, 'provider-kind': provider.profile }),
});

/** What a signature is called, whatever the name in the order: a chain is called after what makes its links. */
export const signatureTitle = ({ title, links }: AccountMethod): string =>
  links ? links.map((link) => link.title).join(' + ') : title;

/** A chain of methods as one: it can what all of them can, and is called what the last one is. `links`: at least one. */
export function chainOf(entry: CatalogueEntry, links: readonly AccountMethod[]): AccountMethod {
  const last = links.at(-1)!;
  const { together: _, ...method } = last.method;
  return {
    ...entry,
    links,
    family: last.family,
    method: {
      ...method,
      comparesNationalIds: links.some((link) => link.method.comparesNationalIds),
      ...(links.every((link) => link.method.together) && { together: true }),
    },
  };
}

export interface Registry {
  /** On offer for new orders. */
  readonly names: readonly string[];
  /** Throws METHOD_OFF, METHOD_UNKNOWN. */
  get(name: string): AccountMethod;
  /** The same, where it is nothing special that there is none. */
  find(name: string): AccountMethod | undefined;
}

/** What an account may order. */
export interface MethodOffer {
  /** To sign with. */
  readonly signatureMethods: readonly string[];
  /** To log on with. */
  readonly authenticationMethods: readonly string[];
  /** Of `signatureMethods`, those that only identify: the service witnesses what is declared. */
  readonly witnessed: readonly string[];
  /** Of `signatureMethods`, those that sign several documents in one act. */
  readonly together: readonly string[];
  /** Of `signatureMethods`, those that are chains, with their links. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Names that are known and cannot be ordered, and why. */
  readonly off: ReadonlyMap<string, Problem>;
  /** Every method that an order lists must be on; otherwise one is enough, and the others are left out. */
  readonly strict: boolean;
}

/** What one account may use, and whose signatures count in its packages. */
export interface AccountEid {
  /** That sign themselves. */
  readonly methods: Registry;
  /** That tell who somebody is: to log on with, or to confirm what the service witnesses. */
  readonly logins: Registry;
  readonly offer: MethodOffer;
  readonly signers: SignerTrust;
  /** All of them, DER: where the paths of signers end. */
  readonly signerAnchors: readonly Uint8Array[];
}

/** What each account may use: its own set-ups as service provider, or those of the installation. */
export interface EidDirectory {
  /** Follows a change of a set-up at once. Throws PROVIDER_UNUSABLE, SECRET_UNREADABLE. */
  of(service: string): Promise<AccountEid>;
}

/**
 * Collects methods; two of the same name are a mistake in the composition and throw. `off`: names that cannot be ordered, and
 * why; what was ordered while one of `methods` was on can still be finished.
 */
export function createMethodRegistry(
  methods: readonly AccountMethod[],
  off: ReadonlyMap<string, Problem> = new Map(),
): Registry {
  const byName = new Map(methods.map((method) => [method.name, method]));
  if (byName.size !== methods.length) throw new TypeError('two identity methods have the same name');
  const names = methods.map(({ name }) => name).filter((name) => !off.has(name));
  return {
    names,
    find: (name) => byName.get(name),
    get(name) {
      const method = byName.get(name);
      if (method) return method;
      const why = off.get(name);
      if (why) throw identityProblems.error('METHOD_OFF', { name, why });
      throw identityProblems.error('METHOD_UNKNOWN', { name, known: names });
    },
  };
}
