/** The client of a time-stamp authority (RFC 3161 over HTTP). */
import { randomBytes } from 'node:crypto';
import type { NewDigest } from '../algorithms/algorithm-constraints.ts';
import { readDer, Tag } from '../asn1/der.ts';
import { boolean, integer, octetString, oid, sequence } from '../asn1/der-write.ts';
import { Oid } from '../asn1/oids.ts';
import type { Timestamper } from '../algorithms/signing-key.ts';
import { verifyTimeStampToken } from './timestamp.ts';
import type { Clock } from '@segl/problem/clock';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import { parseCertificate, type Certificate } from '../x509/certificate.ts';
import type { HttpPost } from '../revocation/http.ts';
import { buildPath } from '../x509/path.ts';
import { namesStatusSource, type RevocationService } from '../revocation/revocation.ts';
import { goodStatus } from '../revocation/validate.ts';

const NONCE_BYTES = 16;
/** What a token by another digest than was asked for is held against. */
const NOTHING = new Uint8Array();
/** How far the authority's clock may be off ours. */
const TOLERANCE_MS = 5 * 60_000;

/** DER TimeStampReq over a digest made by `hash`; the certificates of the authority are asked for. */
export const buildTimeStampRequest = (
  digest: Uint8Array,
  nonce: Uint8Array,
  hash: NewDigest = 'sha256',
): Uint8Array =>
  sequence(
    integer(1),
    sequence(sequence(oid(Oid[hash])), octetString(digest)),
    integer(nonce),
    boolean(true),
  );

/**
 * A Timestamper that asks the authority at `url`. What it gives is checked before it is handed on: status, imprint,
 * nonce, signature, time, and the path of the authority's certificate to one of `anchors` (DER). With `revocation` also
 * the status of each certificate below the anchor that names a source of it: one that was revoked, or whose status
 * cannot be learned now, stamps nothing, since a stamp cannot be taken back and one that comes a little later is as good.
 * `hash`: what time-stamps are over is digested by it, SHA-256 when left out. Throws TSA_FAILED {url, why}.
 */
export function createTimestamper(services: {
  readonly url: string;
  readonly anchors: readonly Uint8Array[];
  readonly post: HttpPost;
  readonly clock: Clock;
  readonly revocation?: RevocationService;
  readonly hash?: NewDigest;
}): Timestamper {
  const { url, post, clock, revocation, hash = 'sha256' } = services;
  const anchors = services.anchors.map(parseCertificate);

  const failed = (why: Problem, cause?: unknown): SeglError =>
    pkiProblems.error('TSA_FAILED', { url, why }, { cause });

  const check = async (
    body: Uint8Array,
    nonce: Uint8Array,
    digestBy: (hash: string) => Uint8Array,
    notBefore: Date | undefined,
  ): Promise<Uint8Array> => {
    const token = readTimeStampResponse(body);
    const stamp = verifyTimeStampToken(token, digestBy);
    if (!stamp.nonce || Buffer.compare(integer(stamp.nonce), integer(nonce)) !== 0) {
      throw failed(pkiProblems.of('tsa/other-request'));
    }
    if (Math.abs(stamp.genTime.getTime() - clock.now().getTime()) > TOLERANCE_MS) {
      throw failed(pkiProblems.of('tsa/clock', { said: stamp.genTime }));
    }
    if (notBefore && stamp.genTime < notBefore) {
      throw failed(pkiProblems.of('tsa/clock-behind', { said: stamp.genTime, before: notBefore }));
    }
    const path = buildPath({
      leaf: parseCertificate(stamp.certificate),
      intermediates: stamp.certificates.map(parseCertificate),
      anchors,
      at: stamp.genTime,
    });
    if (revocation) await requireGood(path, revocation);
    return token;
  };

  return async (digestBy, notBefore) => {
    const digest = digestBy(hash);
    const nonce = randomBytes(NONCE_BYTES);
    let response;
    try {
      response = await post(url, buildTimeStampRequest(digest, nonce, hash), 'application/timestamp-query');
    } catch (cause) {
      throw failed(pkiProblems.of('tsa/no-answer'), cause);
    }
    if (response.status !== 200) throw failed(pkiProblems.of('tsa/http-status', { status: response.status }));
    try {
      return await check(
        Uint8Array.from(response.body),
        nonce,
        (by) => (by === hash ? digest : NOTHING),
        notBefore,
      );
    } catch (error) {
      if (!isSeglError(error) || error.code === 'TSA_FAILED') throw error;
      throw failed(error.problem, error);
    }
  };
}

async function requireGood(path: readonly Certificate[], revocation: RevocationService): Promise<void> {
  const links = path.slice(0, -1).map((certificate, index) => ({ certificate, issuer: path[index + 1]! }));
  await Promise.all(
    links
      .filter(({ certificate }) => namesStatusSource(certificate))
      .map(({ certificate, issuer }) => goodStatus(certificate, issuer, revocation)),
  );
}

/** The token of a DER TimeStampResp. Throws ASN1_INVALID, TIMESTAMP_INVALID when the request was not granted. */
export function readTimeStampResponse(der: Uint8Array): Uint8Array {
  const reader = readDer(der).sequence();
  const statusInfo = reader.next().sequence();
  const status = statusInfo.next().number();
  const texts = statusInfo.optional(Tag.sequence)?.sequence().rest() ?? [];
  if (status > 1) {
    const said = texts.map((text) => text.text()).join(' ');
    throw pkiProblems.error('TIMESTAMP_INVALID', {
      why: said
        ? pkiProblems.of('timestamp/refused-saying', { status, said })
        : pkiProblems.of('timestamp/refused', { status }),
    });
  }
  const token = reader.next(Tag.sequence);
  reader.finish();
  return token.raw;
}
