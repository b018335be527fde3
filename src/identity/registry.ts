/** The identity methods that an account may use, by the name that orders use. */
import { identityProblems } from './problems.ts';
import type { SignerTrust } from './evidence/registry.ts';
import type { CatalogueEntry, IdentityMethod } from './method.ts';

/** A name of the catalogue with the method behind it, for one account. */
export interface AccountMethod extends CatalogueEntry {
  /** Name of the eID in evidence. */
  readonly family: string;
  readonly method: IdentityMethod;
}

export interface Registry {
  /** On offer for new orders. */
  readonly names: readonly string[];
  /** Throws METHOD_UNKNOWN. */
  get(name: string): AccountMethod;
}

/** What one account may use, and whose signatures count in its packages. */
export interface AccountEid {
  /** To sign with. */
  readonly methods: Registry;
  /** To log on with. */
  readonly logins: Registry;
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
 * Collects methods; two of the same name are a mistake in the composition and throw. `allowed`: the names on offer, if
 * not all; what was ordered while another was allowed can still be finished.
 */
export function createMethodRegistry(
  methods: readonly AccountMethod[],
  allowed: (method: AccountMethod) => boolean = () => true,
): Registry {
  const byName = new Map(methods.map((method) => [method.name, method]));
  if (byName.size !== methods.length) throw new TypeError('two identity methods have the same name');
  const names = methods.filter(allowed).map(({ name }) => name);
  return {
    names,
    get(name) {
      const method = byName.get(name);
      if (!method) throw identityProblems.error('METHOD_UNKNOWN', { name, known: names });
      return method;
    },
  };
}
