/** The revocation status of one certificate, from what a file carries and, where it may be asked for, from its issuer. */
import { createHash } from 'node:crypto';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import type { Certificate } from '@segl/pki/x509/certificate';
import { listedStatus, readRevocationList } from '@segl/pki/revocation/crl';
import { checkOcspResponse } from '@segl/pki/revocation/ocsp';
import type { StatusReport } from './reports/report.ts';

/** Status as its issuer tells it now; DER in and out, so that it may live in another thread. Gives, or throws, why it cannot be learned. */
export type AskStatus = (
  certificate: Uint8Array,
  issuer: Uint8Array,
) => Promise<AskedStatus | { readonly problem: Problem }>;

export interface AskedStatus {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt?: Date;
  readonly reason?: string;
  readonly source: 'ocsp' | 'crl';
  readonly url: string;
}

export interface StatusQuestion {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly evidence: ValidationData;
  /** Evidence must tell of this time or of a later one. */
  readonly reference: Date;
  /** When a piece of evidence (SHA-256 in hex, of its DER) is proven to have existed. */
  readonly existedAt: (digest: string) => Date;
}

/** Answers are fetched while a signature is being made: a little before its time, or after it, by another clock. */
const TOLERANCE_MS = 15 * 60_000;

export const digestOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');

/** SHA-256 in hex of every answer and list. */
export const digestsOf = ({ ocsps, crls }: ValidationData): Set<string> =>
  new Set([...ocsps, ...crls].map(digestOf));

/** What is carried for other certificates tells nothing about this one. */
const OF_OTHERS: ReadonlySet<string> = new Set(['crl/other-issuer', 'ocsp/not-one-status']);

/**
 * What the evidence tells; the newest that can be used, but revoked before anything else. `problem`: why none of it can be
 * used, the last that was found.
 */
export function statusFromEvidence(
  question: StatusQuestion,
): { readonly status: StatusReport } | { readonly problem: Problem } {
  let problem = adesProblems.of('status/no-answer');
  const found: StatusReport[] = [];
  for (const [list, read] of [
    [question.evidence.ocsps, fromOcsp],
    [question.evidence.crls, fromList],
  ] as const) {
    for (const der of list) {
      try {
        const status = read(der, question);
        if (status) found.push(status);
      } catch (error) {
        if (!isSeglError(error)) throw error;
        const why = reasonOf(error);
        if (!OF_OTHERS.has(why.code)) problem = why;
      }
    }
  }
  found.sort((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime());
  const best = found.find(({ status }) => status === 'revoked') ?? found[0];
  return best ? { status: best } : { problem };
}

function fromOcsp(der: Uint8Array, question: StatusQuestion): StatusReport | undefined {
  const { certificate, issuer, reference, existedAt } = question;
  const common = { toleranceMs: TOLERANCE_MS, later: true, delegates: 'any' } as const;
  const result = checkOcspResponse(der, { certificate, issuer, at: reference, ...common });
  const { responder, responderNeedsStatus, thisUpdate, nextUpdate } = result;
  if (result.status === 'unknown') return undefined;
  // once its signer has expired, anyone who got hold of the key could have written it
  if (existedAt(digestOf(der)) > responder.notAfter) return undefined;
  if (responderNeedsStatus && !listedGood(responder, question)) return undefined;
  const revokedAt = result.revokedAt ?? result.revokedLater;
  return {
    status: revokedAt ? 'revoked' : 'good',
    ...(revokedAt && { revokedAt }),
    ...(result.reason && { reason: result.reason }),
    source: 'ocsp',
    from: 'carried',
    thisUpdate,
    ...(nextUpdate && { nextUpdate }),
  };
}

function fromList(der: Uint8Array, question: StatusQuestion): StatusReport | undefined {
  const { certificate, issuer, reference, existedAt } = question;
  const list = readRevocationList(der, { issuer });
  if (existedAt(digestOf(der)) > issuer.notAfter) return undefined;
  const result = listedStatus(list, { certificate, at: reference, toleranceMs: TOLERANCE_MS, later: true });
  const revokedAt = result.revokedAt ?? result.revokedLater;
  return {
    status: revokedAt ? 'revoked' : 'good',
    ...(revokedAt && { revokedAt }),
    ...(result.reason && { reason: result.reason }),
    source: 'crl',
    from: 'carried',
    thisUpdate: result.thisUpdate,
    nextUpdate: result.nextUpdate,
  };
}

/** A responder without ocsp-nocheck must be on no list of its issuer (RFC 6960 4.2.2.2.1). */
function listedGood(responder: Certificate, question: StatusQuestion): boolean {
  return question.evidence.crls.some((der) => {
    try {
      return fromList(der, { ...question, certificate: responder })?.status === 'good';
    } catch (error) {
      if (!isSeglError(error)) throw error;
      return false;
    }
  });
}
