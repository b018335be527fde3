/** Fetching the status of certificates: by OCSP, and from revocation lists. What was learned is remembered. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@segl/problem/clock';
import { SeglError, isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import type { Certificate } from '../x509/certificate.ts';
import {
  listedStatus,
  MAX_CRL_BYTES,
  readRevocationList,
  type ListedStatus,
  type RevocationList,
} from './crl.ts';
import type { HttpAnswer, HttpGet, HttpPost } from './http.ts';
import { buildOcspRequest, checkOcspResponse, type OcspResult } from './ocsp.ts';
import { StatusMemory } from './status-memory.ts';

const MAX_ANSWERS = 1000;
const MAX_LIST_MEMORY = 128 << 20;
/** Answers count until their nextUpdate, but a revocation must be noticed soon: they are asked for again after this. */
const ANSWER_AGE_MS = 10 * 60_000;
/** Lists are large, and issuers make a new one a few times a day. */
const LIST_AGE_MS = 3_600_000;
const NONCE_BYTES = 32;

/** An OCSP answer that was checked, with its DER as evidence and the responder that gave it. */
export interface OcspAnswer {
  readonly der: Uint8Array;
  readonly result: OcspResult;
  readonly url: string;
  /** The list that tells the status of the responder, where it needs one (no ocsp-nocheck). */
  readonly responderList?: Uint8Array;
}

/** What is known about one certificate, and the evidence of it. */
export interface CertificateStatus {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt?: Date;
  readonly reason?: string;
  readonly source: 'ocsp' | 'crl';
  readonly url: string;
  /** DER. */
  readonly ocsps: readonly Uint8Array[];
  readonly crls: readonly Uint8Array[];
  /** Who signed the OCSP answer. */
  readonly responder?: Certificate;
}

/** Where a certificate says that its status can be had. */
export const namesStatusSource = ({ ocspUrls, crlUrls }: Certificate): boolean =>
  ocspUrls.length > 0 || crlUrls.length > 0;

export class RevocationService {
  readonly #post: HttpPost;
  readonly #get: HttpGet | undefined;
  readonly #clock: Clock;
  readonly #nonce: 'required' | 'optional';
  readonly #answers: StatusMemory<OcspAnswer>;
  readonly #lists: StatusMemory<RevocationList>;

  /**
   * Without `get` revocation lists cannot be had. `nonce` tells whether OCSP answers must repeat the nonce that is sent
   * (`required` when left out); one that is repeated wrongly is never taken.
   */
  constructor(services: {
    readonly post: HttpPost;
    readonly get?: HttpGet;
    readonly clock: Clock;
    readonly nonce?: 'required' | 'optional';
  }) {
    const { clock } = services;
    this.#post = services.post;
    this.#get = services.get;
    this.#clock = clock;
    this.#nonce = services.nonce ?? 'required';
    this.#answers = new StatusMemory({ clock, maxAgeMs: ANSWER_AGE_MS, capacity: MAX_ANSWERS });
    this.#lists = new StatusMemory({ clock, maxAgeMs: LIST_AGE_MS, capacity: MAX_LIST_MEMORY });
  }

  /**
   * The status of `certificate`, which `issuer` issued: by OCSP where it names a responder, else or when that gives no
   * usable answer from a revocation list. A responder's `unknown` stands: a list cannot tell what was never issued.
   * Throws what `ocsp` or else `listed` throws, the first failure of several.
   */
  async status(certificate: Certificate, issuer: Certificate): Promise<CertificateStatus> {
    let failure: SeglError | undefined;
    for (const ask of [
      ...(certificate.ocspUrls.length > 0 ? [() => this.#byOcsp(certificate, issuer)] : []),
      ...(certificate.crlUrls.length > 0 ? [() => this.#byList(certificate, issuer)] : []),
    ]) {
      try {
        return await ask();
      } catch (error) {
        if (!isSeglError(error)) throw error;
        failure ??= error;
      }
    }
    throw failure ?? noSource(certificate, pkiProblems.of('status/no-source'));
  }

  /**
   * The OCSP answer about `certificate`. The responders named in the certificate are tried in order.
   * Throws REVOCATION_UNAVAILABLE {url} when none answers, OCSP_INVALID when the last answer is not usable,
   * CERT_STATUS_UNKNOWN when the certificate names no responder, CERT_REVOKED when that of the responder is revoked.
   */
  ocsp(certificate: Certificate, issuer: Certificate): Promise<OcspAnswer> {
    return this.#answers.get(`${issuer.fingerprint} ${certificate.fingerprint}`, async () => {
      const value = await firstOf(
        certificate.ocspUrls,
        noSource(certificate, pkiProblems.of('status/no-responder')),
        (url) => this.#ask(url, certificate, issuer),
      );
      const { status, nextUpdate } = value.result;
      // the responder may learn of the certificate any moment
      return { value, until: status === 'unknown' ? undefined : nextUpdate, size: 1 };
    });
  }

  /**
   * What the revocation list of `issuer` tells about `certificate`, with the list. Throws REVOCATION_UNAVAILABLE {url},
   * CRL_INVALID, CERT_STATUS_UNKNOWN when the certificate names no list.
   */
  listed(
    certificate: Certificate,
    issuer: Certificate,
  ): Promise<{ readonly list: RevocationList; readonly result: ListedStatus; readonly url: string }> {
    const none = noSource(certificate, pkiProblems.of('status/no-list'));
    return firstOf(certificate.crlUrls, none, async (url) => {
      const list = await this.#lists.get(`${issuer.fingerprint} ${url}`, async () => {
        const value = readRevocationList(await this.#fetchList(url), { issuer });
        return { value, until: value.nextUpdate, size: value.der.length };
      });
      return { list, result: listedStatus(list, { certificate, at: this.#clock.now() }), url };
    });
  }

  async #byOcsp(certificate: Certificate, issuer: Certificate): Promise<CertificateStatus> {
    const { der, result, url, responderList } = await this.ocsp(certificate, issuer);
    const { status, revokedAt, reason, responder } = result;
    return {
      ...{ status, source: 'ocsp', url, responder },
      ...{ ocsps: [der], crls: responderList ? [responderList] : [] },
      ...(revokedAt && { revokedAt }),
      ...(reason && { reason }),
    };
  }

  async #byList(certificate: Certificate, issuer: Certificate): Promise<CertificateStatus> {
    const { list, result, url } = await this.listed(certificate, issuer);
    const { status, revokedAt, reason } = result;
    return {
      ...{ status, source: 'crl', url, ocsps: [], crls: [list.der] },
      ...(revokedAt && { revokedAt }),
      ...(reason && { reason }),
    };
  }

  async #ask(url: string, certificate: Certificate, issuer: Certificate): Promise<OcspAnswer> {
    const nonce = randomBytes(NONCE_BYTES);
    const request = buildOcspRequest({ certificate, issuer, nonce });
    const der = await answerOf(url, () => this.#post(url, request, 'application/ocsp-request'));
    const at = this.#clock.now();
    const result = checkOcspResponse(der, {
      ...{ certificate, issuer, at, nonce },
      nonceOptional: this.#nonce === 'optional',
      delegates: 'any',
    });
    return { der, result, url, ...(await this.#responderStatus(result, issuer)) };
  }

  /** A delegate without ocsp-nocheck must be on no list of its issuer (RFC 6960 4.2.2.2.1); OCSP would ask itself. */
  async #responderStatus(
    { responder, responderNeedsStatus }: OcspResult,
    issuer: Certificate,
  ): Promise<Pick<OcspAnswer, 'responderList'>> {
    if (!responderNeedsStatus) return {};
    const { list, result } = await this.listed(responder, issuer);
    if (result.status === 'revoked')
      throw pkiProblems.error('OCSP_INVALID', { why: pkiProblems.of('ocsp/responder-revoked') });
    return { responderList: list.der };
  }

  async #fetchList(url: string): Promise<Uint8Array> {
    const get = this.#get;
    if (!get) throw pkiProblems.error('REVOCATION_UNAVAILABLE', { url });
    return answerOf(url, () => get(url, MAX_CRL_BYTES));
  }
}

const noSource = (certificate: Certificate, why: Problem): SeglError =>
  pkiProblems.error('CERT_STATUS_UNKNOWN', { subject: certificate.subjectDn, why });

/** The first source that gives something usable; the failure of the last one, or `none` when there is no source. */
async function firstOf<T>(
  urls: readonly string[],
  none: SeglError,
  ask: (url: string) => Promise<T>,
): Promise<T> {
  let failure = none;
  for (const url of urls) {
    try {
      return await ask(url);
    } catch (error) {
      if (!(error instanceof SeglError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

async function answerOf(url: string, request: () => Promise<HttpAnswer>): Promise<Uint8Array> {
  let answer: HttpAnswer;
  try {
    answer = await request();
  } catch (cause) {
    throw pkiProblems.error('REVOCATION_UNAVAILABLE', { url }, { cause });
  }
  if (answer.status !== 200) throw pkiProblems.error('REVOCATION_UNAVAILABLE', { url });
  return Uint8Array.from(answer.body);
}
