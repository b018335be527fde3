/** Codes of certificates, keys, their status and time-stamps; their texts are in `texts/`. */
import { defineProblems } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const pkiProblems = defineProblems({
  errors: {
    ASN1_INVALID: { fault: 'Client', params: { why: 'text' } },
    PEM_INVALID: { fault: 'Server', params: { why: 'text' } },
    KEY_INVALID: { fault: 'Server', params: { why: 'text' } },
    TIMESTAMP_INVALID: { fault: 'Client', params: { why: 'text', part: 'token?' } },
    TSA_FAILED: { fault: 'Server', params: { url: 'token', why: 'text' } },
    CERT_PATH_INVALID: { fault: 'Client', params: { subject: 'token', why: 'text' } },
    CERT_REVOKED: { fault: 'Client', params: { subject: 'token', at: 'token' } },
    CERT_STATUS_UNKNOWN: { fault: 'Client', params: { subject: 'token', why: 'text' } },
    OCSP_INVALID: { fault: 'Server', params: { why: 'text' } },
    CRL_INVALID: { fault: 'Server', params: { why: 'text' } },
    REVOCATION_UNAVAILABLE: { fault: 'Server', params: { url: 'token' } },
    ALGORITHMS_INVALID: { fault: 'Server', params: { file: 'token', why: 'text' } },
    EVIDENCE_INVALID: { fault: 'Client', params: { why: 'text' } },
  },
  details: {},
  texts: { en, da },
  uses: [generalProblems],
});
