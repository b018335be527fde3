/** One fault each: what is wrong decides the sub-indication, and nothing that can be wrong with a file throws. */
import { builtIn } from '@segl/identity/methods/index';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parseXml, findAll } from '@segl/ades/xml/document';
import { DS } from '@segl/ades/xml/algorithms';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { addSignature } from '@segl/ades/pades/sign';
import { signCades } from '@segl/ades/cades/sign';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { certificatesToPem } from '@segl/pki/x509/pem';
import type { Unjudged } from '@segl/ades/validation/reports/report';
import { writeEtsiReport } from '@segl/ades/validation/reports/etsi-report';
import { textReport } from '@segl/ades/validation/reports/text-report';
import type { EvidenceTrust } from '@segl/identity/evidence/trust';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { createTestPki } from '../../support/signatures/test-pki.ts';
import { SMALL, writePdf } from '../../support/pdf/pdf.ts';
import { createEvidence } from '../../support/signatures/evidence.ts';
import { POLICY_PREFIX } from '../../identity/methods/nemid/local-pki.ts';
import { TEST_TIME } from '../../support/signatures/test-pki.ts';
import { run, tool } from '../../support/tools.ts';
import { concluded, createFiles, MADE } from '../../support/signatures/validation.ts';
import { tell } from '../../support/signatures/tell.ts';

const files = createFiles();
const { validate } = files;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const told = async (bytes: Uint8Array | string, options = {}): Promise<string> => {
  const { report } = await validate(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, options);
  textReport(report, tell);
  parseXml(Buffer.from(writeEtsiReport(report, tell)));
  return concluded(report);
};

/** Another character of base64 in the middle of an element's text. */
function damage(xml: string, name: string, nth = 0): string {
  const start = [...xml.matchAll(new RegExp(`<(?:\\w+:)?${name}(?: [^>]*)?>`, 'g'))][nth]!;
  const at = start.index + start[0].length + 12;
  return `${xml.slice(0, at)}${xml[at] === 'A' ? 'B' : 'A'}${xml.slice(at + 1)}`;
}

t.test('XAdES', async (t) => {
  const lta = text(await files.xades('LTA'));
  const lt = text(await files.xades('LT'));
  t.equal(await told(lta), 'TOTAL-PASSED');
  t.equal(await told(damage(lta, 'SignatureValue')), 'TOTAL-FAILED/SIG_CRYPTO_FAILURE');
  t.equal(await told(damage(lta, 'DigestValue')), 'TOTAL-FAILED/HASH_FAILURE', 'references come first');
  const id = findAll(parseXml(Buffer.from(lta)).root, DS, 'Object')[0]!.attribute('Id');
  t.ok(id);
  t.equal(await told(damage(lta, 'Object')), 'TOTAL-FAILED/HASH_FAILURE', 'the data');
  t.equal(await told(lta.slice(0, -20)), 'TOTAL-FAILED/FORMAT_FAILURE', 'cut off');
  t.equal(
    await told(lta.replace(/#ecdsa-sha256/, '#hmac-md5')),
    'INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
  );
  t.equal(await told(damage(lt, 'EncapsulatedOCSPValue')), 'INDETERMINATE/TRY_LATER', 'an answer');
  t.equal(
    await told(damage(lta, 'EncapsulatedOCSPValue')),
    'INDETERMINATE/SIG_CONSTRAINTS_FAILURE',
    'archived',
  );
  t.equal(
    await told(damage(lta, 'EncapsulatedTimeStamp', 1)),
    'INDETERMINATE/SIG_CONSTRAINTS_FAILURE',
    'the archive time-stamp',
  );
  const bare = lt.replace(/<(\w+:)?X509Certificate>[^<]*<\/(\w+:)?X509Certificate>/g, '');
  t.equal(await told(bare), 'INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND');
  const empty = { ...files.trust, seal: [], tsa: [] };
  t.equal(await told(lt, { own: empty }), 'INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND');
  t.equal(
    await told(lt, { own: { ...empty, more: [files.world.anchor] } }),
    'TOTAL-PASSED',
    'trusted by the caller',
  );
  t.equal(await told(lt, { at: new Date('2000-01-01') }), 'TOTAL-FAILED/NOT_YET_VALID');
  t.equal(
    await told(lta, { at: new Date(MADE.getTime() - 3_600_000) }),
    'INDETERMINATE/SIG_CONSTRAINTS_FAILURE',
    'before it was made',
  );
});

t.test('algorithms count for as long as they are thought to be strong', async (t) => {
  const rsa = await files.xades('LT', 'RSA-2048');
  const pss = await files.xades('LT', 'RSA-PSS-3072');
  t.equal(await told(rsa), 'TOTAL-PASSED');
  const b = await files.xades('B', 'RSA-2048', files.world.signer('RSA-2048', 'Long'));
  const at = new Date('2029-02-01T00:00:00Z');
  t.equal(await told(rsa, { at }), 'TOTAL-PASSED', 'the time-stamp proves that it is older');
  t.equal(await told(pss, { at }), 'TOTAL-PASSED');
  t.equal(await told(b, { at }), 'INDETERMINATE/OUT_OF_BOUNDS_NO_POE');
});

t.test('PDF', async (t) => {
  const lta = latin1(await files.pades('LTA'));
  const as = (value: string): Buffer => Buffer.from(value, 'latin1');
  const contents = lta.indexOf('/Contents <') + 11;
  const flip = (at: number): Buffer =>
    as(`${lta.slice(0, at)}${lta[at] === '0' ? '1' : '0'}${lta.slice(at + 1)}`);
  t.equal(await told(as(lta)), 'TOTAL-PASSED');
  t.equal(
    await told(as(lta.replace('%PDF-1.7', '%PDF-1.6'))),
    'TOTAL-FAILED/HASH_FAILURE',
    'a byte of the document',
  );
  t.equal(await told(flip(contents)), 'TOTAL-FAILED/FORMAT_FAILURE', 'its CMS is none');
  t.equal(
    await told(as(lta.replace(/\/ByteRange ?\[0 \d/, (range) => `${range.slice(0, -1)}9`))),
    'TOTAL-FAILED/FORMAT_FAILURE',
  );
  t.equal(await told(as(lta.slice(0, -40))), 'TOTAL-FAILED/FORMAT_FAILURE');
  t.equal(await told(as(`${lta}\n%%EOF\n`)), 'TOTAL-FAILED/FORMAT_FAILURE', 'something behind the end');
  for (const blank of ['\n', '\r\n', '\0'.repeat(512)]) {
    const { report } = await validate(as(`${lta}${blank}`));
    t.equal(concluded(report), 'TOTAL-PASSED', `${JSON.stringify(blank.slice(0, 2))} behind the end`);
    const said = report.signatures.at(-1)?.checks.find(({ check }) => check === 'later-revisions');
    t.match(said, { outcome: 'warning', problem: { code: 'pades/white-space-after' } });
  }
});

t.test('CMS of ours and of openssl, around the data and beside it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'segl-cms-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const data = Buffer.from('Some data\n');
  const key = files.world.signer('P-256', 'CMS signer');
  const digest = createHash('sha256').update(data).digest();
  const cades = await signCades({ digest, key, timestamper: files.world.services.timestamp });
  t.equal(await told(cades, { content: data, online: true }), 'TOTAL-PASSED');
  t.equal(await told(cades, { online: true }), 'INDETERMINATE/SIGNED_DATA_NOT_FOUND');
  t.equal(await told(cades, { content: Buffer.from('other'), online: true }), 'TOTAL-FAILED/HASH_FAILURE');
  const openssl = tool(t, 'openssl');
  if (!openssl) return;
  const file = (name: string): string => join(folder, name);
  run(openssl, [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    file('key.pem'),
    '-out',
    file('own.pem'),
    '-subj',
    '/CN=Own',
    '-days',
    '30',
    '-addext',
    'basicConstraints=critical,CA:false',
  ]);
  writeFileSync(file('data'), data);
  const sign = (name: string, ...args: string[]): Buffer => {
    const { code, output } = run(openssl, [
      'cms',
      '-sign',
      '-binary',
      '-in',
      file('data'),
      '-signer',
      file('own.pem'),
      '-inkey',
      file('key.pem'),
      '-outform',
      'DER',
      '-out',
      file(name),
      ...args,
    ]);
    if (code !== 0) t.fail(output);
    return readFileSync(file(name));
  };
  const around = sign('around', '-nodetach', '-md', 'sha512');
  const beside = sign('beside', '-cades');
  const { X509Certificate } = await import('node:crypto');
  const own = new X509Certificate(readFileSync(file('own.pem')));
  const trust: EvidenceTrust = { ...files.trust, more: [own.raw] };
  const at = new Date(Date.parse(own.validFrom) + 60_000);
  t.equal(await told(around, { own: trust, at }), 'TOTAL-PASSED', 'its own anchor');
  t.equal(await told(around, { at }), 'INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND');
  t.equal(await told(beside, { own: trust, at, content: data }), 'TOTAL-PASSED');
  const pem = `-----BEGIN CMS-----\n${around.toString('base64')}\n-----END CMS-----\n`;
  t.equal(await told(pem, { own: trust, at }), 'TOTAL-PASSED', 'as PEM');
  const damaged = Buffer.from(around);
  damaged[damaged.length - 3]! ^= 1;
  t.equal(await told(damaged, { own: trust, at }), 'TOTAL-FAILED/SIG_CRYPTO_FAILURE');
});

t.test('LTV-SDO: the seal vouches for the time of the signature inside', async (t) => {
  const evidence = await createEvidence();
  const { seal, content, nemid } = evidence;
  const trust: EvidenceTrust = {
    methods: { nemid: ocesEnvironment('sandbox', { anchors: [nemid.root], policyPrefix: POLICY_PREFIX }) },
    seal: evidence.trust.sealAnchors,
    tsa: evidence.trust.tsaAnchors,
  };
  const judge = async (bytes: Uint8Array, own: EvidenceTrust = trust, at = TEST_TIME) =>
    (await validateEvidence({ modules: builtIn, bytes, trust: own, at })).report;
  const sealed = await seal(content);
  const report = await judge(sealed);
  t.equal(concluded(report), 'TOTAL-PASSED', textReport(report, tell));
  t.same(
    report.signatures.map(({ format }) => format),
    ['LTV-SDO seal', 'NemID'],
  );
  t.equal(report.signatures[1]?.bestSignatureTime.getTime(), content.native.signingTime.getTime());
  t.equal(report.package?.title, 'Lejekontrakt');
  t.ok(
    report.documents.some(({ mimeType }) => mimeType === 'application/pdf'),
    'the signed document',
  );

  const xml = text(sealed);
  const changed = async (bytes: string): Promise<string> => concluded(await judge(Buffer.from(bytes)));
  t.equal(await changed(xml.replace('Lejekontrakt', 'Koebekontrakt')), 'TOTAL-FAILED/HASH_FAILURE');
  t.equal(await changed(xml.replace('</', ' </')), 'TOTAL-FAILED/HASH_FAILURE');
  t.equal(await changed(damage(xml, 'SignatureValue')), 'TOTAL-FAILED/SIG_CRYPTO_FAILURE');
  t.equal(
    await changed(damage(xml, 'EncapsulatedOCSPValue', 1)),
    'INDETERMINATE/TRY_LATER',
    'an answer about the sealer',
  );
  t.equal(
    concluded(await judge(sealed, { ...trust, seal: [createTestPki().root.certificate.der] })),
    'INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND',
  );
  const stranger = ocesEnvironment('production');
  t.equal(
    concluded(await judge(sealed, { ...trust, methods: { nemid: stranger } })),
    'INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE',
  );
  const foreign = await seal({
    ...content,
    signer: { ...content.signer, uniqueId: '9208-2002-2-000000000001' },
  });
  t.equal(concluded(await judge(foreign)), 'INDETERMINATE/SIG_CONSTRAINTS_FAILURE', 'another signer');
  const naked = await judge(content.native.bytes);
  t.equal(
    concluded(naked),
    'INDETERMINATE/OUT_OF_BOUNDS_NO_POE',
    'without the package nothing proves its time',
  );
  t.equal(naked.format, 'NemID');
  t.equal((await judge(Buffer.from(Buffer.from(content.native.bytes).toString('base64')))).format, 'NemID');

  const pdf = await judge(await evidence.sealPdf(sealed));
  t.equal(pdf.parts[0]?.report.format, 'LTV-SDO');
  t.equal(concluded(pdf.parts[0]!.report), 'TOTAL-PASSED', 'the package in a PDF');
  t.equal(concluded(pdf), 'INDETERMINATE/TRY_LATER', 'B-T carries no answers');
});

t.test('files that are no signatures', async (t) => {
  for (const damaged of ['%PDF-1.7\n', '<?xml version="1.0"?><!DOCTYPE a><a/>']) {
    t.equal(await told(damaged), 'TOTAL-FAILED/FORMAT_FAILURE', damaged);
  }
  const pem = certificatesToPem([files.world.anchor]);
  const cases: [string | Uint8Array, Unjudged][] = [
    ...['', 'hello', '0', '{"a":1}', '<!DOCTYPE html><p>', pem].map((one): [string, Unjudged] => [
      one,
      'unsupported',
    ]),
    ['<a/>', 'no-signature'],
    [Buffer.from('\ufeff<a/>', 'utf16le'), 'unsupported'],
    [Buffer.concat([Buffer.from('junk\n'), writePdf(SMALL)]), 'unsupported'],
    [await files.world.services.timestamp((hash) => createHash(hash).digest()), 'unsupported'],
    [writePdf(SMALL), 'no-signature'],
    [writePdf(SMALL, { trailer: '/Encrypt 1 0 R' }), 'encrypted'],
  ];
  for (const [file, unjudged] of cases) {
    t.equal(await told(file), 'INDETERMINATE/GENERIC', unjudged);
    const { report } = await validate(Buffer.from(file));
    t.equal(report.unjudged, unjudged);
    t.notMatch(report.problem, /\.$|changed|added/);
    const xml = writeEtsiReport(report, tell);
    t.match(xml, `urn:segl:validation:format:${unjudged}`);
    t.match(xml, 'urn:etsi:019102:mainindication:indeterminate');
    t.match(textReport(report, tell), /^(NO SIGNATURE|ENCRYPTED|NOT SUPPORTED) /);
  }
});

t.test('what a PDF was before it was signed, byte for byte', async (t) => {
  const { world, clock } = files;
  const whole = writePdf(SMALL);
  const bare = whole.subarray(0, whole.length - (/\s$/.test(latin1(whole.subarray(-1))) ? 1 : 0));
  for (const [how, pdf] of [
    ['with a line end', Buffer.concat([bare, Buffer.from('\n')])],
    ['with two', Buffer.concat([bare, Buffer.from('\r\n')])],
    ['with zeros behind it', Buffer.concat([bare, Buffer.from('\n\0\0\n')])],
  ] as const) {
    const file = IncrementalFile.of(pdf);
    await addSignature(file, {
      attachments: [],
      key: world.signer('P-256', 'Seal'),
      signerName: 'Segl test',
      signingTime: clock.now(),
    });
    const { documents } = await validate(Uint8Array.from(file.bytes));
    t.same(
      documents.map(({ name, role }) => [name, role]),
      [['before-signing.pdf', 'original']],
      how,
    );
    t.ok(Buffer.from(documents[0]!.bytes).equals(pdf), how);
  }
  const { seal, sealPdf, content, trust, nemid } = await createEvidence();
  const { documents, report } = await validateEvidence({
    modules: builtIn,
    bytes: await sealPdf(await seal(content)),
    trust: {
      methods: { nemid: ocesEnvironment('sandbox', { anchors: [nemid.root], policyPrefix: POLICY_PREFIX }) },
      seal: trust.sealAnchors,
      tsa: trust.tsaAnchors,
    },
    at: TEST_TIME,
  });
  const [original, shown, attached, ...more] = documents;
  t.same(more, []);
  t.match(original, { name: 'Lejekontrakt.pdf', role: 'original' });
  t.equal(
    createHash('sha256').update(original!.bytes).digest('hex'),
    report.parts[0]?.report.package?.documentSha256,
    'its digest is the one that was signed',
  );
  t.match(shown, { name: 'signed-text.txt', role: 'signed', within: 'ltv-sdo-1.xml' });
  t.match(attached, { name: 'ltv-sdo-1.xml', role: 'attached' });
});
