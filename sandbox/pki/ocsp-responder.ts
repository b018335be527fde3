/** An OCSP responder for one issuing authority (RFC 6960), as a function from request to response. */
import { readExtensions } from '@segl/pki/x509/certificate-fields';
import { rsaPssAlgorithm } from '@segl/pki/cms/cms-write';
import { contextTag, readDer, Tag } from '@segl/pki/asn1/der';
import {
  bitString,
  contextValue,
  enumerated,
  generalizedTime,
  nullValue,
  octetString,
  oid,
  sequence,
  tlv,
} from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { isSeglError } from '@segl/problem/errors';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { keyHash, namesIssuer, readCertId, type CertId } from '@segl/pki/revocation/ocsp-format';

export interface CertificateStatus {
  readonly status: 'good' | 'revoked';
  readonly revokedAt?: Date;
  /** CRLReason (RFC 5280 5.3.1); left out where none was given. */
  readonly reason?: number;
}

export interface OcspAuthority {
  /** The authority whose certificates are asked about. */
  readonly issuer: Certificate;
  /** Status by serial number (upper-case hex, no leading zeros); undefined: never issued, answered as unknown. */
  readonly lookup: (serialNumber: string) => CertificateStatus | undefined;
  /** The responder's key: that of `issuer`, or of a delegate with OCSPSigning and ocsp-nocheck. */
  readonly responder: SigningKey;
  readonly now: Date;
  /** Until nextUpdate; 12 hours when left out. */
  readonly validForMs?: number;
}

const DEFAULT_VALIDITY_MS = 12 * 3_600_000;
const MAX_QUESTIONS = 20;

const refusal = (status: number): Uint8Array => sequence(enumerated(status));
const MALFORMED = 1;
const UNAUTHORIZED = 6;

const algorithms = {
  RSA: sequence(oid(Oid.sha256WithRsa), nullValue()),
  'RSA-PSS': rsaPssAlgorithm(),
  'EC-P256': sequence(oid(Oid.ecdsaWithSha256)),
} as const;

/**
 * The DER answer to a DER request: signed, by key, with the nonce of the request. Questions about other issuers are
 * answered `unauthorized`, unreadable ones `malformedRequest`.
 */
export async function answerOcsp(request: Uint8Array, authority: OcspAuthority): Promise<Uint8Array> {
  let questions: CertId[];
  let nonce: Uint8Array | undefined;
  try {
    ({ questions, nonce } = readRequest(request));
  } catch (error) {
    if (isSeglError(error, 'ASN1_INVALID')) return refusal(MALFORMED);
    throw error;
  }
  if (questions.length === 0 || questions.length > MAX_QUESTIONS) return refusal(MALFORMED);
  if (!questions.every((question) => namesIssuer(question, authority.issuer))) return refusal(UNAUTHORIZED);

  const { responder, now } = authority;
  const data = sequence(
    contextValue(2, octetString(keyHash(parseCertificate(responder.certificate)))),
    generalizedTime(now),
    sequence(...questions.map((question) => singleResponse(question, authority))),
    ...(nonce ? [contextValue(1, sequence(sequence(oid(Oid.ocspNonce), octetString(nonce))))] : []),
  );
  const basic = sequence(
    data,
    algorithms[responder.algorithm],
    bitString(await responder.sign(data)),
    contextValue(0, sequence(responder.certificate)),
  );
  return sequence(enumerated(0), contextValue(0, sequence(oid(Oid.ocspBasic), octetString(basic))));
}

/** `nonce` is the value of its extension, echoed as it came. */
function readRequest(der: Uint8Array): { questions: CertId[]; nonce: Uint8Array | undefined } {
  const outer = readDer(der).sequence();
  const reader = outer.next(Tag.sequence).sequence();
  reader.optional(contextTag(0)); // version
  reader.optional(contextTag(1)); // name of the requestor
  const questions = reader
    .next()
    .sequence()
    .rest()
    .map((question) => readCertId(question.sequence().next()));
  const extensions = readExtensions(reader.optional(contextTag(2))?.explicit(contextTag(2)));
  reader.finish();
  return { questions, nonce: extensions.find((extension) => extension.oid === Oid.ocspNonce)?.value };
}

function singleResponse(question: CertId, { lookup, now, validForMs }: OcspAuthority): Uint8Array {
  const known = lookup(Buffer.from(question.serial).toString('hex').toUpperCase());
  return sequence(
    question.raw,
    statusChoice(known),
    generalizedTime(now),
    contextValue(0, generalizedTime(new Date(now.getTime() + (validForMs ?? DEFAULT_VALIDITY_MS)))),
  );
}

function statusChoice(known: CertificateStatus | undefined): Uint8Array {
  if (!known) return tlv(0x82);
  return known.status === 'good'
    ? tlv(0x80)
    : contextValue(
        1,
        generalizedTime(known.revokedAt ?? new Date(0)),
        ...(known.reason === undefined ? [] : [contextValue(0, enumerated(known.reason))]),
      );
}
