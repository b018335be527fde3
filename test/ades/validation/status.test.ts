/** What the revocation data of a file tell of one certificate. */
import t from 'tap';
import { statusFromEvidence, type StatusQuestion } from '@segl/ades/validation/status';
import { crlEntry, makeCrl } from '../../support/signatures/crl.ts';
import { createTestPki, TEST_TIME } from '../../support/signatures/test-pki.ts';

const { issuingCa, root, signer } = createTestPki();
const DAY = 86_400_000;
const after = (days: number): Date => new Date(TEST_TIME.getTime() + days * DAY);
const list = (days: number, revokedAt?: Date, issuer = issuingCa): Uint8Array =>
  makeCrl(issuer, {
    thisUpdate: after(days),
    nextUpdate: after(days + 7),
    entries: revokedAt ? [crlEntry(signer.certificate.serial, revokedAt)] : [],
  });
const status = (crls: readonly Uint8Array[], more: Partial<StatusQuestion> = {}) =>
  statusFromEvidence({
    certificate: signer.certificate,
    issuer: issuingCa.certificate,
    evidence: { certificates: [], ocsps: [], crls },
    reference: TEST_TIME,
    existedAt: () => TEST_TIME,
    ...more,
  });
const told = (of: 'good' | 'revoked', days: number) => ({
  status: {
    status: of,
    source: 'crl',
    from: 'carried',
    thisUpdate: after(days),
    nextUpdate: after(days + 7),
  },
});

t.test('the newest answer counts', (t) => {
  t.match(status([list(0)]), told('good', 0));
  t.match(status([list(0), list(2), list(1)]), told('good', 2));
  t.end();
});

t.test('revoked counts before anything newer', (t) => {
  const revoked = list(0, after(-1));
  for (const crls of [
    [revoked, list(2)],
    [list(2), revoked],
  ])
    t.match(status(crls), { status: { ...told('revoked', 0).status, revokedAt: after(-1) } });
  t.match(status([revoked, list(2, after(-1))]), told('revoked', 2), 'of those, the newest');
  t.match(status([list(0), list(3, after(2))]), {
    status: { ...told('revoked', 3).status, revokedAt: after(2) },
  });
  t.end();
});

t.test('why nothing tells: the last that was found, and nothing of lists about others', (t) => {
  const others = list(0, undefined, root);
  t.strictSame(status([]), { problem: { code: 'status/no-answer', params: {} } });
  t.strictSame(status([others]), { problem: { code: 'status/no-answer', params: {} } });
  t.match(status([list(-20), others]), { problem: { code: 'crl/out-of-date' } });
  t.match(status([list(-20), list(0)]), told('good', 0), 'one that tells is enough');
  t.match(status([Buffer.from('x'), others]), { problem: { code: /^asn1\// } });
  t.end();
});

t.test('an answer that may be younger than its issuer lived tells nothing', (t) => {
  const { notAfter } = issuingCa.certificate;
  t.match(status([list(0)], { existedAt: () => notAfter }), told('good', 0));
  t.strictSame(status([list(0)], { existedAt: () => new Date(notAfter.getTime() + 1) }), {
    problem: { code: 'status/no-answer', params: {} },
  });
  t.end();
});
