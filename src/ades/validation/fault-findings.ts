/** What it makes of a signature or time-stamp that a part of its CMS is wrong. */
import type { StampPart } from '@segl/pki/tsp/timestamp';
import { failed, type Finding } from './facts.ts';
import type { Block, SubIndication } from './report.ts';

const PARTS: Readonly<Record<StampPart, readonly [Block, string, SubIndication]>> = {
  structure: ['format', 'structure', 'FORMAT_FAILURE'],
  algorithm: ['constraints', 'algorithms', 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'],
  content: ['cryptography', 'content', 'HASH_FAILURE'],
  imprint: ['cryptography', 'imprint', 'HASH_FAILURE'],
  certificate: ['signing-certificate', 'binding', 'SIG_CONSTRAINTS_FAILURE'],
  purpose: ['certificate', 'key-usage', 'CHAIN_CONSTRAINTS_FAILURE'],
  value: ['cryptography', 'signature-value', 'SIG_CRYPTO_FAILURE'],
};

export const faultFinding = (part: StampPart, why: string): Finding => failed(...PARTS[part], why);
