/** The identity methods of this installation, by the name that orders use. */
import { identityProblems } from './problems.ts';
import type { AuthenticationMethod, SignatureMethod } from './method.ts';

export interface Registry<M> {
  /** On offer for new orders. */
  readonly names: readonly string[];
  /** Throws METHOD_UNKNOWN. */
  get(name: string): M;
}

/** To sign with. */
export type MethodRegistry = Registry<SignatureMethod>;
/** To log in with. */
export type LoginRegistry = Registry<AuthenticationMethod>;

/** What one account may use of the eIDs, as its own service provider. */
export interface AccountEid {
  readonly methods: MethodRegistry;
  readonly logins: LoginRegistry;
  /** Where the paths of signers must end, DER. */
  readonly signerAnchors: readonly Uint8Array[];
}

/** What each account may use: its own set-up as service provider, or the installation's. */
export interface EidDirectory {
  /** Follows a change of the set-up at once. Throws PROVIDER_UNUSABLE, SECRET_UNREADABLE. */
  of(service: string): Promise<AccountEid>;
}

/**
 * Collects methods; two of the same name are a mistake in the composition and throw. `allowed`: the names on offer, if
 * not all; what was ordered while another was allowed can still be finished.
 */
export function createMethodRegistry<M extends { readonly name: string }>(
  methods: readonly M[],
  allowed?: readonly string[],
): Registry<M> {
  const byName = new Map(methods.map((method) => [method.name, method]));
  if (byName.size !== methods.length) throw new TypeError('two identity methods have the same name');
  const names = [...byName.keys()].filter((name) => allowed?.includes(name) ?? true);
  return {
    names,
    get(name) {
      const method = byName.get(name);
      if (!method) throw identityProblems.error('METHOD_UNKNOWN', { name, known: names });
      return method;
    },
  };
}
