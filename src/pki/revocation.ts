/** Fetching the status of certificates by OCSP, with a short memory. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { SeglError } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import type { HttpPost } from './http.ts';
import { buildOcspRequest, checkOcspResponse, type OcspResult } from './ocsp.ts';

const MAX_ENTRIES = 1000;
/** An answer is used again until its nextUpdate, but no longer than this: a revocation must be noticed soon. */
const MAX_AGE_MS = 10 * 60_000;
const NONCE_BYTES = 32;

/** An OCSP answer that was checked, with its DER as evidence and the responder that gave it. */
export interface OcspAnswer {
  readonly der: Uint8Array;
  readonly result: OcspResult;
  readonly url: string;
}

export class RevocationService {
  readonly #post: HttpPost;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #answers = new Map<string, { readonly answer: OcspAnswer; readonly until: number }>();
  readonly #running = new Map<string, Promise<OcspAnswer>>();

  constructor(services: { readonly post: HttpPost; readonly clock: Clock }) {
    this.#post = services.post;
    this.#clock = services.clock;
  }

  /**
   * The status of `certificate`, which `issuer` issued. Fresh answers carry our nonce; equal questions at the same
   * time are asked once. The responders named in the certificate are tried in order.
   * Throws REVOCATION_UNAVAILABLE {url} when none answers, OCSP_INVALID when the last answer is not usable,
   * CERT_STATUS_UNKNOWN when the certificate names no responder.
   */
  async ocsp(certificate: Certificate, issuer: Certificate): Promise<OcspAnswer> {
    const key = `${issuer.fingerprint} ${certificate.fingerprint}`;
    const kept = this.#answers.get(key);
    if (kept && this.#clock.now().getTime() < kept.until) return kept.answer;

    let running = this.#running.get(key);
    if (!running) {
      running = this.#fetch(certificate, issuer)
        .then((answer) => {
          this.#keep(key, answer);
          return answer;
        })
        .finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return running;
  }

  async #fetch(certificate: Certificate, issuer: Certificate): Promise<OcspAnswer> {
    let failure = new SeglError('CERT_STATUS_UNKNOWN', {
      subject: certificate.subjectDn,
      why: 'it names no OCSP responder',
    });
    for (const url of certificate.ocspUrls) {
      try {
        return await this.#ask(url, certificate, issuer);
      } catch (error) {
        if (!(error instanceof SeglError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  async #ask(url: string, certificate: Certificate, issuer: Certificate): Promise<OcspAnswer> {
    const nonce = randomBytes(NONCE_BYTES);
    const request = buildOcspRequest({ certificate, issuer, nonce });
    let response;
    try {
      response = await this.#post(url, request, 'application/ocsp-request');
    } catch (cause) {
      throw new SeglError('REVOCATION_UNAVAILABLE', { url }, { cause });
    }
    if (response.status !== 200) throw new SeglError('REVOCATION_UNAVAILABLE', { url });
    const der = Uint8Array.from(response.body);
    const result = checkOcspResponse(der, { certificate, issuer, at: this.#clock.now(), nonce });
    return { der, result, url };
  }

  /** `unknown` is not kept: the responder may learn of the certificate any moment. */
  #keep(key: string, answer: OcspAnswer): void {
    if (answer.result.status === 'unknown') return;
    const now = this.#clock.now().getTime();
    const until = Math.min(now + MAX_AGE_MS, answer.result.nextUpdate?.getTime() ?? now);
    this.#answers.delete(key);
    this.#answers.set(key, { answer, until });
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= MAX_ENTRIES) break;
      this.#answers.delete(oldest);
    }
  }
}
