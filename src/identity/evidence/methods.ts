/** The methods whose evidence can be judged, each with what it judges by. */
import type { Finding, SignatureFacts } from '@segl/ades/validation/facts';
import type { FormatReader } from '@segl/ades/validation/readers/format-reader';
import type { KeptLogin, MethodValidation, NativeFacts, ToldLogin } from '../method.ts';
import type { AnyModule } from '../methods/index.ts';
import type { LtvSdoContent } from './ltvsdo/content.ts';
import { identityEvidence } from './identity/index.ts';
import { EvidenceRegistry } from './registry.ts';
import type { EvidenceTrust } from './trust.ts';

export class KnownMethods {
  readonly registry: EvidenceRegistry;
  readonly #validations: ReadonlyMap<string, MethodValidation>;
  readonly #trust: Readonly<Record<string, unknown>>;
  readonly #named: readonly Uint8Array[];

  constructor(modules: readonly AnyModule[], { methods, more = [] }: EvidenceTrust) {
    this.registry = new EvidenceRegistry(modules);
    this.#validations = new Map(
      [identityEvidence, ...modules].map(({ id, validation }) => [id, validation as MethodValidation]),
    );
    this.#trust = methods;
    this.#named = more;
  }

  /** DER: where the paths of all signers may end. */
  get anchors(): Uint8Array[] {
    return [...this.#validations].flatMap(([id, validation]) => [...validation.anchors(this.#trust[id])]);
  }

  readHolder(leaf: Uint8Array, anchor: string): Finding[] {
    return [...this.#validations].flatMap(([id, validation]) => [
      ...(validation.readHolder?.(leaf, anchor, this.#trust[id]) ?? []),
    ]);
  }

  get readers(): FormatReader[] {
    return [...this.#validations].flatMap(([id, validation]) => [
      ...validation.readers(this.#trust[id], this.#named),
    ]);
  }

  /** Undefined for a package under a policy that is not known here. */
  readNative(content: LtvSdoContent, at: Date): NativeFacts | undefined {
    const module =
      this.registry.policy(content.packagingPolicy)?.module ??
      this.registry.format(content.native.format)?.module;
    const validation = module === undefined ? undefined : this.#validations.get(module);
    return validation?.readNative(content, this.#trust[module!], { at, named: this.#named });
  }

  /** `method`: of the log-on, as the statement names it. Undefined where that is not known. */
  readLogin(method: string, login: KeptLogin, told: ToldLogin): SignatureFacts | undefined {
    const module = this.registry.login(method, login.message)?.module;
    const validation = module === undefined ? undefined : this.#validations.get(module);
    return validation?.readLogin?.(login, told, this.#trust[module!], { named: this.#named });
  }
}

/** What every method judges by, as the settings say. Plain data. */
export async function methodTrust(
  modules: readonly AnyModule[],
  variables: Readonly<Record<string, string | undefined>>,
): Promise<EvidenceTrust['methods']> {
  const trusts: Record<string, unknown> = {};
  for (const { id, validation } of [identityEvidence, ...modules])
    trusts[id] = await validation.trust(variables);
  return trusts;
}
