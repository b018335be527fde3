/** The formats of evidence and the packaging policies that are known: those of the service, and those of the methods. */
import type { EvidenceFormat, LoginFormat, MethodModule, PackagingPolicy } from '../method.ts';
import { identityEvidence } from './identity/index.ts';
import { NATIVE_WSD } from './wsd/content.ts';

/** What a module contributes. */
type Contribution = Pick<MethodModule, 'id' | 'formats' | 'policies'>;

/** A format of log-ons, and whose it is. */
export interface KnownLogin {
  readonly module: string;
  readonly login: LoginFormat;
  readonly mimeType: string;
}

export class EvidenceRegistry {
  readonly #policies = new Map<string, { readonly module: string; readonly policy: PackagingPolicy }>();
  readonly #formats = new Map<string, { readonly module: string; readonly format: EvidenceFormat }>();
  readonly #logins = new Map<string, KnownLogin>();

  /** Throws a TypeError when two modules claim the same: a mistake in the composition. */
  constructor(modules: readonly Contribution[]) {
    for (const { id: module, formats, policies } of [identityEvidence, ...modules]) {
      for (const policy of policies) add(this.#policies, policy.urn, { module, policy });
      for (const format of formats) {
        add(this.#formats, format.id, { module, format });
        const { login } = format;
        const known = login && { module, login, mimeType: format.mimeType };
        if (known) for (const name of login.names) add(this.#logins, name, known);
      }
    }
  }

  get policies(): readonly PackagingPolicy[] {
    return [...this.#policies.values()].map(({ policy }) => policy);
  }

  policy(urn: string): { readonly module: string; readonly policy: PackagingPolicy } | undefined {
    return this.#policies.get(urn);
  }

  format(id: string): { readonly module: string; readonly format: EvidenceFormat } | undefined {
    return this.#formats.get(id);
  }

  /** The first format of a module: what its names make, where a row does not say. */
  firstOf(module: string): { readonly module: string; readonly format: EvidenceFormat } | undefined {
    return [...this.#formats.values()].find((known) => known.module === module);
  }

  /** By the name of a log-on in orders, or else by the message that it left behind. */
  login(name: string, message?: Uint8Array): KnownLogin | undefined {
    const named = this.#logins.get(name);
    if (named || !message) return named;
    for (const { module, format } of this.#formats.values()) {
      const { login, mimeType } = format;
      if (login?.recognises?.(message)) return { module, login, mimeType };
    }
    return undefined;
  }

  /** The policy that something signed is packaged under. Throws a TypeError where no policy is for it. */
  policyFor(signed: Parameters<PackagingPolicy['applies']>[0]): PackagingPolicy {
    const found = this.policies.find((policy) => policy.applies(signed));
    if (!found) throw new TypeError(`no packaging policy applies to ${signed.format}`);
    return found;
  }
}

function add<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.has(key) || key === NATIVE_WSD.format) throw new TypeError(`two methods have "${key}"`);
  map.set(key, value);
}

/** Whose signatures count in packages: what is known, and where the paths of signers must end, by module. */
export interface SignerTrust {
  readonly registry: EvidenceRegistry;
  /** DER. */
  readonly anchors: Readonly<Record<string, readonly Uint8Array[]>>;
}

export const anchorsOf = ({ anchors }: SignerTrust, module: string): readonly Uint8Array[] =>
  Object.hasOwn(anchors, module) ? (anchors[module] ?? []) : [];

/**
 * Whose signatures count, by the anchors (DER) of each module. Identity evidence belongs to none of them: certificates of providers
 * end where modules that leave it behind say.
 */
export function signerTrust(
  registry: EvidenceRegistry,
  modules: readonly Contribution[],
  anchors: ReadonlyMap<string, readonly Uint8Array[]>,
): SignerTrust {
  const leaving = modules.filter(({ formats }) => formats.length === 0);
  return {
    registry,
    anchors: {
      ...Object.fromEntries(anchors),
      [identityEvidence.id]: leaving.flatMap(({ id }) => anchors.get(id) ?? []),
    },
  };
}

/** Trust of a stranger who was given files and anchors (DER), and knows nothing of whose they are. */
export const trustingAll = (
  modules: readonly Contribution[],
  anchors: readonly Uint8Array[],
): SignerTrust => ({
  registry: new EvidenceRegistry(modules),
  anchors: Object.fromEntries([identityEvidence, ...modules].map(({ id }) => [id, anchors])),
});
