/** What the readers of the formats find, in one shape: facts about each signature that the processes judge. */
import type { UsedAlgorithm } from '@segl/pki/algorithms/algorithm-constraints';
import type { ReadPolicy } from '../cades/signature-policy.ts';
import type { TimeStamp } from '@segl/pki/tsp/timestamp';
import { mergeValidationData, type ValidationData } from '@segl/pki/revocation/validation-data';
import type { Check, SignatureFormat, StampKind, SubIndication, WitnessedReport } from './reports/report.ts';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';

/** A check that was made while reading; a failed one says what that makes of the signature. */
export interface Finding extends Check {
  readonly subIndication?: SubIndication;
}

export interface TimeStampFacts {
  readonly kind: StampKind;
  readonly name: string;
  /** What it says, when imprint and signature hold. */
  readonly stamp?: TimeStamp;
  /** Why it does not hold. */
  readonly problem?: Problem;
  /** Validation data (SHA-256 in hex, of the DER) that it is over. */
  readonly covers: ReadonlySet<string>;
}

/**
 * Where the path of a certificate must end, and what its key must be for: `native`, the people who sign with their eID;
 * `seal`, this installation; `any` of the two, and whoever else is trusted.
 */
export type Role = 'native' | 'seal' | 'any' | 'time-stamp';

export interface SignatureFacts {
  readonly format: SignatureFormat;
  /** What its structure amounts to. */
  readonly level?: string;
  /** What is left of `level` where validation data are missing; absent where it needs none. */
  readonly lowerLevel?: string;
  readonly name?: string;
  /** Whom the evidence names, where no certificate does. */
  readonly signer?: string;
  readonly findings: readonly Finding[];
  readonly claimedTime?: Date;
  /** DER; absent when it cannot be told. */
  readonly certificate?: Uint8Array;
  /** DER, brought along by the signature. */
  readonly certificates: readonly Uint8Array[];
  /** Signature first, then the digests of what it refers to. */
  readonly algorithms: readonly UsedAlgorithm[];
  readonly algorithmName?: string;
  /** Innermost first. */
  readonly stamps: readonly TimeStampFacts[];
  readonly evidence: ValidationData;
  readonly role: Role;
  /** A document time-stamp that stands for itself. */
  readonly own?: TimeStamp;
  /**
   * What the signature policy says of evidence that is carried: `kept` counts while the certificate is valid, even when
   * newer answers could be had; `fresh` needs an answer as of the proven time.
   */
  readonly freshness: 'kept' | 'fresh';
  readonly coversFile?: boolean;
  /** Of PDFs: how many bytes from the start of the file it covers. */
  readonly revisionLength?: number;
  readonly changes?: readonly Problem[];
  /** The policy that it says it was made by (EPES). */
  readonly policy?: ReadPolicy;
  readonly witnessed?: WitnessedReport;
  /** What was signed, as the value is over it, and the value. */
  readonly core?: { readonly signed: Uint8Array; readonly value: Uint8Array };
  /** Place in the file of an XML signature, for the second opinion. */
  readonly xmlNumber?: number;
}

/** CMS gives its time-stamps no names; other formats do. */
export const SIGNATURE_STAMP = 'signature time-stamp';
export const ARCHIVE_STAMP = 'archive time-stamp';

/** A time-stamp by its name, as what is found tells of it. */
export function stampNamed(name: string): Problem {
  if (name === SIGNATURE_STAMP) return adesProblems.of('timestamp/of-signature');
  if (name === ARCHIVE_STAMP) return adesProblems.of('timestamp/of-archive');
  return adesProblems.of('timestamp/named', { name });
}

export const NO_EVIDENCE: ValidationData = { certificates: [], ocsps: [], crls: [] };

export const mergeEvidence = (...all: readonly ValidationData[]): ValidationData => mergeValidationData(all);

export const passed = (block: Check['block'], check: string, problem?: Problem): Finding => ({
  block,
  check,
  outcome: 'passed',
  ...(problem && { problem }),
});

export const warning = (block: Check['block'], check: string, problem: Problem): Finding => ({
  block,
  check,
  outcome: 'warning',
  problem,
});

export const failed = (
  block: Check['block'],
  check: string,
  subIndication: SubIndication,
  problem: Problem,
): Finding => ({ block, check, outcome: 'failed', problem, subIndication });
