import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as peculiar from '@peculiar/webcrypto';
import * as xmldom from '@xmldom/xmldom';
import t from 'tap';
import * as xades from 'xadesjs';
import { setNodeDependencies } from 'xml-core';
import * as xmldsig from 'xmldsigjs';
import xpath from 'xpath';
import { LTV_10, LTV_11 } from '@segl/identity/evidence/ltvsdo/content';
import {
  POLICIES,
  readPolicy,
  SEAL_SIGNATURE_POLICY,
  WSD_BUNDLE_PACKAGING_POLICY,
  WSD_IDENTITY_BUNDLE_PACKAGING_POLICY,
  WSD_IDENTITY_PACKAGING_POLICY,
  WSD_PACKAGING_POLICY,
  WSD_SIGNATURE_POLICY,
} from '@segl/identity/evidence/ltvsdo/policy';
import {
  NEMID_HANDWRITTEN_PACKAGING_POLICY,
  NEMID_PACKAGING_POLICY,
  NEMID_PACKAGING_POLICY_1_0,
  NEMID_WITHOUT_CPR_PACKAGING_POLICY,
} from '@segl/identity/methods/nemid/evidence/policy';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { checkLtvSdoSchema } from '@segl/identity/evidence/ltvsdo/schema';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { writeLtvSdo } from '@segl/identity/evidence/ltvsdo/write';
import { sealLtvSdo } from '@segl/identity/evidence/ltvsdo/seal';
import { DS, ENVELOPED_SIGNATURE } from '@segl/ades/xml/algorithms';
import { C14N_10, canonicalize } from '@segl/ades/xml/c14n';
import { parseXml } from '@segl/ades/xml/document';
import { isSeglError } from '@segl/problem/errors';
import { projectFile } from '@segl/server/paths';
import { createSealer, sampleContent, sealPolicy } from '../../../support/signatures/ltvsdo.ts';
import { TEST_TIME } from '../../../support/signatures/test-pki.ts';
import { run, tool } from '../../../support/tools.ts';
import { signXml } from '../../../support/signatures/xml-signature.ts';
import { every } from '../../../support/sweep.ts';

// its ES module build is not marked as one, which loaders that do not look into files stumble over
const { Crypto } = createRequire(import.meta.url)('@peculiar/webcrypto') as typeof peculiar;

const folder = mkdtempSync(join(tmpdir(), 'segl-ltvsdo-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const rsa = await createSealer('RSA');
const ec = await createSealer('EC-P256');
const sealed = await rsa.seal();
const text = Buffer.from(sealed).toString();
const pem = (der: Uint8Array): string => new X509Certificate(der).toString();

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);
const sameList = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && a.every((one, index) => same(one, b[index]!));

t.test('content is read back as it was written', async (t) => {
  const full = sampleContent();
  t.same(verifyLtvSdo(sealed).content, full);
  const { externalReference: _reference, ...rest } = full;
  const { bundleIndex: _index, originalDocument: _document, ...native } = full.native;
  const { nationalId: _id, ...signer } = full.signer;
  const least = {
    ...rest,
    signer: { ...signer, attributes: [] },
    native: { ...native, validation: { certificates: [], ocsps: [], crls: [Buffer.from('a list')] } },
    verificationAuditTrail: [],
  };
  t.same(verifyLtvSdo(await ec.seal(least)).content, least);
});

t.test('an unsealed package is its own canonical form', async (t) => {
  const unsealed = writeLtvSdo(sampleContent());
  const canonical = canonicalize(parseXml(Buffer.from(unsealed)).root, C14N_10);
  t.equal(Buffer.from(canonical).toString(), unsealed);
  t.throws(() => verifyLtvSdo(Buffer.from(unsealed)), { code: 'LTVSDO_INVALID' });
  t.same(readLtvSdo(Buffer.from(unsealed)).sealCertificates, []);
});

t.test('content that no package may have is refused', async (t) => {
  const base = sampleContent();
  const title = { ...base.document, title: 'a\u0000b' };
  t.throws(() => writeLtvSdo({ ...base, document: title }), { code: 'XML_CHARACTER_INVALID' });
  t.throws(() => writeLtvSdo({ ...base, creationAuditTrail: [] }), { code: 'LTVSDO_INVALID' });
  t.throws(() => writeLtvSdo({ ...base, creation: { ...base.creation, components: [] } }), {
    code: 'LTVSDO_INVALID',
  });
  const nothing = { certificates: [], ocsps: [], crls: [] };
  await t.rejects(
    rsa.seal(base, { validation: nothing }),
    { code: 'LTVSDO_INVALID' },
    'no revocation answer',
  );
});

t.test('the seal tells who sealed, when, and under which policy', async (t) => {
  for (const { seal, pki, validation } of [rsa, ec]) {
    const result = verifyLtvSdo(await seal()).seal;
    t.same(result.signingTime, TEST_TIME);
    t.equal(result.policy?.id, SEAL_SIGNATURE_POLICY);
    t.equal(result.policy?.uri, sealPolicy.uri);
    t.ok(same(result.policy!.hash.value, sealPolicy.hash));
    t.ok(same(result.certificate, pki.signer.certificate.der));
    t.ok(sameList(result.certificates, [pki.issuingCa.certificate.der, pki.root.certificate.der]));
    t.ok(sameList(result.ocsps, validation.ocsps));
  }
});

t.test('the certificate of an OCSP responder travels in its answer, or beside it', async (t) => {
  const responder = rsa.pki.responder.certificate.der;
  t.ok(rsa.validation.certificates.some((der) => same(der, responder)));
  t.notOk(verifyLtvSdo(sealed).seal.certificates.some((der) => same(der, responder)));
  const apart = { ...rsa.validation, ocsps: [Buffer.from('an answer without it')] };
  const result = verifyLtvSdo(await rsa.seal(sampleContent(), { validation: apart }));
  t.ok(result.seal.certificates.some((der) => same(der, responder)));
});

t.test('xmlsec1 accepts the seal and finds a change', async (t) => {
  const xmlsec1 = tool(t, 'xmlsec1');
  if (!xmlsec1) return;
  for (const [name, { seal, pki }] of Object.entries({ rsa, ec })) {
    const verify = (path: string): number =>
      run(xmlsec1, [
        '--verify',
        '--trusted-pem',
        file(`${name}-root.pem`, pem(pki.root.certificate.der)),
        '--untrusted-pem',
        file(`${name}-ca.pem`, pem(pki.issuingCa.certificate.der)),
        '--id-attr:Id',
        `${LTV_11}:LtvSdo`,
        '--id-attr:Id',
        'http://uri.etsi.org/01903/v1.3.2#:SignedProperties',
        '--verification-time',
        '2026-03-01 12:00:00',
        path,
      ]).code;
    const bytes = Buffer.from(await seal());
    t.equal(verify(file('sealed.xml', bytes)), 0, name);
    const at = bytes.indexOf('SignerDisplayName>') + 19;
    bytes[at] = bytes[at]! ^ 1;
    t.not(verify(file('changed.xml', bytes)), 0, `${name}, changed`);
  }
});

t.test('xmldsigjs accepts the seal; xadesjs cannot read a policy with a qualifier', async (t) => {
  setNodeDependencies({ ...xmldom, xpath });
  xmldsig.Application.setEngine('peculiar', new Crypto());
  // without U+0085 and U+2028, which its parser turns into line feeds
  const plain = { ...sampleContent().document, title: 'Købekontrakt <1> & "2" \u{1F600}' };
  for (const { seal } of [rsa, ec]) {
    const document = xades.Parse(Buffer.from(await seal({ ...sampleContent(), document: plain })).toString());
    const signature = document.getElementsByTagNameNS(DS, 'Signature')[0]!;
    const core = new xmldsig.SignedXml(document);
    core.LoadXml(signature);
    t.equal(await core.Verify(), true);
    t.throws(() => new xades.SignedXml(document).LoadXml(signature), { message: /SigPolicyQualifier/ });
  }
});

t.test('packages follow the schema, for libxml2 and for xmllint', async (t) => {
  const schema = projectFile('src', 'identity', 'schemas', 'LtvSdo-1.1.xsd');
  const xmllint = tool(t, 'xmllint');
  for (const { seal } of [rsa, ec]) {
    const bytes = await seal();
    t.doesNotThrow(() => checkLtvSdoSchema(bytes));
    if (!xmllint) continue;
    const args = ['--nonet', '--noout', '--schema', schema, file('sealed.xml', bytes)];
    t.match(run(xmllint, args), { code: 0 });
  }
});

t.test('the schema is strict, and its complaint quotes no value', async (t) => {
  const changes: [string, string][] = [
    ['<ltv:SignerNationality>DK</ltv:SignerNationality>', ''],
    ['<ltv:SignerNationality>DK<', '<ltv:SignerNationality>Danmark<'],
    ['Id="root"', 'Id="other"'],
    ['<ltv:BundleIndex>0<', '<ltv:BundleIndex>-1<'],
    ['Type="transaction-id"', 'Type="other"'],
    ['<ltv:Timestamp>2026-03-01T11:57:00.000Z<', '<ltv:Timestamp>2026-03-01T11:57:00Z<'],
    ['</ltv:Description>', '<ltv:More></ltv:More></ltv:Description>'],
    ['rsa-sha256', 'rsa-sha1'],
    [
      '</xades:UnsignedSignatureProperties>',
      '<xades:SignatureTimeStamp/></xades:UnsignedSignatureProperties>',
    ],
    [LTV_11, LTV_10],
  ];
  for (const [from, to] of changes) {
    const changed = text.replaceAll(from, to);
    t.not(changed, text, from);
    t.throws(() => checkLtvSdoSchema(Buffer.from(changed)), { code: 'LTVSDO_INVALID' }, from);
  }
  const secret = text.replace('2026-03-01T11:58:00.123Z', 'Møller');
  t.throws(() => checkLtvSdoSchema(Buffer.from(secret)), { message: /^[^ø]*SigningTime[^ø]*$/ });
});

t.test('a change of any byte is found', async (t) => {
  const original = verifyLtvSdo(sealed);
  const survivors: string[] = [];
  for (let at = 0; at < sealed.length; at += every(7)) {
    const changed = Buffer.from(sealed);
    changed[at] = changed[at]! ^ (1 << (at % 8));
    try {
      const { seal } = verifyLtvSdo(changed);
      // OCSP answers are signed by their responders, not by the seal: the caller judges them
      if (sameList(seal.ocsps, original.seal.ocsps)) survivors.push(`byte ${at}`);
    } catch (error) {
      if (!isSeglError(error, 'LTVSDO_INVALID')) throw error;
    }
  }
  t.same(survivors, []);
});

t.test('a change that XML would not see is found as well', async (t) => {
  const changes: [string | RegExp, string][] = [
    [/^<\?xml[^]*?\?>\n/, ''],
    [/^/, '\ufeff'],
    ['UTF-8', 'utf-8'],
    ['?>\n', '?>'],
    [/$/, '\n'],
    [/$/, '<!-- x -->'],
    ['Id="root"', "Id='root'"],
    [' Id="root"', '\tId="root"'],
    ['&amp;', '&#38;'],
    ['"></ltv:Component>', '"/>'],
    ['<ltv:DocumentTitle>', '<ltv:DocumentTitle ><!-- x -->'],
    ['<ltv:DocumentTitle>', '<ltv:DocumentTitle xmlns:ltv="' + LTV_11 + '">'],
    ['<ds:KeyInfo>', '<ds:KeyInfo>\n'],
    ['<ds:KeyInfo>', '<ds:KeyInfo Id="x">'],
    ['<ds:KeyInfo>', '<ds:KeyInfo><ds:KeyName>Eve</ds:KeyName>'],
    ['<ds:Object>', '<ds:Object MimeType="x">'],
    ['</ds:Object>', '</ds:Object><ds:Object></ds:Object>'],
    [/(<ds:SignatureValue Id="[^"]*">....)/, '$1 '],
    [/(<ds:SignatureValue Id="[^"]*)(">)/, '$1x$2'],
    ['<ds:SignatureValue Id', '<ds:SignatureValue xmlns:x="urn:x" Id'],
    [/(<xades:EncapsulatedOCSPValue>MI..)/g, '$1\n'],
    [/(<xades:EncapsulatedOCSPValue)(>MI)/g, '$1 Id="x"$2'],
    ['<xades:UnsignedProperties>', '<xades:UnsignedProperties Id="x">'],
  ];
  for (const [from, to] of changes) {
    const changed = text.replace(from, to);
    t.not(changed, text, String(from));
    t.throws(() => verifyLtvSdo(Buffer.from(changed)), { code: 'LTVSDO_INVALID' }, String(from));
  }
});

t.test('certificates can neither be added, removed, swapped nor exchanged', async (t) => {
  const entry = (der: Uint8Array): string =>
    `<xades:EncapsulatedX509Certificate>${Buffer.from(der).toString('base64')}</xades:EncapsulatedX509Certificate>`;
  const [ca, root] = [rsa.pki.issuingCa, rsa.pki.root].map(({ certificate }) => entry(certificate.der));
  const other = entry(ec.pki.root.certificate.der);
  const leaf = Buffer.from(rsa.pki.signer.certificate.der).toString('base64');
  const changes: [string, string][] = [
    [root!, ''],
    [root!, root! + other],
    [root!, other],
    [ca! + root!, root! + ca!],
    [ca!, ca! + ca!],
    [`>${leaf}<`, `>${Buffer.from(ec.pki.signer.certificate.der).toString('base64')}<`],
  ];
  for (const [from, to] of changes) {
    const changed = text.replace(from, to);
    t.not(changed, text);
    t.throws(() => verifyLtvSdo(Buffer.from(changed)), { code: 'LTVSDO_INVALID' });
  }
});

t.test('a seal elsewhere, twice, or over something else is no seal', async (t) => {
  const [seal] = /<ds:Signature .*<\/ds:Signature>/.exec(text)!;
  const without = text.replace(seal, '');
  const forged = without.replace('Åse', 'Eve').replace('Id="root"', 'Id="evil"');
  const inner = without.replace(/^.*\n/, '');
  const variants: Record<string, string> = {
    twice: text.replace(seal, seal + seal.replaceAll('xmldsig-', 'xmldsih-')),
    'in front': without.replace('<ltv:Description>', `${seal}<ltv:Description>`),
    deeper: without.replace('</ltv:AuditTrails>', `${seal}</ltv:AuditTrails>`),
    'with the original in its Object': forged.replace(
      '</ltv:LtvSdo>',
      `${seal.replace('</ds:Signature>', `<ds:Object>${inner}</ds:Object></ds:Signature>`)}</ltv:LtvSdo>`,
    ),
    'with the original beside it': forged.replace('</ltv:LtvSdo>', `${inner}${seal}</ltv:LtvSdo>`),
    'around it all': `<x>${text.replace(/^.*\n/, '')}</x>`,
  };
  for (const [name, variant] of Object.entries(variants)) {
    t.throws(() => verifyLtvSdo(Buffer.from(variant)), { code: 'LTVSDO_INVALID' }, name);
  }
  const wrap = (signature: string): string => without.replace('</ltv:LtvSdo>', `${signature}</ltv:LtvSdo>`);
  const plain = signXml({
    wrap,
    references: [{ uri: '#root', transforms: [ENVELOPED_SIGNATURE] }],
    privateKey: rsa.pki.signer.privateKey,
    certificates: [rsa.pki.signer.certificate.der],
  });
  t.throws(() => verifyLtvSdo(Buffer.from(plain)), { code: 'LTVSDO_INVALID' }, 'no XAdES properties');
});

t.test('packages of other makers are read: version 1.0, white space, no policy', async (t) => {
  const id = 'xmldsig-1';
  const digest = (der: Uint8Array): string => createHash('sha256').update(der).digest('base64');
  const leaf = rsa.pki.signer.certificate.der;
  const properties =
    `<xades:QualifyingProperties Target="#${id}"><xades:SignedProperties Id="${id}-signedprops">` +
    '<xades:SignedSignatureProperties><xades:SigningTime>2017-05-03T14:01:02.345+02:00</xades:SigningTime>' +
    '<xades:SigningCertificate><xades:Cert><xades:CertDigest>' +
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>' +
    `<ds:DigestValue>${digest(leaf)}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificate>` +
    '</xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties>';
  const indented = writeLtvSdo(sampleContent()).replaceAll('><ltv:', '>\n  <ltv:').replace(LTV_11, LTV_10);
  const foreign = signXml({
    id,
    wrap: (signature) => `\ufeff${indented.replace('</ltv:LtvSdo>', `\n${signature}\n</ltv:LtvSdo>`)}\n`,
    references: [
      { uri: '#root', transforms: [ENVELOPED_SIGNATURE] },
      { uri: `#${id}-signedprops`, attributes: ' Type="http://uri.etsi.org/01903#SignedProperties"' },
    ],
    privateKey: rsa.pki.signer.privateKey,
    certificates: [leaf],
    objects: `<ds:Object>${properties}</ds:Object>`,
  });
  const result = verifyLtvSdo(Buffer.from(foreign));
  t.same(result.content, sampleContent());
  t.equal(result.seal.policy, undefined);
  t.equal(result.seal.signingTime.toISOString(), '2017-05-03T12:01:02.345Z');
  t.throws(() => verifyLtvSdo(Buffer.from(foreign.replace('Åse', 'Eve'))), { code: 'LTVSDO_INVALID' });
});

t.test('a seal under our policy must carry the hash of its text', async (t) => {
  const policy = { ...sealPolicy, hash: createHash('sha256').update('another text').digest() };
  const other = await sealLtvSdo(sampleContent(), {
    key: rsa.pki.signerKey,
    signingTime: TEST_TIME,
    policy,
    validation: rsa.validation,
  });
  t.throws(() => verifyLtvSdo(other), { code: 'LTVSDO_INVALID' });
});

t.test('the published policies name themselves and never change', async (t) => {
  const hashes = {
    [NEMID_PACKAGING_POLICY]: 'd4f2140e75f6db9a8897b3ed54e2e2e6c97729f54b063703fe4d95593da96a24',
    [NEMID_PACKAGING_POLICY_1_0]: '1ee77d846c9329031aa34ca92ac255b34ddca43dc44e47352aa874a5502d6af6',
    [NEMID_WITHOUT_CPR_PACKAGING_POLICY]: '087baec8970e725f0ed673efbade0b77bc52d72364123e88b3aa61f0e4b486e4',
    [SEAL_SIGNATURE_POLICY]: 'a4f26464485e45688ce50e52c3366c6b8758f0e72a5f8e0bfc0b6b74a5968869',
    [NEMID_HANDWRITTEN_PACKAGING_POLICY]: 'bccf63ce6b7ab0b11074814a963975ef6ac5ab75d112519cc02e61dbbe4af7e1',
    [WSD_PACKAGING_POLICY]: 'd9fd6b5d99e70e252f880bfc1b26536327018eb7c677b3ef7220dee7e5ffdaba',
    [WSD_IDENTITY_PACKAGING_POLICY]: 'b084b09f6b7bb35b0dd00f240095ef59dbc55f966b7be720923ed61cf7c00e9a',
    [WSD_BUNDLE_PACKAGING_POLICY]: '01813ac2ad39d140786eb8c90a5538e2bcd21fc865b2f3d7f2191396b85c3b20',
    [WSD_IDENTITY_BUNDLE_PACKAGING_POLICY]:
      'b063cef6873d946b8f1477f9c1bf14684e047108438817e56687de81119c7206',
    [WSD_SIGNATURE_POLICY]: '14000044267b82e2ba4f0de642978b2ac25d12ee23ea29e2cb7cac656f24368e',
  } as const;
  for (const id of POLICIES) {
    const policy = readPolicy(id);
    t.match(Buffer.from(policy.bytes).toString(), id);
    t.equal(Buffer.from(policy.sha256).toString('hex'), hashes[id], 'a new text needs a new identifier');
  }
});
