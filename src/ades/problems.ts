/** Codes of documents and signatures; their texts are in `texts/`. */
import { defineProblems } from '@segl/problem/errors';
import { pkiProblems } from '@segl/pki/problems';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const adesProblems = defineProblems({
  errors: {
    CMS_INVALID: { fault: 'Client', params: { why: 'text' } },
    PDF_INVALID: { fault: 'Client', params: { why: 'text' } },
    ASIC_INVALID: { fault: 'Client', params: { why: 'text' } },
    PDF_ENCRYPTED: { fault: 'Client' },
    PDF_CERTIFIED: { fault: 'Client' },
    PADES_INVALID: { fault: 'Client', params: { why: 'text', part: 'token?' } },
    XML_INVALID: { fault: 'Client', params: { why: 'text' } },
    XML_CHARACTER_INVALID: { fault: 'Client', params: { character: 'token', where: 'token' } },
    XMLDSIG_INVALID: { fault: 'Client', params: { why: 'text', part: 'token?' } },
    XADES_INVALID: { fault: 'Client', params: { why: 'text' } },
    XADES_LEVEL: { fault: 'Client', params: { why: 'text' } },
    LTVSDO_INVALID: { fault: 'Client', params: { why: 'text' } },
  },
  details: {},
  texts: { en, da },
  uses: [pkiProblems],
});
