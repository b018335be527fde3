import { createHash } from 'node:crypto';
import t from 'tap';
import { readSignedData } from '@segl/pki/cms/cms-signed-data';
import { attribute, writeSignedData } from '@segl/pki/cms/cms-write';
import { octetString } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import { signPades } from '@segl/ades/pades/sign';
import type { Timestamper } from '@segl/pki/algorithms/signing-key';
import { isSeglError } from '@segl/problem/errors';
import { verifyEvidencePdf } from '@segl/identity/evidence/verify';
import { createEvidence } from '../../../support/signatures/evidence.ts';
import { SMALL, writePdf } from '../../../support/pdf/pdf.ts';
import { createTestPki, TEST_TIME } from '../../../support/signatures/test-pki.ts';
import { every } from '../../../support/sweep.ts';

const { content, pki, seal, sealPdf, timestamper, trust } = await createEvidence();
const ltvSdo = await seal(content);
const signed = await sealPdf(ltvSdo);

// many thousand verifications
t.setTimeout(120_000);

/** Code of the refusal; undefined when it verifies. */
function refusalOf(pdf: Uint8Array, own: Partial<typeof trust> = {}): string | undefined {
  try {
    verifyEvidencePdf(pdf, { ...trust, ...own });
    return undefined;
  } catch (error) {
    if (!isSeglError(error)) throw error;
    return error.code;
  }
}

/** The token of the authority with something changed in what is not signed. */
const reissued =
  (change: { certificates?: readonly Uint8Array[]; unsigned?: readonly Uint8Array[] }): Timestamper =>
  async (digestBy) => {
    const tstInfo = readSignedData(await timestamper(digestBy)).content!;
    return writeSignedData({
      contentType: Oid.tstInfo,
      content: tstInfo,
      digest: createHash('sha256').update(tstInfo).digest(),
      key: pki.tsaKey,
      certificates: change.certificates ?? [pki.tsa.certificate.der, pki.root.certificate.der],
      ...(change.unsigned && { unsignedAttributes: async () => change.unsigned! }),
    });
  };

t.test('a sealed PDF is verified from what is in it and the trust anchors', async (t) => {
  const { signatures, sealPath, timestamps } = verifyEvidencePdf(signed, trust);
  t.match(signatures, [{ coversFile: true, signerName: 'Segl test' }]);
  t.same(
    sealPath.map(({ commonName }) => commonName),
    ['Åse Møller', 'Segl Test Issuing CA', 'Segl Test Root'],
  );
  t.match(timestamps, [{ stamp: { genTime: TEST_TIME } }]);
  t.same(
    timestamps[0]?.path.map(({ commonName }) => commonName),
    ['Segl Test TSA', 'Segl Test Root'],
  );
});

t.test('every changed byte is noticed', async (t) => {
  const pdf = Buffer.from(signed);
  const text = pdf.toString('latin1');
  const gap = text.indexOf('/Contents <') + '/Contents <'.length;
  const cms = Buffer.from(text.slice(gap, text.indexOf('>', gap)), 'hex');
  const reserve = { start: gap + 2 * (4 + cms.readUInt16BE(2)), end: text.indexOf('>', gap) };
  const attached = pdf.indexOf(ltvSdo);
  // two long uniform stretches at a stride: the attached package, and the zeros behind the CMS
  const stretches = [
    { start: attached, end: attached + ltvSdo.length, stride: 11 },
    { ...reserve, stride: 101 },
  ];
  const missed: number[] = [];
  for (let at = 0; at < pdf.length; at += every(7)) {
    const stretch = stretches.find(({ start, end }) => at >= start && at < end);
    if (stretch && (at - stretch.start) % stretch.stride !== 0) continue;
    const byte = pdf[at]!;
    pdf[at] = byte ^ 1;
    if (!refusalOf(pdf)) missed.push(at);
    pdf[at] = byte;
  }
  t.same(missed, []);
  t.equal(refusalOf(pdf), undefined, 'and undone it verifies again');
});

t.test('paths must end at the anchors that were given, each at its own', async (t) => {
  const stranger = createTestPki().root.certificate.der;
  t.equal(refusalOf(signed, { sealAnchors: [stranger] }), 'CERT_PATH_INVALID');
  t.equal(refusalOf(signed, { tsaAnchors: [stranger] }), 'CERT_PATH_INVALID');
  t.equal(refusalOf(signed, { tsaAnchors: [] }), 'CERT_PATH_INVALID');
  t.equal(
    refusalOf(signed, { sealAnchors: [pki.issuingCa.certificate.der] }),
    undefined,
    'an anchor may stand below the top',
  );
});

t.test('without a time-stamp it is no finished evidence', async (t) => {
  const pdf = await signPades({
    pdf: writePdf(SMALL),
    attachments: [],
    key: pki.signerKey,
    signerName: 'Segl test',
    signingTime: TEST_TIME,
  });
  t.throws(() => verifyEvidencePdf(pdf, trust), { code: 'EVIDENCE_INVALID', message: /no time-stamp/ });
});

t.test('what a time-stamp carries beside what is signed must be judged or absent', async (t) => {
  t.equal(refusalOf(await sealPdf(ltvSdo, reissued({}))), undefined);
  const alone = reissued({ certificates: [pki.tsa.certificate.der] });
  t.equal(refusalOf(await sealPdf(ltvSdo, alone)), undefined, 'the anchor need not be inside');
  const unsigned = reissued({ unsigned: [attribute('2.25.1', octetString(Buffer.from('a note')))] });
  t.equal(refusalOf(await sealPdf(ltvSdo, unsigned)), 'EVIDENCE_INVALID', 'an unsigned attribute');
  const damagedRoot = Buffer.from(pki.root.certificate.der);
  damagedRoot[40]! ^= 1;
  const strangers = [createTestPki().tsa.certificate.der, pki.responder.certificate.der, damagedRoot];
  const codes = await Promise.all(
    strangers.map(async (one) =>
      refusalOf(await sealPdf(ltvSdo, reissued({ certificates: [pki.tsa.certificate.der, one] }))),
    ),
  );
  t.notOk(codes.includes(undefined), 'certificates of others');
});

t.test('the time-stamp says when: a seal of an expired certificate is refused', async (t) => {
  // the clock of the authority runs to a time after the end of every certificate
  const late: Timestamper = async (digestBy) => {
    const token = readSignedData(await timestamper(digestBy)).content!;
    const changed = Buffer.from(
      Buffer.from(token).toString('latin1').replace('20260301120000', '20370301120000'),
      'latin1',
    );
    return writeSignedData({
      contentType: Oid.tstInfo,
      content: changed,
      digest: createHash('sha256').update(changed).digest(),
      key: pki.tsaKey,
      certificates: [pki.tsa.certificate.der],
    });
  };
  t.equal(refusalOf(await sealPdf(ltvSdo, late)), 'CERT_PATH_INVALID');
});
