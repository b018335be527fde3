/**
 * Files that EU DSS 6.4 and pyHanko 0.38 made, kept in foreign.json: `root` and `files` in base64 (the files packed by
 * gzip), judged at the time `at` with nobody to ask.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { replaced } from '../../../conformance/corpus/break-cms.ts';
import { validate } from '../../../conformance/corpus/relying-party.ts';
import { judgeCms } from '@segl/ades/cades/cms-judge';
import { readArchivedParts } from '@segl/ades/cades/cms-archive';
import { readSignedData } from '@segl/pki/cms/cms-signed-data';
import { Oid } from '@segl/pki/asn1/oids';
import { projectFile } from '@segl/server/paths';
import { concluded } from '../../support/signatures/validation.ts';

interface Kept {
  readonly at: string;
  readonly root: string;
  readonly files: readonly { readonly name: string; readonly gzip: string; readonly content?: string }[];
}

const kept = JSON.parse(
  readFileSync(projectFile('test', 'ades', 'validation', 'foreign.json'), 'utf8'),
) as Kept;
const root = Buffer.from(kept.root, 'base64');

function foreign(name: RegExp): { readonly bytes: Buffer; readonly content?: Buffer } {
  const { gzip, content } = kept.files.find((file) => name.test(file.name))!;
  return {
    bytes: gunzipSync(Buffer.from(gzip, 'base64')),
    ...(content !== undefined && { content: Buffer.from(content, 'base64') }),
  };
}

async function told(file: { readonly bytes: Uint8Array; readonly content?: Uint8Array }): Promise<string[]> {
  const { report } = await validate(file, root, new Date(kept.at), undefined);
  return report.signatures
    .filter(({ format }) => format !== 'document time-stamp')
    .map((one) => `${one.format}-${one.level ?? ''} ${concluded(one)}`);
}

t.test('signatures side by side, each over the document without any of them', async (t) => {
  const { bytes } = foreign(/side by side/);
  const text = bytes.toString();
  t.same(await told({ bytes }), ['XAdES-LT TOTAL-PASSED', 'XAdES-LT TOTAL-PASSED']);
  t.match(text, '>/descendant::ds:Signature<');
  const changed = Buffer.from(text.replace('<c/>', '<d/>'));
  t.same(await told({ bytes: changed }), [
    'XAdES-LT TOTAL-FAILED/HASH_FAILURE',
    'XAdES-LT TOTAL-FAILED/HASH_FAILURE',
  ]);
  for (const [what, find, replace] of [
    ['another expression', '/descendant::ds:Signature<', '/descendant::ds:Object<'],
    ['a prefix of another namespace', '/descendant::ds:Signature<', '/descendant::xades:Signature<'],
    ['another set', 'Filter="subtract"', 'Filter="intersect"'],
    [
      'an expression beside it',
      '</dsig-filter2:XPath>',
      '</dsig-filter2:XPath><f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="union">/</f:XPath>',
    ],
  ] as const) {
    const [first] = await told({ bytes: Buffer.from(text.replace(find, replace)) });
    t.equal(first, 'XAdES-LT INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE', what);
  }
});

t.test('CAdES with revocation data and an archive time-stamp', async (t) => {
  const { bytes } = foreign(/CAdES with an archive/);
  t.same(await told({ bytes }), ['CAdES-LTA TOTAL-PASSED']);
  t.same(await told(foreign(/detached CAdES/)), ['CAdES-LTA TOTAL-PASSED']);
  const { archiveStamps, carried, unjudged } = judgeCms(bytes);
  t.same(
    [carried.ocsps.length, carried.crls.length, unjudged],
    [archiveStamps[0]?.covered.ocsps.length, 0, []],
  );
  t.ok(carried.ocsps.length > 0);
  const { revocations, certificates } = readArchivedParts(bytes);
  const signer = readSignedData(bytes).signer;
  const stamp = signer.unsignedAttributes.get(Oid.signatureTimeStamp)![0]!.raw;
  const authority = certificates.find(
    (der) => Buffer.compare(der, readSignedData(bytes).certificate.der) !== 0,
  )!;
  for (const [what, part] of [
    ['an answer', revocations[0]!.raw],
    ['a certificate', authority],
    ['the signature time-stamp', stamp],
  ] as const) {
    const [said] = await told({ bytes: replaced(bytes, [part, undefined]) });
    t.match(said, /INDETERMINATE\/SIG_CONSTRAINTS_FAILURE$/, `without ${what} that it is over`);
  }
});

t.test('a PDF by RSASSA-PSS with the longest salt, signed again with other metadata', async (t) => {
  const { bytes } = foreign(/longest salt/);
  t.same(await told({ bytes }), ['PAdES-LTA TOTAL-PASSED', 'PAdES-LTA TOTAL-PASSED']);
  const { report } = await validate({ bytes }, root, new Date(kept.at), undefined);
  t.match(report.signatures[0]?.changes, [{ code: 'pdf-change/metadata' }]);
});
