import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { signByXadesjs } from '../../../conformance/extended.ts';
import { createWorld, type KeyKind } from '../../../conformance/world.ts';
import { raise, type XadesLevel } from '@segl/ades/xades/levels';
import { openXades, readXades, type ReadXades } from '@segl/ades/xades/read';
import { ECDSA_SHA256, XADES } from '@segl/ades/xml/algorithms';
import { C14N_10, C14N_EXCLUSIVE, canonicalize } from '@segl/ades/xml/c14n';
import { findAll, parseXml } from '@segl/ades/xml/document';
import { signXades, type XadesData } from '@segl/ades/xades/sign';
import { createTestPki } from '../../support/signatures/test-pki.ts';
import { signXml } from '../../support/signatures/xml-signature.ts';
import { run, tool } from '../../support/tools.ts';

const world = createWorld();
const folder = mkdtempSync(join(tmpdir(), 'segl-xades-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const fileUri = `file://${folder}/aftale.txt`;
const text = Buffer.from('Aftale: æøå\r\n & <b>\n');
const forms: Readonly<Record<string, XadesData>> = {
  enveloping: { form: 'enveloping', bytes: text, mimeType: 'text/plain' },
  detached: { form: 'detached', bytes: text, mimeType: 'text/plain', uri: fileUri },
  enveloped: {
    form: 'enveloped',
    bytes: Buffer.from(
      '\ufeff<?xml version="1.0"?>\n<a:b xmlns:a="urn:x" q="1"><c/>æ &amp; ø</a:b>\n<!-- </a:b> -->',
    ),
  },
};
const levels = ['B', 'T', 'LT', 'LTA', 'XL'] as const;
const detached = (uri: string): Uint8Array | undefined => (uri === fileUri ? text : undefined);
const policy = {
  id: 'urn:oid:1.2.3',
  hash: Buffer.alloc(32, 7),
  uri: 'https://policy.test/',
  notice: 'Læs den.',
};

async function make(data: XadesData, level: XadesLevel, kind: KeyKind = 'P-256'): Promise<Uint8Array> {
  const key = world.signer(kind, `Signer ${kind}`);
  const parts = await signXades({ key, signingTime: new Date(), data: [data], policy });
  return raise(parts, level, world.services);
}

const only = (bytes: Uint8Array): ReadXades => {
  const [first, ...more] = readXades(bytes, { detached });
  if (!first || more.length > 0) throw new Error('not exactly one signature');
  return first;
};

const holds = (read: ReadXades): boolean =>
  read.problem === undefined && read.isBound && read.stamps.every(({ stamp }) => stamp !== undefined);

t.test('each form reads as the level that was asked for, and everything in it holds', async (t) => {
  for (const [form, data] of Object.entries(forms)) {
    for (const level of levels) {
      const read = only(await make(data, level));
      t.equal(read.level, level, `${form} ${level}`);
      t.ok(holds(read), `${form} ${level} holds`);
      t.same(read.signed?.policy?.notice, policy.notice);
    }
  }
});

t.test('xmlsec1 verifies every form with every key it knows', async (t) => {
  const xmlsec1 = tool(t, 'xmlsec1');
  if (!xmlsec1) return;
  writeFileSync(join(folder, 'root.der'), world.anchor);
  writeFileSync(join(folder, 'aftale.txt'), text);
  for (const kind of ['RSA-2048', 'P-256'] as const) {
    for (const [form, data] of Object.entries(forms)) {
      const file = join(folder, `${form}-${kind}.xml`);
      writeFileSync(file, await make(data, 'LTA', kind));
      const args = ['--verify', '--trusted-der', join(folder, 'root.der'), '--id-attr:Id', 'Object'];
      const { code, output } = run(xmlsec1, [
        ...args,
        ...['--id-attr:Id', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'],
        file,
      ]);
      t.equal(code, 0, `${form} ${kind} ${code === 0 ? '' : output}`);
    }
  }
});

t.test('where authorities publish lists alone, lists are carried and referred to', async (t) => {
  const lists = createWorld(undefined, { status: 'lists' });
  const key = lists.signer('P-256', 'Listed');
  const parts = await signXades({ key, signingTime: new Date(), data: [forms['enveloping']!] });
  for (const level of ['LT', 'LTA', 'XL'] as const) {
    const bytes = await raise(parts, level, lists.services);
    const read = only(bytes);
    t.equal(read.level, level);
    t.ok(holds(read));
    t.same([read.carried.ocsps.length, read.carried.crls.length], [0, 2], `${level}: of root and authority`);
    if (level === 'XL') t.match(String(bytes), /<xades:CRLRef>.*<xades:Number>\d+<\/xades:Number>/);
  }
});

t.test('RSA-PSS signs and verifies', async (t) => {
  t.ok(holds(only(await make(forms['enveloping']!, 'T', 'RSA-PSS-3072'))));
});

t.test('a signature grows step by step, byte for byte around what is there', async (t) => {
  const key = world.signer('P-256', 'Step by step');
  const services = world.services;
  for (const data of [forms['enveloping']!, forms['enveloped']!]) {
    let bytes = await raise(await signXades({ key, signingTime: new Date(), data: [data] }), 'B', services);
    for (const level of ['T', 'LT', 'LTA', 'LTA'] as const) {
      const before = bytes.toString();
      bytes = await raise(openXades(bytes), level, services);
      const after = bytes.toString();
      t.equal(only(bytes).level, level);
      t.ok(holds(only(bytes)));
      const start = [...before].findIndex((_, index) => before.charCodeAt(index) !== after.charCodeAt(index));
      t.ok(start > 0 && after.endsWith(before.slice(start)), `${level}: only an insertion`);
    }
    t.equal(only(bytes).stamps.filter(({ name }) => name === 'ArchiveTimeStamp').length, 2);
  }
});

t.test('a plain XML signature of another maker gets time-stamps and validation data', async (t) => {
  const { signer, issuingCa } = createTestPki();
  const plain = signXml({
    wrap: (signature) => `<doc xmlns="urn:doc"><order Id="o">pay 10</order>${signature}</doc>`,
    references: [{ uri: '#o' }],
    privateKey: signer.privateKey,
    certificates: [issuingCa.certificate.der, signer.certificate.der],
    method: ECDSA_SHA256,
  }).replace(' Id="signature"', '');
  // its maker is of another world, so only the time-stamps can be vouched for
  const services = {
    ...world.services,
    signer: () => Promise.resolve({ certificates: [], ocsps: [], crls: [] }),
  };
  const bytes = await raise(openXades(Buffer.from(plain)), 'LTA', services);
  const read = only(bytes);
  t.equal(read.level, 'XML');
  t.equal(read.problem, undefined);
  t.same(
    read.stamps.map(({ name, stamp }) => [name, stamp !== undefined]),
    [
      ['SignatureTimeStamp', true],
      ['ArchiveTimeStamp', true],
    ],
  );
  t.ok(read.carried.ocsps.length > 0);
  t.equal(only(await raise(openXades(bytes), 'LTA', services)).stamps.length, 3, 'and once more');
});

t.test(
  'what a reference leaves as a node-set is archived in the canonical form of the time-stamp',
  async (t) => {
    const bytes = await signByXadesjs(world.identity('P-256', 'With xadesjs'), world.authorities);
    const [properties] = findAll(parseXml(bytes).root, XADES, 'SignedProperties');
    const canonical = ([C14N_10, C14N_EXCLUSIVE] as const).map((algorithm) =>
      Buffer.from(canonicalize(properties!, algorithm)),
    );
    t.notSame(canonical[0], canonical[1]);
    t.same(Buffer.from(only(bytes).references.at(-1)!.octets), canonical[0], 'digested');
    t.same(Buffer.from(openXades(bytes).referenced.at(-1)!), canonical[1], 'archived');
    t.ok(holds(only(await raise(openXades(bytes), 'LTA', world.services))));
  },
);

t.test('LT and XL exclude each other', async (t) => {
  const key = world.signer('P-256', 'Exclusive');
  const services = world.services;
  const sign = async (level: XadesLevel) =>
    raise(await signXades({ key, signingTime: new Date(), data: [forms['enveloping']!] }), level, services);
  await t.rejects(raise(openXades(await sign('XL')), 'LT', services), { code: 'XADES_LEVEL' });
  await t.rejects(raise(openXades(await sign('LT')), 'XL', services), { code: 'XADES_LEVEL' });
  t.equal(only(await raise(openXades(await sign('XL')), 'LTA', services)).level, 'A');
});

t.test('a changed character is found: in the data, the properties, and under every time-stamp', async (t) => {
  const bytes = Buffer.from(await make(forms['enveloping']!, 'LTA'));
  const flip = (needle: string, offset: number): ReadXades => {
    const copy = Buffer.from(bytes);
    const at = copy.indexOf(needle) + needle.length + offset;
    copy[at] = copy[at] === 0x41 ? 0x42 : 0x41;
    return only(copy);
  };
  t.ok(flip('MimeType="text/plain">', 5).problem, 'data');
  t.ok(flip('<xades:SigningTime>', 3).problem, 'signing time');
  t.ok(flip('<ds:SignatureValue', 160).problem, 'signature value');
  const values = flip('<xades:EncapsulatedX509Certificate>', 300);
  t.equal(values.problem, undefined);
  t.match(
    values.stamps.map(({ name, problem }) => [name, problem]),
    [
      ['SignatureTimeStamp', undefined],
      ['ArchiveTimeStamp', { code: 'timestamp/other-data' }],
    ],
    'a certificate under the archive time-stamp',
  );
});

t.test('data that is not there, and transforms on it, are told as problems', async (t) => {
  const bytes = await make(forms['detached']!, 'B');
  t.equal(readXades(bytes)[0]?.problem?.code, 'xmldsig/reference-outside');
  t.match(readXades(bytes, { detached: () => Buffer.from('other') })[0]?.problem, {
    code: 'xmldsig/digest-mismatch',
  });
  t.throws(() => openXades(bytes), { code: 'XADES_INVALID' });
  t.throws(() => openXades(bytes, 3, { detached }), { code: 'XADES_INVALID' });
});
