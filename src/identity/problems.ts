/** Codes of identity methods and the evidence that they leave; their texts are in `texts/`. */
import { defineProblems, type SeglError } from '@segl/problem/errors';
import { adesProblems } from '@segl/ades/problems';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const identityProblems = defineProblems({
  errors: {
    METHOD_UNKNOWN: { fault: 'Client', params: { name: 'token', known: 'text' } },
    SIGN_TYPE_REFUSED: { fault: 'Client', params: { type: 'token' } },
    SIGN_TEXT_UNREADABLE: { fault: 'Client', params: { document: 'token', why: 'text' } },
    NATIVE_SIGNATURE_REFUSED: { fault: 'Client', params: { check: 'token', why: 'text' } },
    LOGIN_REFUSED: { fault: 'Client', params: { check: 'token', why: 'text' } },
    OCES_INVALID: { fault: 'Client', params: { why: 'text' } },
    CPR_SERVICE_REFUSED: { fault: 'Server', params: { service: 'token', name: 'token', status: 'token' } },
    CPR_NOT_AGREED: { fault: 'Server', params: { service: 'token', name: 'token', status: 'token' } },
    CPR_PERSON_UNKNOWN: { fault: 'Client', params: { service: 'token', name: 'token', status: 'token' } },
    CPR_GUESSING: { fault: 'Client', params: { service: 'token' } },
    WSD_INVALID: { fault: 'Client', params: { why: 'text' } },
    POLICY_NOT_MET: { fault: 'Server', params: { requirement: 'token', why: 'text' } },
  },
  details: {},
  texts: { en, da },
  uses: [adesProblems],
});

/** What a refused message was refused for, to be told under another code. */
export const refusalIn = ({ params }: SeglError): { readonly check: string; readonly why: string } =>
  params as { readonly check: string; readonly why: string };
