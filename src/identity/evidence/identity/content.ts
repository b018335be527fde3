/**
 * The evidence of one act of one person whom an identity provider vouches for (`segl.identity-evidence.v1`): what the person
 * committed to, who it was on whose word, the proofs byte for byte, and what they are judged by. Canonical JSON (RFC 8785).
 */
import type { Assurance } from '../../method.ts';
import type { Commitment } from './commitment.ts';

export const IDENTITY_EVIDENCE = {
  format: 'urn:segl:format:identity-evidence:1.0',
  mimeType: 'application/vnd.segl.identity-evidence+json',
  version: '1.0',
} as const;

export const EVIDENCE_VERSION = 'segl.identity-evidence.v1';

/** Claims of a proof that a field is made of; several are joined by a space. */
export interface Source {
  /** Role of the proof. */
  readonly proof: string;
  readonly claims: readonly string[];
}

/** A national id with a salt of its own; the reduced form has a hash over both in their place. */
export type KeptNationalId = {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** What it is called there, e.g. FNR. */
  readonly type: string;
} & (
  | { readonly value: string; readonly salt: string }
  /** SHA-256 of salt, a colon and value, in lower-case hex. */
  | { readonly sha256: string }
);

export interface Subject {
  /** Stable over sessions; `scheme`: what kind of id, `issuer`: whose. */
  readonly id: { readonly scheme: string; readonly issuer: string; readonly value: string };
  readonly displayName: string;
  /** YYYY-MM-DD. */
  readonly birthDate?: string;
  readonly nationalId?: KeptNationalId;
  readonly organisation?: { readonly id: string; readonly name?: string };
  /** Other ids of the person, by which a change of provider can be followed. */
  readonly continuity: readonly { readonly scheme: string; readonly value: string }[];
  /** Where each comes from: `id`, `displayName`, `birthDate`, `nationalId`, `organisation`, `organisationName`. */
  readonly sources: Readonly<Record<string, Source>>;
}

export interface Proof {
  /** What it is in the exchange, e.g. `id-token`, `userinfo`, `request`. */
  readonly role: string;
  readonly mediaType: string;
  /** Lower-case hex, of the bytes. */
  readonly sha256: string;
  /** Base64. Absent in the reduced form alone. */
  readonly data?: string;
}

/** What proofs are judged by. */
export interface Trusted {
  /** `keys`, `discovery`, `certificate`, `ocsp`. */
  readonly role: string;
  readonly mediaType: string;
  /** Where it was had: an address, or `configured`. */
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly fetched: string;
  readonly sha256: string;
  readonly data: string;
}

export interface IdentityEvidence {
  readonly version: typeof EVIDENCE_VERSION;
  /** `urn:sha256:` and the hash of all of it but this, in lower-case hex. */
  readonly id: string;
  readonly form: 'full' | 'reduced';
  /** Of a reduced form: the id of what it was made from. */
  readonly reducedFrom?: string;
  readonly purpose: 'log-on' | 'sign';
  readonly commitment: Commitment;
  /** Of the commitment, lower-case hex. */
  readonly commitmentSha256: string;
  readonly method: {
    /** As the order wrote it. */
    readonly name: string;
    readonly kind: string;
    /** The eID that was asked for. */
    readonly eid: string;
    /** `backchannel`: the person was asked in their app, and no browser was sent anywhere; absent: the browser was. */
    readonly flow?: 'backchannel';
    /** As the provider answers which eID it was; absent where it does not tell. */
    readonly answered?: { readonly claim: string; readonly values: readonly string[] };
    /** Issuer of the proofs, and as whom it knows the service. */
    readonly provider: string;
    readonly client: string;
    readonly profile: string;
    /** Tokens of test log-ons are taken. */
    readonly test: boolean;
  };
  readonly subject: Subject;
  readonly assurance: {
    readonly level: Assurance;
    /** What the provider said, where, and what that amounts to there. */
    readonly claim: string;
    readonly value: string;
    readonly scale: Readonly<Record<string, Assurance>>;
    readonly factors: readonly string[];
  };
  readonly intent: {
    readonly shown: string;
    /** The most characters that the eID shows. */
    readonly limit: number;
    /** In which claim the provider gives back what it showed; absent where it does not. */
    readonly returned?: { readonly claim: string; readonly value: string };
    readonly language: string;
    readonly code: string;
  };
  readonly match: { readonly rule: 'national-id' | 'none'; readonly result: 'equal' | 'not-compared' };
  readonly context: { readonly ip: string; readonly userAgent: string; readonly origin: string };
  /** ISO 8601, UTC, by the service's clock, except `authenticated`, which is the provider's. */
  readonly times: { readonly started: string; readonly authenticated?: string; readonly received: string };
  readonly proofs: readonly Proof[];
  readonly trust: readonly Trusted[];
  /** What it does not prove, as codes. */
  readonly limits: readonly string[];
}
