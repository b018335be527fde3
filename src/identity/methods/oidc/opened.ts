/** OpenID Connect at work: the providers of METHODS_FILE, and who answers for a name. */
import type { MethodDeps, OpenedModule, Provider } from '../../method.ts';
import type { BrokerAuthorities } from '../../oces/broker-certificate.ts';
import { oidcMethod } from './method.ts';
import { isAskedInApp } from './options.ts';
import { openOidcProvider, type OidcProvider } from './provider.ts';

/** Throws CONFIG_INVALID, and what reading keys throws. */
export async function openProviders(
  authorities: BrokerAuthorities,
  deps: MethodDeps,
  providers: readonly Provider[],
): Promise<OpenedModule> {
  const opened = new Map<string, OidcProvider>();
  const close = async (): Promise<void> => {
    for (const one of opened.values()) await one.close();
  };
  try {
    for (const provider of providers) opened.set(provider.id, await openOidcProvider(provider, deps));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    method(entry, use) {
      const provider = entry.provider && opened.get(entry.provider.id);
      if (!provider) throw new TypeError(`nobody answers for ${entry.name}`);
      return oidcMethod(entry, use, provider, authorities, deps);
    },
    anchors: authorities.anchors,
    certificates: [],
    issuers: [],
    publishedKeys: async () => {
      const all = await Promise.all([...opened.values()].map((provider) => provider.publishedKeys()));
      return all.filter((one) => one !== undefined);
    },
    doctor: ({ online, entry }) =>
      Promise.all(
        [...opened.values()]
          .filter(({ id }) => entry === undefined || entry.provider?.id === id)
          .map((provider) => provider.doctor(online, entry && isAskedInApp(entry))),
      ),
    close,
  };
}
