/** A service provider as NemID knows it: its certificate, its addresses, its agreements. */
import type { KeyObject } from 'node:crypto';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { OcesEnvironment } from '../../oces/environments.ts';
import type { CprMode } from './cpr/cpr-service.ts';
import type { PidCprClient } from './cpr/pid-cpr.ts';
import type { RidCprClient } from './cpr/rid-cpr.ts';

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

/** What compares and finds numbers of persons. */
export interface CprClients {
  readonly pidCpr: PidCprClient;
  /** Absent without an address or a service id for it. */
  readonly ridCpr?: RidCprClient;
}
