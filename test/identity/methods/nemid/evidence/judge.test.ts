/** Messages judged at the time they were made, from what was kept, without asking anybody. */
import { readFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { RSA_SHA1, SHA1 } from '@segl/ades/xml/algorithms';
import { nativeChecks, readingChecks } from '@segl/identity/methods/nemid/evidence/checks';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import {
  judgeNativeSignature,
  LEGACY_UNTIL,
  type NativeContext,
  type NativeJudgement,
} from '@segl/identity/methods/nemid/evidence/judge';
import { verifyNativeSignature } from '@segl/identity/methods/nemid/evidence/verify';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { basicConstraints, certificatePolicies, keyUsage } from '@segl/sandbox/pki/extensions';
import { issueCertificate } from '@segl/sandbox/pki/issue';
import { vector } from '../../../../support/signatures/vectors.ts';
import { POLICY_PREFIX } from '../local-pki.ts';
import { certificatesOf, environment, hidden, pki, SIGN_TEXT, usual, writeMessage } from '../native-kit.ts';
import { tell } from '../../../../support/signatures/tell.ts';

const outcomes = ({ verdicts }: NativeJudgement, outcome: string): string[] =>
  verdicts.filter((verdict) => verdict.outcome === outcome).map(({ check }) => check);

const known = {
  signText: SIGN_TEXT,
  format: 'TEXT',
  documents: [],
  friendlyName: 'Prøvebanken',
  challenge: '1234567890',
  startedAt: pki.clock.now(),
} as const;

t.test('real messages get the right verdict at the right time', async (t) => {
  const folder = vector(t, 'nemid');
  if (!folder) return;
  const load = (...path: string[]): Buffer => readFileSync(join(folder, ...path));
  const test = ocesEnvironment('test');
  const lists = (name: string) => ({ certificates: [], ocsps: [], crls: [load('crl', name)] });
  const real = [
    ['XMLDSigMessage-POCES.xml', '2021-04-20T13:26:05Z', 'logon', 'Tilde Nilsson', 'systemtest34.crl'],
    [
      'XMLDSigMessage-MOCES.xml',
      '2021-05-11T19:30:00Z',
      'logon',
      'TU GENEREL MOCES gyldig',
      'systemtest221.crl',
    ],
    ['openlogon_pocesII.xml', '2010-09-23T09:23:00Z', 'logon', 'Martin 1100 Lassen', undefined],
    ['nemid_opensign_pocesII.xml', '2013-03-12T12:00:00Z', 'sign', 'Taus Christensen', undefined],
  ] as const;
  for (const [file, signedAt, purpose, name, list] of real) {
    const judge = (change: Partial<NativeContext> = {}): NativeJudgement =>
      judgeNativeSignature(load('signatures', file), {
        purpose,
        at: new Date(signedAt),
        environment: test,
        types: ['POCES', 'MOCES'],
        authorities: 'answered',
        ...change,
      });
    const alone = judge();
    t.strictSame([alone.outcome, outcomes(alone, 'undetermined')], ['undetermined', ['revocation']], file);
    t.equal(alone.identity?.commonName, name);
    t.equal(alone.path?.length, 3);
    if (list) {
      const judged = judge({ evidence: lists(list) });
      t.strictSame(
        [judged.outcome, outcomes(judged, 'undetermined')],
        ['passed', []],
        `${file} with its list`,
      );
      const told = judge({ evidence: lists(list), authorities: 'told' });
      t.strictSame(outcomes(told, 'undetermined'), ['revocation'], 'and nothing about its authority');
    }
    t.strictSame(
      outcomes(judge({ evidence: lists('systemtest8.crl') }), 'passed').includes('revocation'),
      false,
    );
    const expired = judge({ at: new Date('2026-01-01') });
    t.ok(outcomes(expired, 'failed').includes('validity'), `${file} today`);
    t.ok(outcomes(judge({ at: new Date('2009-01-01') }), 'failed').includes('validity'), `${file} too early`);
    const elsewhere = judge({ environment: ocesEnvironment('production') });
    t.strictSame(outcomes(elsewhere, 'failed'), ['certificate-type', 'path'], 'a test message in production');
    const wrong = judge({ purpose: purpose === 'sign' ? 'logon' : 'sign' });
    t.ok(outcomes(wrong, 'failed').includes('action'), `${file} is not for the other purpose`);
  }
  const sign = judgeNativeSignature(load('signatures', 'nemid_opensign_pocesII.xml'), {
    at: new Date('2013-03-12T12:00:00Z'),
    environment: test,
  });
  t.match(sign.signText, { format: 'HTML', visible: true, text: /^<html>.*<font size="2">/ });
  t.strictSame(sign.bindings, []);
  const employee = judgeNativeSignature(load('signatures', 'XMLDSigMessage-MOCES.xml'), {
    purpose: 'logon',
    at: new Date('2021-05-11T19:30:00Z'),
    environment: test,
  });
  t.strictSame(
    outcomes(employee, 'failed'),
    ['certificate-type'],
    'an employee, where only persons may sign',
  );
});

t.test('every check has a verdict, in one order, and the strict way keeps the same', async (t) => {
  const bytes = writeMessage();
  const strict = await verifyNativeSignature(bytes, known, {
    anchors: [pki.root],
    policyPrefix: POLICY_PREFIX,
    type: 'POCES',
    revocation: new RevocationService({ post: pki.post, clock: pki.clock }),
    at: pki.clock.now(),
  });
  const judged = judgeNativeSignature(bytes, {
    at: pki.clock.now(),
    environment,
    expected: known,
    evidence: strict.validation,
  });
  t.equal(judged.outcome, 'passed');
  t.strictSame(
    judged.verdicts.map(({ check }) => check),
    nativeChecks.map(({ id }) => id),
  );
  t.strictSame(outcomes(judged, 'not-compared'), ['time-stamp-plausible'], 'the client sent none');
  t.strictSame(
    strict.verdicts.map(({ check, detail }) => [check, detail]),
    judged.verdicts
      .filter(({ outcome }) => outcome === 'passed')
      .map(({ check, detail }) => [
        check,
        check === 'revocation' ? strict.ocspUrls.join(' ') : detail && tell(detail),
      ]),
  );
  t.strictSame(
    nativeChecks.slice(0, readingChecks.length).map(({ id }) => id),
    [...readingChecks],
  );
  t.match(judged.identity, { type: 'POCES', commonName: 'Åse Prøve' });
});

t.test('a judgement goes on where the strict way ends, and tells all that is wrong', async (t) => {
  const stranger = pki.holder({
    serialNumber: 'CVR:12345678-RID:1',
    policy: `${POLICY_PREFIX}.2.5`,
    notAfter: new Date(pki.clock.now().getTime() - 1000),
  });
  const bytes = writeMessage({
    properties: [...usual.slice(1, 2), hidden('action', 'logon')],
    signer: { privateKey: stranger.privateKey, certificates: certificatesOf(stranger) },
  });
  const judged = judgeNativeSignature(bytes, { at: pki.clock.now(), environment, expected: known });
  t.strictSame(outcomes(judged, 'failed'), [
    ...['action', 'challenge', 'sign-text', 'sign-text-visible', 'sign-text-format'],
    ...['certificate-type', 'validity', 'path'],
  ]);
  t.ok(judged.message, 'what could be read is handed over all the same');
});

t.test('revocation is judged by what was kept', async (t) => {
  const bytes = writeMessage();
  const at = pki.clock.now();
  const { validation } = await verifyNativeSignature(bytes, known, {
    anchors: [pki.root],
    policyPrefix: POLICY_PREFIX,
    type: 'POCES',
    revocation: new RevocationService({ post: pki.post, clock: pki.clock }),
    at,
  });
  const judge = (evidence = validation, when = at): NativeJudgement =>
    judgeNativeSignature(bytes, { at: when, environment, evidence });
  t.equal(judge().outcome, 'passed');
  const silent = judge({ ...validation, ocsps: [] });
  t.strictSame([silent.outcome, outcomes(silent, 'undetermined')], ['undetermined', ['revocation']]);
  const broken = judge({
    ...validation,
    ocsps: validation.ocsps.map((der) =>
      der.map((byte, index) => (index === der.length - 1 ? byte ^ 1 : byte)),
    ),
  });
  t.strictSame(outcomes(broken, 'undetermined'), ['revocation'], 'an answer that was changed');
  t.strictSame(
    outcomes(judge(validation, new Date(at.getTime() + 30 * 86_400_000)), 'undetermined'),
    ['revocation'],
    'an answer from long before',
  );
  const person2 = pki.holder({ ownKey: true });
  pki.setStatus(person2.certificate, { status: 'revoked', revokedAt: new Date(at.getTime() - 1000) });
  const revocation = new RevocationService({ post: pki.post, clock: pki.clock });
  const answer = await revocation.ocsp(parseCertificate(person2.certificate), parseCertificate(pki.issuer));
  const revoked = judgeNativeSignature(
    writeMessage({ signer: { privateKey: person2.privateKey, certificates: certificatesOf(person2) } }),
    { at, environment, evidence: { certificates: [], ocsps: [answer.der], crls: [] } },
  );
  t.strictSame([revoked.outcome, outcomes(revoked, 'failed')], ['failed', ['revocation']]);
});

t.test('OCES I counts only behind its switch, and only at its time', async (t) => {
  const [rootKey, leafKey] = [2048, 1024].map((bits) => generateKeyPairSync('rsa', { modulusLength: bits }));
  const old = {
    digest: 'sha1',
    notBefore: new Date('2008-01-01'),
    notAfter: new Date('2016-01-01'),
  } as const;
  const root = issueCertificate({
    ...old,
    subject: [{ C: 'DK' }, { O: 'TDC' }, { CN: 'Old OCES CA' }],
    publicKey: rootKey!.publicKey,
    issuer: { selfSignedWith: rootKey!.privateKey },
    extensions: [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')],
  });
  const leaf = issueCertificate({
    ...old,
    subject: [
      { C: 'DK' },
      { O: 'Ingen organisatorisk tilknytning' },
      { CN: 'Gammel Bruger', serialNumber: 'PID:9802-2002-2-123456789' },
    ],
    publicKey: leafKey!.publicKey,
    issuer: { certificate: parseCertificate(root), privateKey: rootKey!.privateKey },
    extensions: [
      keyUsage('digitalSignature', 'nonRepudiation', 'keyEncipherment'),
      certificatePolicies({ oid: `${POLICY_PREFIX}.1.2` }),
      basicConstraints({ ca: false }),
    ],
  });
  const message = writeMessage({
    signer: {
      privateKey: leafKey!.privateKey,
      certificates: [leaf, root],
    },
    properties: [usual[0]!, hidden('logonto', 'Prøvebanken'), hidden('host', 'example.invalid')].map(
      (one) => ({
        ...one,
        target: '',
      }),
    ),
    references: [{ uri: '#ToBeSigned', digestMethod: SHA1, hash: 'sha1' }],
    change: { method: RSA_SHA1, hash: 'sha1' },
  });
  const judge = (legacy: boolean, when: string): NativeJudgement =>
    judgeNativeSignature(message, {
      at: new Date(when),
      expected: { friendlyName: 'Prøvebanken', signText: SIGN_TEXT },
      environment: ocesEnvironment('sandbox', {
        anchors: [root],
        policyPrefix: POLICY_PREFIX,
        legacy,
      }),
    });
  const good = judge(true, '2010-05-01T10:00:00Z');
  t.strictSame(outcomes(good, 'failed'), [], 'with the switch, at its time');
  t.strictSame(outcomes(good, 'undetermined'), ['revocation']);
  t.match(good.identity, { type: 'POCES', identifier: '9802-2002-2-123456789' });
  t.strictSame(
    outcomes(judge(false, '2010-05-01T10:00:00Z'), 'failed'),
    ['algorithms'],
    'without the switch',
  );
  t.strictSame(
    outcomes(judge(true, LEGACY_UNTIL.toISOString()), 'failed'),
    ['algorithms'],
    'too late for SHA-1',
  );
  t.ok(outcomes(judge(true, '2007-12-31T00:00:00Z'), 'failed').includes('validity'));
  await t.rejects(
    verifyNativeSignature(message, known, {
      anchors: [root],
      policyPrefix: POLICY_PREFIX,
      type: 'POCES',
      revocation: new RevocationService({ post: pki.post, clock: pki.clock }),
      at: new Date('2010-05-01T10:00:00Z'),
    }),
    { code: 'NATIVE_SIGNATURE_REFUSED', params: { check: 'algorithms' } },
    'a new signature is never one of OCES I',
  );
});
