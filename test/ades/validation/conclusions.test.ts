/** Indications of EN 319 102-1: what each sub-indication goes with, and which fault comes to which. */
import t from 'tap';
import { faultFinding, indicationOf, stampFaultFinding } from '@segl/ades/validation/fault-findings';
import { concluding, partPrefix, worstOf, type SubIndication } from '@segl/ades/validation/reports/report';

t.test('six sub-indications end it, all others leave it open', (t) => {
  const ends: readonly SubIndication[] = [
    'FORMAT_FAILURE',
    'HASH_FAILURE',
    'SIG_CRYPTO_FAILURE',
    'REVOKED',
    'EXPIRED',
    'NOT_YET_VALID',
  ];
  for (const subIndication of ends)
    t.strictSame(concluding(subIndication), { indication: 'TOTAL-FAILED', subIndication });
  const open: readonly SubIndication[] = [
    'SIG_CONSTRAINTS_FAILURE',
    'CHAIN_CONSTRAINTS_FAILURE',
    'CERTIFICATE_CHAIN_GENERAL_FAILURE',
    'CRYPTO_CONSTRAINTS_FAILURE',
    'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
    'TIMESTAMP_ORDER_FAILURE',
    'NO_SIGNING_CERTIFICATE_FOUND',
    'NO_CERTIFICATE_CHAIN_FOUND',
    'REVOKED_NO_POE',
    'REVOKED_CA_NO_POE',
    'OUT_OF_BOUNDS_NO_POE',
    'NO_POE',
    'POLICY_PROCESSING_ERROR',
    'TRY_LATER',
    'SIGNED_DATA_NOT_FOUND',
    'GENERIC',
  ];
  for (const subIndication of open)
    t.strictSame(concluding(subIndication), { indication: 'INDETERMINATE', subIndication });
  t.strictSame(concluding(undefined), { indication: 'TOTAL-PASSED' });
  t.end();
});

t.test('a failure comes before doubt, doubt before success', (t) => {
  const passed = { indication: 'TOTAL-PASSED' } as const;
  const open = { indication: 'INDETERMINATE', subIndication: 'TRY_LATER' } as const;
  const failed = { indication: 'TOTAL-FAILED', subIndication: 'HASH_FAILURE' } as const;
  t.strictSame(worstOf([]), passed);
  t.strictSame(worstOf([passed, passed]), passed);
  t.strictSame(worstOf([passed, open, passed]), open);
  t.strictSame(worstOf([open, failed, passed]), failed);
  t.strictSame(worstOf([{ indication: 'INDETERMINATE' }]), { indication: 'INDETERMINATE' });
  t.equal(partPrefix(0), 'part-1-');
  t.end();
});

t.test('what a fault amounts to, by its code', (t) => {
  const structure = ['format', 'structure', 'FORMAT_FAILURE'];
  const algorithms = ['constraints', 'algorithms', 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE'];
  const value = ['cryptography', 'signature-value', 'SIG_CRYPTO_FAILURE'];
  const binding = ['signing-certificate', 'binding', 'SIG_CONSTRAINTS_FAILURE'];
  const signer = ['signing-certificate', 'identification', 'NO_SIGNING_CERTIFICATE_FOUND'];
  const imprint = ['cryptography', 'imprint', 'HASH_FAILURE'];
  const of = (code: string) => indicationOf({ code, params: {} });
  for (const [expected, codes] of [
    [structure, ['anything/else', 'xml/malformed', '']],
    [['format', 'unique-ids', 'FORMAT_FAILURE'], ['xmldsig/id-repeated']],
    [
      algorithms,
      [
        'signature/algorithm-malformed',
        'signature/pss-unsupported',
        'signature/algorithm-not-accepted',
        'signature/unexpected-parameters',
        'signature/digests-differ',
        'signature/sha1',
        'signature/key-mismatch',
        'key/rsa-size',
        'key/curve',
        'key/type',
        'cms/digest-not-accepted',
        'timestamp/imprint-sha1',
        'timestamp/digest-not-accepted',
        'timestamp/hash-index-digest',
        'timestamp/canonicalization-unknown',
        'xmldsig/canonicalization-not-accepted',
        'xmldsig/digest-not-accepted',
        'xmldsig/transform-not-accepted',
        'xmldsig/signature-algorithm-not-accepted',
        'xmldsig/signature-method-parameters',
        'xmldsig/algorithm-parameters',
        'xmldsig/too-many-prefixes',
        'xmldsig/detached-transforms',
        'xmldsig/transforms-order',
        'xmldsig/key-mismatch',
      ],
    ],
    [value, ['signature/value-mismatch', 'signature/value-malformed', 'xmldsig/value-mismatch']],
    [['cryptography', 'content', 'HASH_FAILURE'], ['cms/content-changed']],
    [imprint, ['timestamp/other-data', 'timestamp/hash-index-mismatch']],
    [
      ['cryptography', 'references', 'SIGNED_DATA_NOT_FOUND'],
      ['xmldsig/reference-outside', 'xmldsig/reference-dangling'],
    ],
    [['cryptography', 'references', 'HASH_FAILURE'], ['xmldsig/digest-mismatch']],
    [['certificate', 'key-usage', 'CHAIN_CONSTRAINTS_FAILURE'], ['timestamp/purpose']],
    [
      binding,
      [
        'cms/signing-certificate-missing',
        'signing-certificate/digest-unknown',
        'signing-certificate/other-certificate',
        'signing-certificate/other-issuer',
        'pades/certificate-unreadable',
        'pades/certificate-damaged',
        'pades/certificates-incomplete',
        'pades/certificate-stray',
      ],
    ],
    [
      signer,
      ['cms/signer-certificate-missing', 'xades/certificate-not-in-key-info', 'xades/signer-ambiguous'],
    ],
  ] as const)
    for (const code of codes) t.strictSame(of(code), expected, code);
  t.end();
});

t.test(
  'a time-stamp without the certificate of its authority is malformed, a signature without one is not',
  (t) => {
    const problem = { code: 'cms/signer-certificate-missing', params: {} };
    t.match(faultFinding(problem), {
      check: 'identification',
      subIndication: 'NO_SIGNING_CERTIFICATE_FOUND',
      problem,
    });
    t.match(stampFaultFinding(problem), { check: 'structure', subIndication: 'FORMAT_FAILURE', problem });
    const other = { code: 'timestamp/other-data', params: {} };
    t.strictSame(stampFaultFinding(other), faultFinding(other));
    t.end();
  },
);
