import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { BASE64, DS, ECDSA_SHA256, ENVELOPED_SIGNATURE, RSA_SHA1, SHA1 } from '@segl/ades/xml/algorithms';
import { C14N_10, C14N_11, C14N_EXCLUSIVE } from '@segl/ades/xml/c14n';
import { findAll, textOf, parseXml } from '@segl/ades/xml/document';
import { verifyXmlSignature, type XmlSignatureOptions } from '@segl/ades/xml/xmldsig';
import { projectFile } from '@segl/server/paths';
import { isSeglError } from '@segl/problem/errors';
import { createTestPki } from '../../support/signatures/test-pki.ts';
import { run, tool } from '../../support/tools.ts';
import { signXml, type TestSignature } from '../../support/signatures/xml-signature.ts';

const rsa = createTestPki('RSA');
const ec = createTestPki('EC-P256');
const leaf = rsa.signer.certificate.der;

const folder = mkdtempSync(join(tmpdir(), 'segl-xmldsig-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

/** The leaf by its content; the order of KeyInfo means nothing. */
const pickLeaf = (certificates: readonly Uint8Array[]): Uint8Array =>
  certificates.find((der) => !new X509Certificate(der).ca)!;

interface Outcome {
  readonly texts: string[];
  readonly parents: (string | undefined)[];
  readonly certificates: number;
}

/** Verifies the signature named `signature`; what comes out is what was digested and where it stood. */
function verify(
  document: string | Uint8Array,
  options: Partial<XmlSignatureOptions> = {},
  id?: string,
): Outcome {
  const all = findAll(parseXml(Buffer.from(document)).root, DS, 'Signature');
  const signature = id ? all.find((element) => element.attribute('Id') === id) : all[0];
  const result = verifyXmlSignature(signature!, { pickCertificate: pickLeaf, ...options });
  return {
    texts: result.references.map(({ element }) =>
      element
        .all()
        .map((one) => one.ownText)
        .join(''),
    ),
    parents: result.references.map(({ element }) => element.parent?.name),
    certificates: result.certificates.length,
  };
}

/** A document of two parts, the signed order and room for more. */
const base = (change: Partial<TestSignature> = {}): TestSignature => ({
  wrap: (signature) => `<doc xmlns="urn:doc"><order Id="order">pay 10 to Åse</order>${signature}</doc>`,
  references: [{ uri: '#order' }],
  privateKey: rsa.signer.privateKey,
  certificates: [rsa.issuingCa.certificate.der, leaf, rsa.root.certificate.der],
  ...change,
});

const enveloped = (c14n?: string): Partial<TestSignature> => ({
  references: [{ uri: '', transforms: c14n ? [ENVELOPED_SIGNATURE, c14n] : [ENVELOPED_SIGNATURE] }],
});

const refused = (
  test: Pick<typeof t, 'throws'>,
  document: string,
  name: string,
  options?: Partial<XmlSignatureOptions>,
): void => {
  test.throws(() => verify(document, options), { code: 'XMLDSIG_INVALID' }, name);
};

t.test('the real NemID messages verify, whatever the order of their certificates', async (t) => {
  const vectors = projectFile('..', 'shared', 'vectors', 'nemid', 'signatures');
  if (!existsSync(vectors)) return t.pass('NemID vectors', { skip: 'not here' });
  for (const name of readdirSync(vectors).filter((file) => file.endsWith('.xml'))) {
    const message = readFileSync(join(vectors, name));
    t.equal(verify(message).parents[0], 'Signature', name);
    const changed = Buffer.from(message);
    const at = changed.indexOf('<openoces:Value', changed.indexOf('Id="ToBeSigned"'));
    const place = changed.indexOf('>', at) + 3;
    changed[place] = changed[place]! ^ 1;
    t.throws(() => verify(changed), { code: 'XMLDSIG_INVALID' }, `${name}, changed`);
  }
});

t.test('every algorithm on the list verifies', async (t) => {
  t.same(verify(signXml(base())), { texts: ['pay 10 to Åse'], parents: ['doc'], certificates: 3 });
  for (const c14n of [C14N_10, C14N_11, C14N_EXCLUSIVE]) {
    t.doesNotThrow(() => verify(signXml(base({ c14n }))), c14n);
    t.doesNotThrow(() => verify(signXml(base({ c14n, ...enveloped(c14n) }))), `enveloped ${c14n}`);
  }
  for (const hash of ['sha384', 'sha512']) {
    const method = `http://www.w3.org/2001/04/xmldsig-more#rsa-${hash}`;
    t.doesNotThrow(() => verify(signXml(base({ method, hash }))), hash);
  }
  const curve = {
    privateKey: ec.signer.privateKey,
    certificates: [ec.signer.certificate.der],
    method: ECDSA_SHA256,
  };
  t.doesNotThrow(() => verify(signXml(base(curve))), 'ECDSA');
});

t.test('xmlsec1 is of the same opinion', async (t) => {
  const xmlsec1 = tool(t, 'xmlsec1');
  if (!xmlsec1) return;
  const root = join(folder, 'root.pem');
  writeFileSync(root, new X509Certificate(leaf).toString());
  for (const c14n of [C14N_10, C14N_11, C14N_EXCLUSIVE]) {
    const file = join(folder, 'signed.xml');
    writeFileSync(file, signXml(base({ c14n, ...enveloped(c14n), certificates: [leaf] })));
    const args = ['--verify', '--pubkey-cert-pem', root, '--id-attr:Id', 'urn:doc:order', file];
    t.match(run(xmlsec1, args), { code: 0 }, c14n);
  }
});

t.test('SHA-1 and base64 are for those who ask for them', async (t) => {
  const old = signXml(
    base({
      method: RSA_SHA1,
      hash: 'sha1',
      references: [{ uri: '#order', digestMethod: SHA1, hash: 'sha1' }],
    }),
  );
  refused(t, old, 'SHA-1');
  t.doesNotThrow(() => verify(old, { allowSha1: true }));
  const digestOnly = signXml(base({ references: [{ uri: '#order', digestMethod: SHA1, hash: 'sha1' }] }));
  refused(t, digestOnly, 'SHA-1 digest');
  const binary = signXml({
    ...base({ references: [{ uri: '#order', transforms: [BASE64] }] }),
    wrap: (signature) => `<doc><order Id="order">AQ ID</order>${signature}</doc>`,
  });
  refused(t, binary, 'base64');
  t.doesNotThrow(() => verify(binary, { allowBase64: true }));
});

t.test('a change of any byte of what is signed is found', async (t) => {
  const document = Buffer.from(signXml(base()));
  const ranges = [
    ['<order', '</order>'],
    ['<ds:SignedInfo', '</ds:SignedInfo>'],
    ['<ds:SignatureValue>', '</ds:SignatureValue>'],
  ] as const;
  const survivors: string[] = [];
  for (const [from, to] of ranges) {
    for (let at = document.indexOf(from); at < document.indexOf(to) + to.length; at++) {
      for (const mask of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(document);
        changed[at] = changed[at]! ^ mask;
        try {
          verify(changed);
          survivors.push(`byte ${at} ^ ${mask}`);
        } catch (error) {
          if (!isSeglError(error, 'XMLDSIG_INVALID', 'XML_INVALID')) throw error;
        }
      }
    }
  }
  t.same(survivors, []);
});

t.test('a signature that is not built as it must be is refused', async (t) => {
  const good = signXml(base());
  const info = /<ds:SignedInfo>.*<\/ds:SignedInfo>/.exec(good)![0];
  const change = (from: string | RegExp, to: string): string => {
    const changed = good.replace(from, to);
    t.not(changed, good);
    return changed;
  };
  refused(t, change('<ds:SignatureValue>', `${info}<ds:SignatureValue>`), 'two SignedInfo');
  refused(t, change('<ds:KeyInfo>', `${info}<ds:KeyInfo>`), 'SignedInfo behind the value');
  refused(t, change(/(<ds:DigestValue>....)/, '$1<!-- x -->'), 'comment in DigestValue');
  refused(t, change(/(<ds:SignatureValue>....)/, '$1<!-- x -->'), 'comment in SignatureValue');
  refused(t, change(/(<ds:SignatureValue>....)/, '$1<x/>'), 'element in SignatureValue');
  refused(t, change(/(<ds:SignatureValue>....)/, '$1='), 'bad base64');
  refused(t, change('</ds:Signature>', '<ds:Manifest/></ds:Signature>'), 'stranger in Signature');
  refused(t, change('<ds:KeyInfo>', '<ds:KeyInfo><ds:RetrievalMethod URI="#order"/>'), 'RetrievalMethod');
  refused(t, change('<order Id="order">', '<order Id="other">'), 'reference to nothing');
  refused(t, change('</order>', '</order><x id="order"/>'), 'duplicate Id');
  refused(t, change(/<ds:SignedInfo>.*<\/ds:SignedInfo>/, '<ds:SignedInfo/>'), 'empty SignedInfo');
  t.throws(() => verify(`<!DOCTYPE doc>${good}`), { code: 'XML_INVALID' }, 'DTD');
  t.throws(() => verify(change(/(<ds:DigestValue>....)/, '$1<?x?>')), { code: 'XML_INVALID' }, 'instruction');
});

t.test('a signer cannot talk us into anything that is not on the list', async (t) => {
  const make = (change: Partial<TestSignature>): string => signXml(base(change));
  const reference = (uri: string, transforms: string[] = []): string =>
    make({ references: [{ uri, transforms }] });
  refused(t, make({ references: [] }), 'no reference');
  refused(t, make({ references: Array.from({ length: 21 }, () => ({ uri: '#order' })) }), '21 references');
  refused(t, make({ method: `${DS}hmac-sha1` }), 'HMAC');
  refused(t, make({ methodContent: '<ds:HMACOutputLength>8</ds:HMACOutputLength>' }), 'HMACOutputLength');
  refused(t, make({ method: ECDSA_SHA256 }), 'ECDSA with an RSA key');
  refused(t, make({ c14n: `${C14N_10}#WithComments` }), 'unknown canonicalization');
  refused(t, make({ references: [{ uri: '#order', digestMethod: 'urn:md5' }] }), 'unknown digest');
  refused(t, make({ certificates: [ec.signer.certificate.der] }), 'a key of another type');
  refused(
    t,
    make({ keyInfo: '<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>' }),
    'junk',
    {
      pickCertificate: ([first]) => first!,
    },
  );
  for (const uri of [
    'http://127.0.0.1/x',
    'file:///etc/passwd',
    'order',
    '#xpointer(/)',
    '#',
    "#xpointer(id('order'))",
  ]) {
    refused(t, reference(uri), uri);
  }
  for (const transform of [
    'http://www.w3.org/TR/1999/REC-xslt-19991116',
    'http://www.w3.org/TR/1999/REC-xpath-19991116',
    'http://www.w3.org/2002/06/xmldsig-filter2',
    `${C14N_10}#WithComments`,
  ]) {
    refused(t, reference('#order', [transform]), transform);
  }
  refused(t, reference('#order', [C14N_10, C14N_EXCLUSIVE]), 'two canonicalizations');
  refused(t, reference('#order', [C14N_10, ENVELOPED_SIGNATURE]), 'enveloped behind');
  refused(t, reference('#order', [ENVELOPED_SIGNATURE]), 'enveloped elsewhere than the root');
});

t.test('what is wrapped around a signature is never taken for what was signed', async (t) => {
  const good = signXml(base());
  const original = '<order Id="order">pay 10 to Åse</order>';
  const evil = '<order Id="evil">pay 99 to Eve</order>';
  const signature = /<ds:Signature .*<\/ds:Signature>/.exec(good)![0];
  const within = (content: string): string =>
    signature.replace('</ds:Signature>', `${content}</ds:Signature>`);
  const variants: Record<string, string> = {
    'original moved beside': `<doc xmlns="urn:doc">${evil}${signature}<old>${original}</old></doc>`,
    'original moved in front': `<doc xmlns="urn:doc"><old>${original}</old>${evil}${signature}</doc>`,
    'original moved into evil': `<doc xmlns="urn:doc"><order Id="evil">pay 99${original}</order>${signature}</doc>`,
    'original moved into an Object': `<doc xmlns="urn:doc">${evil}${within(`<ds:Object>${original}</ds:Object>`)}</doc>`,
    'signature moved into evil': `<doc xmlns="urn:doc"><order Id="evil">pay 99${signature}</order>${original}</doc>`,
  };
  for (const [name, document] of Object.entries(variants)) {
    let outcome: Outcome;
    try {
      outcome = verify(document);
    } catch (error) {
      t.ok(isSeglError(error, 'XMLDSIG_INVALID'), name);
      continue;
    }
    t.same(outcome.texts, ['pay 10 to Åse'], `${name}: the caller is given the signed element`);
  }
  const twice = `<doc xmlns="urn:doc"><order Id="order">pay 99 to Eve</order>${within(`<ds:Object>${original}</ds:Object>`)}</doc>`;
  refused(t, twice, 'the same Id on both');
  refused(t, good.replace(original, evil.replace('evil', 'order')), 'replaced');
  const replaced = signXml(base(enveloped())).replace('pay 10', 'pay 99');
  refused(t, replaced, 'replaced in an enveloped one');
});

t.test('a Manifest is an element like any other and is not followed', async (t) => {
  const manifest = `<ds:Manifest Id="m"><ds:Reference URI="http://127.0.0.1:9/"/></ds:Manifest>`;
  const document = signXml(
    base({
      references: [{ uri: '#m', attributes: ` Type="${DS}Manifest"` }],
      objects: `<ds:Object>${manifest}</ds:Object>`,
    }),
  );
  t.same(verify(document).parents, ['Object']);
});

t.test('the enveloped transform leaves out its own signature only', async (t) => {
  const first = signXml(base(enveloped()));
  const second = signXml({
    ...base(enveloped()),
    id: 'second',
    wrap: (signature) => first.replace('</doc>', `${signature}</doc>`),
  });
  t.doesNotThrow(() => verify(second, {}, 'second'));
  t.throws(
    () => verify(second, {}, 'signature'),
    { code: 'XMLDSIG_INVALID' },
    'the first knew nothing of it',
  );
});

t.test('white space in base64 and odd Target values do not matter', async (t) => {
  const wrapped = signXml(base()).replace(
    /(<ds:SignatureValue>|<ds:X509Certificate>)([^<]+)/g,
    (_all, tag: string, text: string) => `${tag}\n${text.replace(/.{76}/g, '$&\r\n')}\t `,
  );
  t.same(verify(wrapped).texts, ['pay 10 to Åse']);
  const properties = `<ds:Object Id="p"><ds:SignatureProperties><ds:SignatureProperty Target="signature with space">x</ds:SignatureProperty></ds:SignatureProperties></ds:Object>`;
  t.same(verify(signXml(base({ objects: properties, references: [{ uri: '#p' }] }))).texts, ['x']);
});

t.test('the caller chooses the certificate, and its refusal comes through', async (t) => {
  const refusal = new Error('none of them');
  const pickCertificate = (): never => {
    throw refusal;
  };
  t.throws(() => verify(signXml(base()), { pickCertificate }), refusal);
  refused(t, signXml(base()), 'the wrong one', { pickCertificate: () => ec.signer.certificate.der });
  const [signature] = findAll(parseXml(Buffer.from(signXml(base()))).root, DS, 'Signature');
  const result = verifyXmlSignature(signature!, { pickCertificate: pickLeaf });
  t.ok(Buffer.from(leaf).equals(result.certificate));
  t.equal(textOf(result.references[0]!.element), 'pay 10 to Åse');
  t.equal(
    Buffer.from(result.references[0]!.bytes).toString(),
    '<order xmlns="urn:doc" Id="order">pay 10 to Åse</order>',
  );
});
