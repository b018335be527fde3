/** Codes of OCES certificates, and of those that calling systems show; their texts are in `texts/`. */
import { defineProblems } from '@segl/problem/errors';
import { pkiProblems } from '@segl/pki/problems';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const ocesProblems = defineProblems({
  errors: {
    OCES_INVALID: { fault: 'Client', status: 422, params: { why: 'problem' } },
    CALLER_CERTIFICATE_MISSING: { fault: 'Client', params: { service: 'token' } },
    CALLER_CERTIFICATE_UNREADABLE: { fault: 'Client', params: { why: 'problem' } },
    CALLER_CERTIFICATE_EXPIRED: { fault: 'Client', params: { what: 'problem' } },
    CALLER_CHAIN_REFUSED: { fault: 'Client', params: { why: 'problem' } },
    CALLER_TYPE_REFUSED: { fault: 'Client', params: { why: 'problem' } },
    CALLER_OCES2_ENDED: { fault: 'Client', params: { end: 'instant' } },
    CALLER_CERTIFICATE_REVOKED: { fault: 'Client', params: { when: 'problem' } },
    CALLER_STATUS_UNKNOWN: { fault: 'Server' },
  },
  details: {
    'oces/authority': {},
    'oces/nameless': {},
    'oces/serial-number': {},
    'oces/serial-numbers': {},
    'oces/subject-of-oces3': {},
    'oces/policy': { type: 'token', policies: 'names' },
    'oces/not-for-signatures': {},
    'oces/key-of-authority': {},
    'oces/not-committing': {},
    'oces/committing': { type: 'token' },
    'oces/two-companies': {},
    'oces/no-broker': { organization: 'name' },
    'oces/is-employee': { organization: 'name', cvr: 'token', uuid: 'token' },
    'oces/is-organisation': { organization: 'name', cvr: 'token', uuid: 'token' },
    'oces/no-issuer': {},
    'oces/other-environment': { other: 'token', name: 'token' },
    'oces/other-hierarchy': { name: 'token' },
    'oces/issuer': { issuer: 'name' },
    'setting/trust-of-other': { name: 'name', other: 'token' },
    'setting/trust-missing': {},
    'setting/trust-of-nobody': { name: 'name', environment: 'token' },
    'setting/root-changed': { file: 'token' },
    'caller/not-a-certificate': {},
    'caller/not-yet-valid': { notBefore: 'instant' },
    'caller/expired': { notAfter: 'instant' },
    'caller/chain-not-accepted': { chain: 'name', environment: 'token' },
    'caller/names-a-person': { type: 'token' },
  },
  texts: { en, da },
  uses: [pkiProblems],
});
