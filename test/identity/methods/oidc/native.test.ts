/** An eID that signs itself (BankID, Sweden): what is taken and kept, and everything that is not. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { hiddenData } from '@segl/identity/evidence/identity/proofs/bankid-signature';
import type { IdentityEvidence } from '@segl/identity/evidence/identity/content';
import { handedOut } from '@segl/identity/evidence/identity/hand-out';
import { firstFailure, judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { openProofTrust } from '@segl/identity/evidence/identity/trust';
import { carried, withId } from '@segl/identity/evidence/identity/write';
import type { Step } from '@segl/identity/method';
import { NATIVE_LIES, type NativeLie } from '@segl/sandbox/methods/oidc/lies';
import { goThrough, signTask, startOidc, told } from '../../../support/oidc.ts';
import { every } from '../../../support/sweep.ts';
import { tool } from '../../../support/tools.ts';
import { execFileSync } from 'node:child_process';

const home = await startOidc(t);
const method = home.method('sbid-native');
const trust = await openProofTrust(home.sandbox.environment);

const evidenceIn = (step: Step): Uint8Array => {
  if (step.kind !== 'done') throw new Error(told(step));
  return step.evidence[0]!.native;
};

const bytes = evidenceIn(await goThrough(method, signTask({ nationalId: '19820514-2398' })));
const signed = readIdentityEvidence(bytes);

const proofOf = ({ proofs }: IdentityEvidence, role: string): Buffer =>
  Buffer.from(proofs.find((one) => one.role === role)!.data!, 'base64');

function judged(evidence: IdentityEvidence, anchors = trust.anchors) {
  const { title, mediaType, sha256 } = evidence.commitment.documents[0]!;
  const at = new Date(evidence.times.received);
  const document = { title, mimeType: mediaType, sha256: Buffer.from(sha256, 'hex') };
  return judgeIdentityEvidence(evidence, { at, document }, { anchors });
}

function failureOf(evidence: IdentityEvidence, anchors = trust.anchors): string | undefined {
  const found = firstFailure(judged(evidence, anchors));
  return found && `${found.check} ${found.why.code}`;
}

const withProof = (evidence: IdentityEvidence, role: string, other: Uint8Array): IdentityEvidence =>
  withId({
    ...evidence,
    proofs: evidence.proofs.map((one) => (one.role === role ? { ...one, ...carried(other) } : one)),
  });

t.test('the signature and the status of its certificate are kept, judged and handed out', async (t) => {
  t.same(
    signed.proofs.map(({ role, mediaType }) => `${role} ${mediaType}`),
    [
      'id-token application/jwt',
      'native-signature application/xml',
      'native-signature-status application/ocsp-response',
      'request application/json',
    ],
  );
  t.equal(failureOf(signed), undefined);
  t.notOk(signed.limits.includes('provider-keys-not-certified'));
  const xml = proofOf(signed, 'native-signature').toString();
  t.match(
    xml,
    /<bankIdSignedData xmlns="http:\/\/www.bankid.com\/signature\/v1.0.0\/types" Id="bidSignedData">/,
  );
  t.ok(xml.includes(Buffer.from(signed.intent.shown).toString('base64')), 'the text that was shown');
  t.ok(xml.includes(Buffer.from(hiddenData(signed.commitment)).toString('base64')), 'and what stands behind');
  t.ok(hiddenData(signed.commitment).includes(signed.commitment.documents[0]!.sha256));
  t.match(handedOut(bytes), { mimeType: 'application/xml', bytes: proofOf(signed, 'native-signature') });
});

t.test('another tool takes the signature too', async (t) => {
  const xmlsec = tool(t, 'xmlsec1');
  if (!xmlsec) return;
  const folder = t.testdir();
  const file = join(folder, 'native.xml');
  await writeFile(file, proofOf(signed, 'native-signature'));
  const anchor = home.sandbox.environment['BANKID_TRUST_FILE']!;
  const data = 'http://www.bankid.com/signature/v1.0.0/types:bankIdSignedData';
  const verify = (): string =>
    execFileSync(
      xmlsec,
      ['--verify', '--enabled-key-data', 'x509', '--trusted-pem', anchor, '--id-attr:Id', data, file],
      { stdio: 'pipe' },
    ).toString();
  t.doesNotThrow(verify);
});

/** What each is refused for. */
const REFUSALS: Readonly<Record<NativeLie, string>> = {
  'native-missing': 'request native-signature/missing',
  'native-visible': 'native-shown native-signature/other-text',
  'native-hidden': 'native-hidden native-signature/other-data',
  'native-log-on': 'native-purpose native-signature/no-signature',
  'native-forged': 'native-core xmldsig/value-mismatch',
  'native-wrapped': 'native-core native-signature/form',
  'native-person': 'native-person native-signature/other-person',
  'native-issuer': 'native-certificate CERT_PATH_INVALID',
  'native-revoked': 'native-status CERT_REVOKED',
  'native-no-status': 'native-status proof/no-status',
  'native-old-status': 'native-status OCSP_INVALID',
};

t.test('what is handed on that is not so', async (t) => {
  for (const outcome of NATIVE_LIES)
    t.equal(
      told(await goThrough(method, signTask(), { outcome })),
      `NATIVE_SIGNATURE_REFUSED ${REFUSALS[outcome]}`,
      outcome,
    );
});

t.test('no byte can be changed', async (t) => {
  for (const [role, step] of [
    ['native-signature', 23],
    ['native-signature-status', 7],
  ] as const) {
    const kept = proofOf(signed, role);
    const unnoticed: number[] = [];
    for (let place = 0; place < kept.length; place += every(step)) {
      const other = Buffer.from(kept);
      other[place]! ^= 1;
      if (failureOf(withProof(signed, role, other)) === undefined) unnoticed.push(place);
    }
    t.same(unnoticed, [], role);
  }
});

t.test('without an anchor of the eID it is told that nobody judged its certificate', async (t) => {
  const found = judged(signed, []).findings.find(({ check }) => check === 'native-certificate');
  t.match(found, { outcome: 'warning', problem: { code: 'native-signature/no-anchor' } });
  t.equal(failureOf(signed, []), undefined, 'the rest holds');
  const { anchors } = await openProofTrust({});
  t.equal(failureOf(signed, anchors), undefined, 'nor are those of brokers anchors of it');
  t.equal(
    failureOf(signed, trust.anchors.slice(0, 1)),
    'native-certificate CERT_PATH_INVALID',
    'another one is none',
  );
});

t.test('log-ons ask for no signature; names of other eIDs cannot', async (t) => {
  const step = await goThrough(home.method('sbid-native', 'authenticate'), { ...signTask(), documents: [] });
  t.same(
    readIdentityEvidence(evidenceIn(step)).proofs.map(({ role }) => role),
    ['id-token', 'request'],
  );
  const plain = evidenceIn(await goThrough(home.method('sbid'), signTask()));
  t.equal(handedOut(plain), undefined);
  const entry = home.catalogue.entries.find(({ name }) => name === 'mitid-idura')!;
  t.throws(() => home.opened.method({ ...entry, options: { nativeSignature: true } }, 'sign'), {
    code: 'CONFIG_INVALID',
  });
});
