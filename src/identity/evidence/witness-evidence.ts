/** Judges what the service witnessed, from the package alone: the WSD, the login in it, and handwriting. */
import type { LtvSdoContent } from './ltvsdo/content.ts';
import type { VerifiedSeal } from '@segl/ades/xades/verify-seal';
import { verifyWsd } from './wsd/read.ts';
import { bindingOf } from './wsd/write.ts';
import { verifyNemIdLoginEvidence } from '../methods/nemid/evidence.ts';
import {
  readHandwriting,
  readOriginal,
  requireHandwriting,
  requireMethod,
  requireNativeWsd,
  requireOrderOfTime,
  requireSameTold,
} from './witnessed.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../problems.ts';
import type { Handwriting } from '../methods/handwriting/handwriting.ts';
import type { Certificate } from '@segl/pki/x509/certificate';
import { HANDWRITING_EVENT } from './handwriting-event.ts';

const invalid = (why: Problem): SeglError => identityProblems.error('EVIDENCE_INVALID', { why });

export interface VerifiedWitnessed {
  /** Its path is for the caller to validate. */
  readonly seal: VerifiedSeal;
  readonly signer: {
    readonly signerPath: readonly Certificate[];
    readonly document: Uint8Array;
    readonly handwriting?: Handwriting;
    readonly witnessed: { readonly login: boolean };
  };
}

/**
 * Verifies the WSD in a package (packaging policy wsd, section 7): core and form of its seal, the login with its binding
 * to the statement, the handwriting with its binding to the document, and that the package tells of the same signer,
 * document and time. `anchors`: of the eID, DER. Throws WSD_INVALID, EVIDENCE_INVALID and what the eID's part throws.
 */
export function verifyWitnessed(content: LtvSdoContent, anchors: readonly Uint8Array[]): VerifiedWitnessed {
  requireNativeWsd(content);
  const { content: wsd, seal } = verifyWsd(content.native.bytes);
  requireSameTold(content, wsd);
  requireOrderOfTime(wsd, seal.signingTime);
  requireMethod(wsd);
  const { statement, login, signer } = wsd;
  const handwriting = readHandwriting(wsd);
  const signerPath = login
    ? verifyNemIdLoginEvidence(
        login,
        { ...signer, uniqueId: signer.uniqueId ?? '', binding: bindingOf(statement) },
        anchors,
      ).path
    : [];
  return {
    seal,
    signer: {
      signerPath,
      document: readOriginal(content),
      ...(handwriting && { handwriting }),
      witnessed: { login: login !== undefined },
    },
  };
}

/** The handwriting beside an eID's signature (packaging policy nemid-handwritten, N4 and N5). */
export function readHandwritingEvent({ creationAuditTrail, document }: LtvSdoContent): Handwriting {
  const [event, ...more] = creationAuditTrail.filter(({ type }) => type === HANDWRITING_EVENT);
  const entries = new Map(event?.data.map(({ name, value }) => [name, value]));
  const bytes = (name: string): Buffer => Buffer.from(entries.get(name) ?? '', 'base64');
  const kind = entries.get('handwriting-kind');
  if (
    !event ||
    more.length > 0 ||
    entries.size !== event.data.length ||
    (kind !== 'drawn' && kind !== 'typed')
  ) {
    throw invalid(identityProblems.of('wsd/handwriting-count'));
  }
  if (!bytes('document-digest').equals(document.sha256)) {
    throw invalid(identityProblems.of('wsd/handwriting-of-other-document'));
  }
  const text = entries.get('handwriting') ?? '';
  return requireHandwriting({ kind, text }, bytes('handwriting-digest'), document.sha256);
}
