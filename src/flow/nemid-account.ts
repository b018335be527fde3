/** Puts NemID together for one service provider: its certificate, its addresses, its agreements. */
import { randomBytes, type KeyObject } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { CprMode } from '../eid/nemid/cpr-service.ts';
import type { OcesEnvironment } from '../eid/nemid/environments.ts';
import { createNemIdLogin } from '../eid/nemid/login.ts';
import { createNemIdMethod, type NemIdOptions } from '../eid/nemid/method.ts';
import { createPidCprClient, type PidCprClient } from '../eid/nemid/pid-cpr.ts';
import { createRidCprClient, type RidCprClient } from '../eid/nemid/rid-cpr.ts';
import { createMethodRegistry, type AccountEid } from '../eid/registry.ts';
import { createOutbound } from '../notify/outbound.ts';
import { createSigningKey } from '../pki/keys.ts';
import { certificatesToPem } from '../pki/pem.ts';
import type { RevocationService } from '../pki/revocation.ts';

/** Whose certificates belong to an environment, and where it is reached. */
export interface ProviderEnvironment {
  readonly oces: OcesEnvironment;
  readonly clientUrl: string;
  readonly pidCprUrl: string;
  readonly ridCprUrl?: string;
  /** PEM trust anchors of the CPR services' https certificates; absent: those of Node.js. */
  readonly cprTrust?: string;
}

/** A service provider as the eID knows it, ready for use. */
export interface ProviderProfile {
  readonly environment: ProviderEnvironment;
  readonly friendlyName: string;
  /** Of the VOCES certificate. */
  readonly privateKey: KeyObject;
  /** DER, own certificate first. */
  readonly certificates: readonly Uint8Array[];
  /** Service provider ids for PID-CPR and RID-CPR. */
  readonly spid: string;
  readonly ridSpid?: string;
  readonly cpr: CprMode;
  /** Names of the methods that the account may order; absent: all. */
  readonly allowed?: readonly string[];
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

/** Throws KEY_INVALID when key and certificates do not belong together. */
export function openNemIdAccount(
  profile: ProviderProfile,
  { revocation, clock, allow }: NemIdParts,
): NemIdAccount {
  const { environment, friendlyName, privateKey, certificates, spid, ridSpid, cpr, allowed } = profile;
  const [certificate, ...chain] = certificates;
  const vocesKey = createSigningKey({ privateKey, certificate: certificate!, chain });
  const outbound = createOutbound({
    allow,
    timeoutMs: TIMEOUT_MS,
    tls: {
      cert: certificatesToPem(certificates),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
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
    vocesKey,
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
    close: () => outbound.close(),
  };
}
