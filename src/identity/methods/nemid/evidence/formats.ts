/** What NemID leaves behind. */
import { NATIVE_XMLDSIG } from '../../../evidence/ltvsdo/content.ts';
import type { EvidenceFormat } from '../../../method.ts';
import { cprGap } from '../cpr/cpr-events.ts';
import { verifyNemIdLoginEvidence } from './evidence.ts';
import { isNativeMessage } from './message.ts';

export const NEMID_SIGNATURE_FORMAT = NATIVE_XMLDSIG.format;
export const NEMID_LOGIN_FORMAT = 'urn:segl:format:nemid-login';

export const formats: readonly EvidenceFormat[] = [
  {
    id: NEMID_SIGNATURE_FORMAT,
    mimeType: NATIVE_XMLDSIG.mimeType,
    version: NATIVE_XMLDSIG.version,
    title: 'XML Signature',
  },
  {
    id: NEMID_LOGIN_FORMAT,
    mimeType: NATIVE_XMLDSIG.mimeType,
    version: NATIVE_XMLDSIG.version,
    title: 'NemID log-on',
    login: {
      names: ['nemid', 'nemid-moces', 'nemid-codefile'],
      recognises: isNativeMessage,
      verify: verifyNemIdLoginEvidence,
      nationalIdGap: cprGap,
    },
  },
];
