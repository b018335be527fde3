/** Codes of what cannot be read of a SOAP request; their texts are in `texts/`. */
import { defineProblems } from '@segl/problem/errors';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const soapProblems = defineProblems({
  errors: {},
  details: {
    'soap/type-unknown': { base: 'token', known: 'names' },
    'soap/text-not-allowed': {},
    'soap/repeated': {},
    'soap/attribute-unknown': { known: 'names' },
    'soap/element-unknown': { known: 'names' },
    'soap/elements-not-allowed': {},
    'soap/missing': {},
    'soap/not-one-of': { allowed: 'names' },
    'soap/not-a-boolean': {},
    'soap/not-an-integer': {},
    'soap/not-a-date-time': {},
    'soap/not-base64': {},
    'soap/not-an-envelope': {},
    'soap/not-one-body': {},
    'soap/body-empty': {},
    'soap/body-not-one-element': {},
    'soap/doctype': {},
    'soap/xml-version': { version: 'name' },
    'soap/too-many-attributes': { limit: 'number' },
    'soap/too-deep': { limit: 'number' },
    'soap/too-many-elements': { limit: 'number' },
    'soap/too-many-ampersands': { limit: 'number' },
    'soap/empty': {},
    'soap/encoding-unknown': { encoding: 'name' },
    'soap/encoding-wrong': { encoding: 'name' },
    'soap/not-one-reference': { kinds: 'names' },
    'soap/no-sdo': {},
  },
  texts: { en, da },
  uses: [],
});
