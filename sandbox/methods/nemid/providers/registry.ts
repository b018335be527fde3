import type { Problem } from '@segl/problem/problem';
import { BlockList, isIP } from 'node:net';
import { simulatorProblems } from '../problems.ts';
import { JsonFile } from '../../../world/json-file.ts';

/** Addresses that one provider may use the test environment from. */
export const MOST_ADDRESSES = 10;

export const CLIENTS = ['js', 'codefile'] as const;
export type ClientKind = (typeof CLIENTS)[number];

/** A service provider with an agreement, found by its VOCES certificate. */
export interface Provider {
  /** The attribute serialNumber of its VOCES certificate, `CVR:…-UID:…`. */
  readonly id: string;
  /** Shown to users and signed as RequestIssuer. */
  readonly friendlyName: string;
  /** IP addresses from which it may be used; none: from everywhere. */
  readonly allow: readonly string[];
  /** Clients that are open to it. */
  readonly clients: readonly ClientKind[];
}

/** `friendlyName` at most 80 characters, addresses valid and at most ten. Throws BAD_REQUEST. */
function checked(provider: Provider): Provider {
  const { friendlyName, allow, clients } = provider;
  const refuse = (why: Problem): never => {
    throw simulatorProblems.error('BAD_REQUEST', { why });
  };
  if (!/^[^\p{C}<>]{1,80}$/u.test(friendlyName)) refuse(simulatorProblems.of('sandbox/friendly-name'));
  const wrong = allow.find((address) => isIP(address) === 0);
  if (wrong !== undefined)
    refuse(simulatorProblems.of('sandbox/not-an-address', { address: wrong.slice(0, 60) }));
  if (allow.length > MOST_ADDRESSES)
    refuse(simulatorProblems.of('sandbox/addresses', { limit: MOST_ADDRESSES }));
  if (clients.some((client) => !CLIENTS.includes(client)))
    refuse(simulatorProblems.of('sandbox/clients', { clients: CLIENTS }));
  return { ...provider, allow: [...new Set(allow)] };
}

/** True where the provider may be used from this address; IPv4 in IPv6 notation counts as IPv4. */
export function isAllowed({ allow }: Provider, address: string): boolean {
  if (allow.length === 0) return true;
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const list = new BlockList();
  for (const item of allow) list.addAddress(item, isIP(item) === 6 ? 'ipv6' : 'ipv4');
  return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/** Who may send users to the NemID clients. Kept on disk. */
export class ProviderRegistry {
  readonly #file: JsonFile<Record<string, Provider>>;

  private constructor(file: JsonFile<Record<string, Provider>>) {
    this.#file = file;
  }

  /** `first` is there from the start: the service that the sandbox was made for. */
  static async open(path: string, first: Pick<Provider, 'id' | 'friendlyName'>): Promise<ProviderRegistry> {
    const file = await JsonFile.open<Record<string, Provider>>(path, () => ({}));
    const registry = new ProviderRegistry(file);
    if (!registry.find(first.id)) await registry.set({ ...first, allow: [], clients: CLIENTS });
    return registry;
  }

  get all(): Provider[] {
    return Object.values(this.#file.value);
  }

  find(id: string): Provider | undefined {
    return Object.hasOwn(this.#file.value, id) ? this.#file.value[id] : undefined;
  }

  /** Adds a provider or changes one. Throws BAD_REQUEST. */
  async set(provider: Provider): Promise<Provider> {
    if (!/^CVR:\d{8}-UID:\d{1,20}$/.test(provider.id)) {
      throw simulatorProblems.error('BAD_REQUEST', {
        why: simulatorProblems.of('sandbox/provider-name'),
      });
    }
    const made = checked(provider);
    this.#file.value[provider.id] = made;
    await this.#file.save();
    return made;
  }
}
