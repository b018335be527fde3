/** NemID for one service provider: its certificate, its addresses, its agreements. */
import { certificatesToPem } from '@segl/pki/x509/pem';
import type { HttpClient, MethodDeps, OpenedModule } from '../../method.ts';
import { askProvider, judgeProfile } from './doctor.ts';
import { createNemIdLogin } from './login.ts';
import { logOnWith, signWith } from './steps.ts';
import { createNemIdMethod, type NemIdOptions } from './method.ts';
import { readNameOptions, type NameOptions } from './name-options.ts';
import { createPidCprClient } from './cpr/pid-cpr.ts';
import { createRidCprClient } from './cpr/rid-cpr.ts';
import type { CprClients, ProviderFacts, ProviderProfile } from './profile.ts';
import type { Sector } from './sector.ts';

export interface NemIdProvider extends OpenedModule, CprClients {
  readonly profile: ProviderProfile;
  readonly sector: Sector;
}

const OPENED = Symbol('provider');

/** What an opened module is inside, where it is one of this folder. */
export const providerOf = (opened: OpenedModule): NemIdProvider => {
  if (!(OPENED in opened)) throw new TypeError('the module is another one');
  return opened as unknown as NemIdProvider;
};

function cprClients(
  { environment, spid, ridSpid, cpr }: ProviderFacts,
  { post }: Pick<HttpClient, 'post'>,
): CprClients {
  const { pidCprUrl, ridCprUrl } = environment;
  return {
    pidCpr: createPidCprClient({ url: pidCprUrl, serviceId: spid, post, mode: cpr }),
    ...(ridCprUrl !== undefined &&
      ridSpid !== undefined && {
        ridCpr: createRidCprClient({ url: ridCprUrl, serviceId: ridSpid, post, mode: cpr }),
      }),
  };
}

export function openProvider(profile: ProviderProfile, sector: Sector, deps: MethodDeps): NemIdProvider {
  const { environment, friendlyName, voces, tls } = profile;
  const { revocation, clock, random } = deps;
  const http = deps.http({
    tls: {
      ...(tls && {
        cert: certificatesToPem(tls.certificates),
        key: tls.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      }),
      ...(environment.cprTrust !== undefined && { ca: environment.cprTrust }),
    },
  });
  const clients = cprClients(profile, { post: http.post.bind(http) });
  const nemid: Omit<NemIdOptions, keyof NameOptions | 'clientUrl'> = {
    friendlyName,
    policyPrefix: environment.oces.policies[0]!.prefix,
    trustAnchors: environment.oces.anchors,
    vocesKey: voces,
    ...clients,
    revocation,
    clock,
    random,
  };
  const provider: NemIdProvider & { readonly [OPENED]: true } = {
    [OPENED]: true,
    profile,
    sector,
    ...clients,
    method(entry, use) {
      const name = readNameOptions(entry);
      const clientUrl = name.client === 'launcher' ? environment.clientUrl : environment.codeFileUrl;
      const options = { ...nemid, ...name, clientUrl };
      return use === 'sign'
        ? signWith(createNemIdMethod(options), deps)
        : logOnWith(createNemIdLogin(options), deps);
    },
    anchors: environment.oces.anchors,
    certificates: profile.certificates.slice(0, 1),
    issuers: profile.certificates.slice(1),
    async doctor({ online }) {
      const judged = judgeProfile(profile, sector, clock);
      return online ? [...judged, ...(await askProvider(provider, revocation, clock))] : judged;
    },
    async close() {
      await http.close();
      await profile.close?.();
    },
  };
  return provider;
}
