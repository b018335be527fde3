/** NemID for one service provider: its certificate, its addresses, its agreements. */
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { KeyObject } from 'node:crypto';
import { certificatesToPem } from '@segl/pki/x509/pem';
import type { HttpClient, MethodDeps, OpenedModule } from '../../method.ts';
import type { CprMode } from './cpr/cpr-service.ts';
import { askProvider, judgeProfile } from './doctor.ts';
import type { OcesEnvironment } from '../../oces/environments.ts';
import type { Sector } from './installation.ts';
import { createNemIdLogin } from './login.ts';
import { logOnWith, signWith } from './steps.ts';
import { createNemIdMethod, type NemIdOptions } from './method.ts';
import { readNameOptions, type NameOptions } from './name-options.ts';
import { createPidCprClient, type PidCprClient } from './cpr/pid-cpr.ts';
import { createRidCprClient, type RidCprClient } from './cpr/rid-cpr.ts';

/** Whose certificates belong to an environment, and where it is reached. */
export interface ProviderEnvironment {
  readonly oces: OcesEnvironment;
  readonly clientUrl: string;
  readonly codeFileUrl: string;
  readonly pidCprUrl: string;
  readonly ridCprUrl?: string;
  /** PEM trust anchors of the CPR services' https certificates; absent: those of Node.js. */
  readonly cprTrust?: string;
}

/** What is known of a service provider without its keys. */
export interface ProviderFacts {
  readonly environment: ProviderEnvironment;
  readonly friendlyName: string;
  /** DER, own certificate first. */
  readonly certificates: readonly Uint8Array[];
  /** Service provider ids for PID-CPR and RID-CPR. */
  readonly spid: string;
  readonly ridSpid?: string;
  readonly cpr: CprMode;
}

/** Who we are to https servers that ask for a client certificate. */
export interface TlsIdentity {
  readonly privateKey: KeyObject;
  /** DER, own certificate first. */
  readonly certificates: readonly Uint8Array[];
}

/** A service provider as the eID knows it, ready for use. */
export interface ProviderProfile extends ProviderFacts {
  /** That of the VOCES certificate: signs client parameters. */
  readonly voces: SigningKey;
  /** What the CPR services know us by; absent where they are never asked. */
  readonly tls?: TlsIdentity;
  /** Lets go of a security module. */
  readonly close?: () => Promise<void>;
}

export interface NemIdProvider extends OpenedModule {
  readonly profile: ProviderProfile;
  readonly sector: Sector;
  readonly pidCpr: PidCprClient;
  /** Absent without an address or a service id for it. */
  readonly ridCpr?: RidCprClient;
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
): Pick<NemIdProvider, 'pidCpr' | 'ridCpr'> {
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
