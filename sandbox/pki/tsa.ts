/** A time-stamp authority (RFC 3161), as a function from request to response. */
import { createHash } from 'node:crypto';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import { readAlgorithm, readExtensions } from '@segl/pki/x509/certificate-fields';
import { writeSignedData } from '@segl/pki/cms/cms-write';
import { contextTag, readDer, Tag } from '@segl/pki/asn1/der';
import { generalizedTime, integer, namedBits, oid, sequence, utf8String } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import { digestName } from '@segl/pki/algorithms/signature-algorithm';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { isSeglError } from '@segl/problem/errors';

export interface TimeStampAuthority {
  /** Its certificate has the critical extended key usage timeStamping alone. */
  readonly key: SigningKey;
  readonly now: Date;
  /** OID of the only policy that is served. */
  readonly policyOid: string;
  /** Never used before by this authority. */
  readonly serial: number | bigint | Uint8Array;
}

/** PKIFailureInfo (RFC 3161 2.4.2). */
const Failure = { badAlg: 0, badRequest: 2, badDataFormat: 5, unacceptedPolicy: 15, unacceptedExtension: 16 };
const digestLengths = { sha256: 32, sha384: 48, sha512: 64 } as const;

interface TimeStampRequest {
  /** DER, echoed in the token. */
  readonly messageImprint: Uint8Array;
  /** What the imprint was made by, and the token is signed by. */
  readonly hash: NewDigest;
  readonly nonce: Uint8Array | undefined;
  readonly wantsCertificates: boolean;
}

class Refusal extends Error {
  readonly failure: number;

  constructor(failure: number, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** The DER TimeStampResp to a DER TimeStampReq; bad requests get status `rejection` with the failure and a text. */
export async function answerTimestamp(
  request: Uint8Array,
  authority: TimeStampAuthority,
): Promise<Uint8Array> {
  let read: TimeStampRequest;
  try {
    read = readRequest(request, authority.policyOid);
  } catch (error) {
    if (error instanceof Refusal) return rejection(error.failure, error.message);
    if (isSeglError(error, 'ASN1_INVALID')) return rejection(Failure.badDataFormat, error.text);
    throw error;
  }
  const { key, now, policyOid, serial } = authority;
  const content = sequence(
    integer(1),
    oid(policyOid),
    read.messageImprint,
    integer(serial),
    generalizedTime(now, 'milliseconds'),
    sequence(integer(1)), // accuracy: one second
    ...(read.nonce ? [integer(read.nonce)] : []),
  );
  const { hash } = read;
  const token = await writeSignedData({
    contentType: Oid.tstInfo,
    content,
    digest: createHash(hash).update(content).digest(),
    hash,
    key,
    certificates: read.wantsCertificates ? [key.certificate, ...key.chain] : [],
  });
  return sequence(sequence(integer(0)), token);
}

const rejection = (failure: number, text: string): Uint8Array =>
  sequence(sequence(integer(2), sequence(utf8String(text)), namedBits([failure])));

function readRequest(der: Uint8Array, policyOid: string): TimeStampRequest {
  const reader = readDer(der).sequence();
  if (reader.next().number() !== 1) throw new Refusal(Failure.badRequest, 'Only version 1 is served.');
  const messageImprint = reader.next(Tag.sequence);
  const imprint = messageImprint.sequence();
  const digest = digestName(readAlgorithm(imprint.next()).oid);
  const value = imprint.next().octets();
  imprint.finish();
  const policy = reader.optional(Tag.oid)?.oid();
  const nonce = reader.optional(Tag.integer)?.unsigned();
  const wantsCertificates = reader.optional(Tag.boolean)?.boolean() ?? false;
  const extensions = readExtensions(reader.optional(contextTag(0))?.as(Tag.sequence));
  reader.finish();

  if (!digest || digest === 'sha1')
    throw new Refusal(Failure.badAlg, 'The digest algorithm is not accepted.');
  if (value.length !== digestLengths[digest]) {
    throw new Refusal(Failure.badDataFormat, 'The imprint has the wrong length.');
  }
  if (policy && policy !== policyOid)
    throw new Refusal(Failure.unacceptedPolicy, 'The policy is not served.');
  if (extensions.length > 0) throw new Refusal(Failure.unacceptedExtension, 'Extensions are not served.');
  return { messageImprint: messageImprint.raw, hash: digest, nonce, wantsCertificates };
}
