/**
 * A one-time code: the service's own record that a code went to an address of the order and came back in the session. It is
 * nobody else's word, so what it proves is that somebody could read what was sent there (NIST SP 800-63B-4, 3.1.3).
 */
import { createHash, createHmac } from 'node:crypto';
import { failed, passed } from '@segl/ades/validation/facts';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../../../problems.ts';
import { nonceOf } from '../commitment.ts';
import type { IdentityEvidence, Proof } from '../content.ts';
import { bytesOf } from '../read.ts';
import { count, object, oneOf, text } from '../shape.ts';
import { constraint, digest, type ProofVerifier } from './verifier.ts';

export const ONE_TIME_CODE = 'one-time-code';
export const ONE_TIME_CODE_TYPE = 'application/vnd.segl.one-time-code+json';

/** Issuer of evidence that the service gives of itself. */
export const OWN_WORD = 'urn:segl:own-word';
/** As whom the service knows itself there. */
export const OWN_CLIENT = 'segl';

export const CODE_CHANNELS = ['sms', 'email'] as const;
export type CodeChannel = (typeof CODE_CHANNELS)[number];

/** Milliseconds that a code is good for, and how often one may be tried. */
export const CODE_LIFE = 10 * 60_000;
export const CODE_TRIES = 5;

/** Times are ISO 8601, UTC, by the service's clock. */
export interface CodeRecord {
  readonly version: 1;
  readonly channel: CodeChannel;
  /** E.164, or a mail address. */
  readonly address: string;
  /** `subjectOf` the channel and the address. */
  readonly sub: string;
  /** As the order names the person; else the address, masked. */
  readonly name: string;
  /** Of the commitment. */
  readonly nonce: string;
  /** HMAC-SHA256 of the code under the commitment's salt, lower-case hex. */
  readonly code: string;
  /** Names the message at whoever delivered it, and what that answered. */
  readonly message: string;
  readonly status: number;
  readonly sent: string;
  readonly verified: string;
  /** The right one included. */
  readonly tries: number;
}

/** The same for the same address, which it does not tell. */
export const subjectOf = (channel: CodeChannel, address: string): string =>
  createHash('sha256').update(`${channel}:${address.toLowerCase()}`).digest('hex');

export const codeHmac = (code: string, salt: string): string =>
  createHmac('sha256', Buffer.from(salt, 'base64url')).update(code).digest('hex');

const time = text(24, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u);
const hex = text(64, /^[0-9a-f]{64}$/u);
const shape = object({
  version: oneOf(1),
  channel: oneOf(...CODE_CHANNELS),
  address: text(320),
  sub: hex,
  name: text(320),
  nonce: text(43, /^[\w-]{43}$/u),
  code: hex,
  message: text(128),
  status: count(999),
  sent: time,
  verified: time,
  tries: count(CODE_TRIES),
});

function read(proof: Proof): CodeRecord | undefined {
  try {
    const value: unknown = JSON.parse(bytesOf(proof).toString('utf8'));
    return shape(value, '') === undefined ? (value as CodeRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** Sent after the commitment was made, typed before it ran out, and received in that moment. */
function timesProblem(
  { sent, verified, tries }: CodeRecord,
  { commitment, times }: IdentityEvidence,
): Problem | undefined {
  const [from, to] = [new Date(sent).getTime(), new Date(verified).getTime()];
  const isOrdered =
    new Date(commitment.created).getTime() <= from && from <= to && times.received === verified;
  return isOrdered && to - from <= CODE_LIFE && tries > 0
    ? undefined
    : identityProblems.of('one-time-code/times');
}

/** Control of an address is never more than the least assurance. */
function levelProblem(
  { channel }: CodeRecord,
  { assurance, commitment }: IdentityEvidence,
): Problem | undefined {
  const { claim, value, level, scale } = assurance;
  if (claim !== 'channel' || value !== channel || level !== 'low' || scale[channel] !== 'low')
    return identityProblems.of('one-time-code/level');
  return commitment.level === 'low'
    ? undefined
    : identityProblems.of('id-token/level-too-low', { level, wanted: commitment.level });
}

/** What a provider would have told; here there is none. */
export function moreTold({ method, intent, times }: IdentityEvidence): Problem | undefined {
  const isMore =
    method.answered !== undefined || intent.returned !== undefined || times.authenticated !== undefined;
  return isMore ? identityProblems.of('one-time-code/more') : undefined;
}

export const oneTimeCodeVerifier: ProofVerifier = {
  mediaType: ONE_TIME_CODE_TYPE,
  judge(proof, evidence) {
    const record = read(proof);
    if (!record || proof.role !== ONE_TIME_CODE) {
      const problem = identityProblems.of('proof/unreadable', { role: proof.role });
      return { findings: [failed('format', proof.role, 'FORMAT_FAILURE', problem)], binds: false };
    }
    const binds = record.nonce === nonceOf(evidence.commitment);
    const { provider, client } = evidence.method;
    const isOwn = provider === OWN_WORD && client === OWN_CLIENT;
    const isAddressed = record.sub === subjectOf(record.channel, record.address);
    return {
      findings: [
        passed('format', ONE_TIME_CODE),
        digest('challenge', binds ? undefined : identityProblems.of('id-token/nonce')),
        constraint('issuer', isOwn ? undefined : identityProblems.of('id-token/issuer')),
        constraint('address', isAddressed ? undefined : identityProblems.of('one-time-code/address')),
        constraint('valid-in-time', timesProblem(record, evidence)),
        constraint('level', levelProblem(record, evidence)),
        constraint('nothing-else', moreTold(evidence)),
      ],
      binds,
      claims: { ...record },
    };
  },
};
