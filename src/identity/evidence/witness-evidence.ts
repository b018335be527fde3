/** Judges what the service witnessed, from the package alone: the WSD, the login in it, and handwriting. */
import type { LtvSdoContent } from './ltvsdo/content.ts';
import type { VerifiedSeal } from '@segl/ades/xades/verify-seal';
import { verifyWsd } from './wsd/read.ts';
import { bindingOf } from './wsd/write.ts';
import type { KeptLogin, ToldLogin } from '../method.ts';
import { anchorsOf, type SignerTrust } from './registry.ts';
import {
  readHandwriting,
  readOriginal,
  requireBundle,
  requireMethod,
  requireNativeWsd,
  requireOrderOfTime,
  requireSameTold,
} from './witnessed.ts';
import type { Handwriting } from '../handwriting.ts';
import type { Certificate } from '@segl/pki/x509/certificate';

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
 * document and time. Throws WSD_INVALID, EVIDENCE_INVALID and what verifying the login throws.
 */
export function verifyWitnessed(content: LtvSdoContent, trust: SignerTrust): VerifiedWitnessed {
  requireNativeWsd(content);
  const { content: wsd, seal } = verifyWsd(content.native.bytes);
  requireSameTold(content, wsd);
  requireOrderOfTime(wsd, seal.signingTime);
  requireMethod(wsd, trust.registry);
  requireBundle(content, wsd);
  const { statement, login, signer } = wsd;
  const handwriting = readHandwriting(wsd);
  const signerPath = login
    ? verifyLogin(
        login,
        statement.method,
        {
          ...signer,
          uniqueId: signer.uniqueId ?? '',
          nationalId: content.signer.nationalId,
          binding: bindingOf(wsd),
        },
        trust,
      )
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

function verifyLogin(
  login: KeptLogin,
  method: string,
  told: ToldLogin,
  trust: SignerTrust,
): readonly Certificate[] {
  const known = trust.registry.login(method, login.message);
  return known ? known.login.verify(login, told, anchorsOf(trust, known.module)).path : [];
}
