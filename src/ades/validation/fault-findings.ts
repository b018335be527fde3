/**
 * What the fault of a signature or time-stamp amounts to, by its code: the building block and check that it belongs to, and the
 * sub-indication of EN 319 102-1 (tables 5 and 6).
 */
import type { Problem } from '@segl/problem/problem';
import { failed, type Finding } from './facts.ts';
import type { Block, SubIndication } from './reports/report.ts';

type Indication = readonly [Block, string, SubIndication];

const STRUCTURE: Indication = ['format', 'structure', 'FORMAT_FAILURE'];
const UNIQUE_IDS: Indication = ['format', 'unique-ids', 'FORMAT_FAILURE'];
const ALGORITHMS: Indication = ['constraints', 'algorithms', 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'];
const CONTENT: Indication = ['cryptography', 'content', 'HASH_FAILURE'];
const IMPRINT: Indication = ['cryptography', 'imprint', 'HASH_FAILURE'];
const DATA: Indication = ['cryptography', 'references', 'SIGNED_DATA_NOT_FOUND'];
const DIGESTS: Indication = ['cryptography', 'references', 'HASH_FAILURE'];
const VALUE: Indication = ['cryptography', 'signature-value', 'SIG_CRYPTO_FAILURE'];
const BINDING: Indication = ['signing-certificate', 'binding', 'SIG_CONSTRAINTS_FAILURE'];
const SIGNER: Indication = ['signing-certificate', 'identification', 'NO_SIGNING_CERTIFICATE_FOUND'];
const PURPOSE: Indication = ['certificate', 'key-usage', 'CHAIN_CONSTRAINTS_FAILURE'];

/** All others are faults of structure: whoever wrote the file did not follow its format. */
const INDICATIONS: ReadonlyMap<string, Indication> = new Map([
  ['signature/algorithm-malformed', ALGORITHMS],
  ['signature/pss-unsupported', ALGORITHMS],
  ['signature/algorithm-not-accepted', ALGORITHMS],
  ['signature/unexpected-parameters', ALGORITHMS],
  ['signature/digests-differ', ALGORITHMS],
  ['signature/sha1', ALGORITHMS],
  ['signature/key-mismatch', ALGORITHMS],
  ['signature/value-mismatch', VALUE],
  ['signature/value-malformed', VALUE],
  ['key/rsa-size', ALGORITHMS],
  ['key/curve', ALGORITHMS],
  ['key/type', ALGORITHMS],
  ['cms/digest-not-accepted', ALGORITHMS],
  ['cms/content-changed', CONTENT],
  ['cms/signer-certificate-missing', SIGNER],
  ['cms/signing-certificate-missing', BINDING],
  ['signing-certificate/digest-unknown', BINDING],
  ['signing-certificate/other-certificate', BINDING],
  ['signing-certificate/other-issuer', BINDING],
  ['timestamp/other-data', IMPRINT],
  ['timestamp/imprint-sha1', ALGORITHMS],
  ['timestamp/digest-not-accepted', ALGORITHMS],
  ['timestamp/purpose', PURPOSE],
  ['timestamp/hash-index-digest', ALGORITHMS],
  ['timestamp/hash-index-mismatch', IMPRINT],
  ['timestamp/canonicalization-unknown', ALGORITHMS],
  ['pades/certificate-unreadable', BINDING],
  ['pades/certificate-damaged', BINDING],
  ['pades/certificates-incomplete', BINDING],
  ['pades/certificate-stray', BINDING],
  ['xmldsig/id-repeated', UNIQUE_IDS],
  ['xmldsig/canonicalization-not-accepted', ALGORITHMS],
  ['xmldsig/digest-not-accepted', ALGORITHMS],
  ['xmldsig/transform-not-accepted', ALGORITHMS],
  ['xmldsig/signature-algorithm-not-accepted', ALGORITHMS],
  ['xmldsig/signature-method-parameters', ALGORITHMS],
  ['xmldsig/algorithm-parameters', ALGORITHMS],
  ['xmldsig/too-many-prefixes', ALGORITHMS],
  ['xmldsig/detached-transforms', ALGORITHMS],
  ['xmldsig/transforms-order', ALGORITHMS],
  ['xmldsig/key-mismatch', ALGORITHMS],
  ['xmldsig/reference-outside', DATA],
  ['xmldsig/reference-dangling', DATA],
  ['xmldsig/digest-mismatch', DIGESTS],
  ['xmldsig/value-mismatch', VALUE],
  ['xades/certificate-not-in-key-info', SIGNER],
  ['xades/signer-ambiguous', SIGNER],
]);

/** By the code of the innermost reason. */
export const indicationOf = ({ code }: Problem): Indication => INDICATIONS.get(code) ?? STRUCTURE;

export const faultFinding = (problem: Problem): Finding => failed(...indicationOf(problem), problem);

/** The same of a time-stamp: tokens are asked for with the certificate of their authority (RFC 3161 2.4.1), which belongs inside. */
export const stampFaultFinding = (problem: Problem): Finding =>
  problem.code === 'cms/signer-certificate-missing' ? failed(...STRUCTURE, problem) : faultFinding(problem);
