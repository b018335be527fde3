/** Puts NemID together for one service provider: its certificate, its addresses, its agreements. */
import { randomBytes, type KeyObject } from 'node:crypto';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { Clock } from '@segl/problem/clock';
import type { CprMode } from '@segl/identity/methods/nemid/cpr-service';
import type { OcesEnvironment } from '@segl/identity/methods/nemid/environments';
import { createNemIdLogin } from '@segl/identity/methods/nemid/login';
import { createNemIdMethod, type NemIdOptions } from '@segl/identity/methods/nemid/method';
import { createPidCprClient, type PidCprClient } from '@segl/identity/methods/nemid/pid-cpr';
import { createRidCprClient, type RidCprClient } from '@segl/identity/methods/nemid/rid-cpr';
import { createMethodRegistry, type AccountEid } from '@segl/identity/registry';
import { createOutbound } from '../../adapters/outbound/outbound.ts';
import { certificatesToPem } from '@segl/pki/x509/pem';
import type { RevocationService } from '@segl/pki/revocation/revocation';

/** Whose certificates belong to an environment, and where it is reached. */
export interface ProviderEnvironment {
  readonly oces: OcesEnvironment;
  readonly clientUrl: string;
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
  /** Names of the methods that the account may order; absent: all. */
  readonly allowed?: readonly string[];
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

export interface NemIdAccount extends AccountEid {
  readonly profile: ProviderProfile;
  readonly pidCpr: PidCprClient;
  /** Absent without an address or a service id for it. */
  readonly ridCpr?: RidCprClient;
  close(): Promise<void>;
}

/** What every account shares. */
export interface NemIdParts {
  readonly revocation: RevocationService;
  readonly clock: Clock;
  /** Internal networks (CIDR) that the CPR services may be on. */
  readonly allow: readonly string[];
}

const TIMEOUT_MS = 10_000;

export function openNemIdAccount(
  profile: ProviderProfile,
  { revocation, clock, allow }: NemIdParts,
): NemIdAccount {
  const { environment, friendlyName, voces, tls, spid, ridSpid, cpr, allowed } = profile;
  const outbound = createOutbound({
    allow,
    timeoutMs: TIMEOUT_MS,
    tls: {
      ...(tls && {
        cert: certificatesToPem(tls.certificates),
        key: tls.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      }),
      ...(environment.cprTrust !== undefined && { ca: environment.cprTrust }),
    },
  });
  const post = outbound.post.bind(outbound);
  const pidCpr = createPidCprClient({ url: environment.pidCprUrl, serviceId: spid, post, mode: cpr });
  const nemid: NemIdOptions = {
    clientUrl: environment.clientUrl,
    friendlyName,
    policyPrefix: environment.oces.policies[0]!.prefix,
    trustAnchors: environment.oces.anchors,
    vocesKey: voces,
    pidCpr,
    revocation,
    clock,
    random: randomBytes,
  };
  const { ridCprUrl } = environment;
  return {
    profile,
    pidCpr,
    ...(ridCprUrl !== undefined &&
      ridSpid !== undefined && {
        ridCpr: createRidCprClient({ url: ridCprUrl, serviceId: ridSpid, post, mode: cpr }),
      }),
    methods: createMethodRegistry([createNemIdMethod(nemid)], allowed),
    logins: createMethodRegistry([createNemIdLogin(nemid)], allowed),
    signerAnchors: environment.oces.anchors,
    close: async () => {
      await outbound.close();
      await profile.close?.();
    },
  };
}
