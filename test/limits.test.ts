/** Limits that no other test goes up to; and that docs/reference/limits.md has them all. */
import { createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { limitGroups, limitsPage } from '@segl/cli/limits';
import { withAttributes, withRounds } from '../conformance/fuzz/hostile-der.ts';
import { MAX_ATTRIBUTES, MAX_CERTIFICATES, MAX_SIGNERS, signersIn } from '@segl/pki/cms/cms-signed-data';
import { judgeCms } from '@segl/ades/cades/cms-judge';
import { MAX_SIGNATURES as PDF_SIGNATURES, readPades } from '@segl/ades/pades/read';
import { MAX_ROUNDS, readPkcs12 } from '@segl/server/adapters/keys/pkcs12';
import { readCms } from '@segl/ades/cades/sign';
import { writeSignedData } from '@segl/pki/cms/cms-write';
import { MAX_BYTES, MAX_OID_BYTES, readDer } from '@segl/pki/asn1/der';
import { integer, oid, sequence, bitString, contextValue, nullValue, tlv } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import { checkPdf } from '@segl/ades/pdf/check';
import { MAX_DEPTH as FORM_DEPTH } from '@segl/ades/pdf/form';
import { MAX_DEPTH as OBJECT_DEPTH, MAX_PARTS } from '@segl/ades/pdf/lexer';
import { MAX_TREE_DEPTH } from '@segl/ades/pdf/document';
import { MAX_ENTRIES, MAX_OBJECT_NUMBER, MAX_SECTIONS } from '@segl/ades/pdf/xref';
import { keyProblem, MAX_RSA_BITS } from '@segl/pki/algorithms/signature-algorithm';
import { parseXml, findAll } from '@segl/ades/xml/document';
import { DS, XADES } from '@segl/ades/xml/algorithms';
import { MAX_SIGNATURES, MAX_STAMPS, MAX_VALUES, readXades } from '@segl/ades/xades/read';
import { C14N_EXCLUSIVE } from '@segl/ades/xml/c14n';
import { FREE_EFFORT, MAX_PASSES } from '@segl/ades/xml/parse-limits';
import { MAX_PREFIXES } from '@segl/ades/xml/reference';
import {
  MAX_CERTIFICATES as XML_CERTIFICATES,
  MAX_REFERENCES,
  verifyXmlSignature,
} from '@segl/ades/xml/xmldsig';
import { loadConfig } from '@segl/server/config/config';
import { LIMITS as NEMID, readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import {
  MAX_CERTIFICATES as NEMID_CERTIFICATES,
  readCertificates,
} from '@segl/identity/methods/nemid/evidence/signer-certificate';
import { serverProblems } from '@segl/server/problems';
import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import { MAX_SDOS, PackagingFlow } from '@segl/server/application/packaging/packaging-service';
import { MOST_ROWS, searchProblems } from '@segl/server/application/ordering/searching';
import { MOST_BYTES } from '@segl/server/http/portal/form';
import { createHttpServer, REQUEST_TIMEOUT_MS } from '@segl/server/http/server';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { createMailer, MAX_SUBJECT } from '@segl/server/adapters/outbound/mail';
import { LONGEST_WAIT_MS, waitOf } from '@segl/server/adapters/outbound/outcome';
import { judgeValues, LONGEST_VALUE, type FormField } from '@segl/server/domain/order/form-fields';
import { LIMITS as HAND, LONGEST, readStrokes, readTypedName } from '@segl/identity/handwriting';
import type { OrderSpec, PackagingTaskSpec } from '@segl/server/domain/order/model';
import { MAX_WAIT_MINUTES } from '@segl/server/domain/order/schedule';
import { LONGEST_ID, MAX_DAYS, MOST, validateOrder } from '@segl/server/domain/order/validate';
import { projectFile } from '@segl/server/paths';
import { methodOffer } from './support/method-offer.ts';
import { openPortal } from './support/server/portal-guest.ts';
import { order, task } from './support/server/services.ts';
import { SMALL, writePdf } from './support/pdf/pdf.ts';
import { createFiles } from './support/signatures/validation.ts';
import { createTestPki } from './support/signatures/test-pki.ts';
import { inEnglish } from './support/invalid-values.ts';
import { signXml } from './support/signatures/xml-signature.ts';

const readTest = (file: string): string => readFileSync(projectFile('test', `${file}.test.ts`), 'utf8');

t.test('the page says what the table says; codes and tests are there', async (t) => {
  const plain = (text: string): string => text.replace(/[ -]+\|/g, ' |').replace(/\|[ ]+/g, '| ');
  t.equal(
    plain(readFileSync(projectFile('docs', 'reference', 'limits.md'), 'utf8')).trim(),
    plain(limitsPage()).trim(),
    'npx segl help --limits prints it',
  );
  for (const { what, beyond, test } of limitGroups.flatMap(({ limits }) => limits)) {
    if (typeof beyond === 'string') t.ok(serverProblems.catalogue.paramsOf(beyond), `${what}: ${beyond}`);
    if (!test) continue;
    const [file, name] = test;
    t.ok(readTest(file).includes(name), `${what}: ${file} has "${name}"`);
  }
});

/** Constants that bound something, and are no limit to anybody. */
const NOT_LIMITS: readonly string[] = [
  'src/server/application/signing/method-step.ts LONGEST_STATE', // a module's own mistake
  'src/server/domain/order/form-fields.ts MOST_NAMED', // choices that a message names
  'src/server/http/soap/invalid-values.ts mostKept', // beyond those that a fault lists, problems are only counted
  'src/server/http/sds/file-media-type.ts LONGEST_HEAD', // a longer head is read by the form's parser alone
  'src/server/domain/order/time-zone.ts MAX_OFFSET_MINUTES', // what an offset is
  'src/server/adapters/postgres/listener.ts LONGEST_PAUSE_MS', // a pace
  'src/server/application/archive/preserving.ts LONGEST_PAUSE', // a pace
  'src/server/adapters/postgres/accounts/accounts.ts MAX_REMEMBERED', // a cache
  'src/server/adapters/postgres/embedded/embedded-postgres.ts MAX_SOCKET_FOLDER', // another folder is taken
  'src/server/adapters/keys/pkcs12.ts LARGEST', // the operator's own file
  'src/server/adapters/keys/pkcs11/token.ts MAX_SLOTS', // the operator's own module
  'src/server/adapters/keys/pkcs11/token.ts MAX_SIGNATURE', // so is this
];

t.test('every bound of the rooms that people and back ends meet is in the table', async (t) => {
  const table = readFileSync(projectFile('cli', 'limits.ts'), 'utf8');
  let found = 0;
  for (const room of ['domain', 'application', 'http', 'adapters']) {
    for (const entry of readdirSync(projectFile('src', 'server', room), {
      recursive: true,
      encoding: 'utf8',
    })) {
      const file = join('src', 'server', room, entry);
      if (!file.endsWith('.ts')) continue;
      const source = readFileSync(projectFile(file), 'utf8');
      for (const [, name = ''] of source.matchAll(
        /\bconst ((?:MAX|MOST|LONGEST|LARGEST|LIMITS|limits|most[A-Z])\w*)\b/g,
      )) {
        if (name !== name.toUpperCase() && !/^(limits|most[A-Z])/.test(name)) continue;
        if (!new RegExp(`^(export )?const ${name}\\b`, 'm').test(source)) continue;
        if (NOT_LIMITS.includes(`${file} ${name}`)) continue;
        found += 1;
        const from = file.replace(/^src\//, '@segl/').replace(/\.ts$/, '');
        const imported = new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from '${from}'`);
        t.ok(imported.test(table), `${file} ${name} belongs into cli/limits.ts (or is none: NOT_LIMITS)`);
      }
    }
  }
  t.ok(found > 12, `${found} found`);
});

const offer = {
  methods: methodOffer({ signatureMethods: ['nemid-sign'], authenticationMethods: ['nemid'] }),
  packagingMethods: ['pades'],
  notificationTypes: ['URL'] as const,
  redirectSchemes: [],
};
const problemsOf = (spec: OrderSpec): string[] => inEnglish(validateOrder(spec, offer));
const view = (id: string, more = {}): OrderSpec['tasks'][number] => ({
  ...task(id, undefined, { documentActions: [{ type: 'view', documentRef: 'doc' }], signatures: [] }),
  ...more,
});

t.test('orders: as much as is allowed, and one more', async (t) => {
  const many = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(i));
  const document = (index: number): OrderSpec['documents'][number] => ({
    ...order([]).documents[0]!,
    id: `d${index}`,
  });
  const packaging = (index: number): PackagingTaskSpec => ({
    id: `p${index}`,
    method: 'pades',
    notifications: [],
    documents: [{ taskId: 'a', documentId: 'doc' }],
  });
  const cases: [name: string, most: number, make: (count: number) => OrderSpec][] = [
    ['task', MOST.task, (count) => order(many(count, (index) => view(`t${index}`)))],
    [
      'document',
      MOST.document,
      (count) => ({
        ...order([view('a')]),
        documents: [...order([]).documents, ...many(count - 1, document)],
      }),
    ],
    [
      'packaging-task',
      MOST['packaging-task'],
      (count) => order([task('a', undefined)], { packagingTasks: many(count, packaging) }),
    ],
    [
      'document-action',
      MOST['document-action'],
      (count) => ({
        ...order(
          many(10, (index) =>
            view(`t${index}`, {
              documentActions: many(Math.ceil((count - index) / 10), (number) => ({
                type: 'view',
                documentRef: `d${number}`,
              })),
            }),
          ),
        ),
        documents: many(MOST.document, document),
      }),
    ],
    ['days-to-live', MAX_DAYS, (days) => order([view('a', { daysToLive: days })])],
    ['days-until-deletion', MAX_DAYS, (days) => order([view('a')], { daysUntilDeletion: days })],
    [
      'wait',
      MAX_WAIT_MINUTES,
      (minutes) =>
        order([
          view('a', {
            notifications: [
              {
                id: 'n',
                type: 'URL',
                recipient: 'https://x/',
                message: '',
                schedules: [{ stateIs: 'created', wait: { minutes } }],
              },
            ],
          }),
        ]),
    ],
    ['task[', LONGEST_ID, (length) => order([view('x'.repeat(length))])],
    [
      'document[',
      LONGEST_ID,
      (length) => ({
        ...order([view('a')]),
        documents: [order([]).documents[0]!, { ...document(1), id: 'x'.repeat(length) }],
      }),
    ],
    [
      'packaging-task[',
      LONGEST_ID,
      (length) =>
        order([task('a', undefined)], { packagingTasks: [{ ...packaging(1), id: 'x'.repeat(length) }] }),
    ],
  ];
  for (const [name, most, make] of cases) {
    t.same(problemsOf(make(most)), [], `${most} of ${name}`);
    const [problem, ...others] = problemsOf(make(most + 1));
    t.ok(problem?.includes(name), problem ?? name);
    t.same(others, [], name);
  }
});

t.test('searches: rows of one answer', async (t) => {
  t.same(searchProblems({ criteria: [] }, { from: 5, to: 5 + MOST_ROWS }), []);
  t.match(searchProblems({ criteria: [] }, { from: 5, to: 6 + MOST_ROWS }), [{ element: 'to-index' }]);
});

t.test('packaging: LTV-SDOs of one call', async (t) => {
  const sdos = Array.from({ length: MAX_SDOS + 1 }, (_, index) => ({
    sdo: { kind: 'sds' as const, id: String(index) },
  }));
  const flow = new PackagingFlow({} as PdfContext);
  const call = {
    validationPolicy: 'ltvsdo-validator',
    packagingMethod: 'pades',
    sendResultToArchive: false,
    sdos,
  };
  await t.rejects(flow.createPackage({ service: 'demo' }, call), {
    code: 'SDO_COUNT_REFUSED',
    params: { count: MAX_SDOS + 1, limit: MAX_SDOS },
  });
});

t.test('requests: the time until one has come in', async (t) => {
  const app = await createHttpServer(loadConfig({}), silentLogger);
  t.equal(app.server.requestTimeout, REQUEST_TIMEOUT_MS);
  await app.close();
});

t.test('notifications: the pause that is asked for', async (t) => {
  const now = new Date('2026-01-01T00:00:00Z');
  t.equal(waitOf('60', now), 60_000);
  t.equal(waitOf('999999999', now), LONGEST_WAIT_MS);
  t.equal(waitOf('Sat, 01 Jan 2028 00:00:00 GMT', now), LONGEST_WAIT_MS);
});

t.test('notifications: the subject of a mail', async (t) => {
  const { SMTPServer } = await import('smtp-server');
  let received = '';
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      stream.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
      stream.on('end', () => done());
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as { port: number };
  const mailer = createMailer({ url: `smtp://127.0.0.1:${port}`, from: 'segl@example.com' });
  t.teardown(() => {
    mailer.close();
    server.close();
  });
  const outcome = await mailer.send({
    deliveryId: 'x',
    recipient: 'a@example.com',
    subject: 'a'.repeat(1000),
    text: 'text',
    at: new Date('2026-01-01T00:00:00Z'),
  });
  t.match(outcome, { kind: 'delivered' });
  const subject = /^Subject:(.*(?:\r\n[ \t].*)*)/m.exec(received)?.[1] ?? '';
  t.equal(subject.replace(/\r\n[ \t]/g, '').replaceAll(/[^a]/g, '').length, MAX_SUBJECT);
});

t.test('signatures by hand', async (t) => {
  const stroke = (index: number): number[] => [0, index, 100, index];
  const strokes = (count: number): string =>
    JSON.stringify(Array.from({ length: count }, (_, i) => stroke(i)));
  t.match(readStrokes(strokes(HAND.strokes)), { handwriting: { kind: 'drawn' } });
  t.same(readStrokes(strokes(HAND.strokes + 1)), { problem: 'too-much' });
  const line = (points: number): string =>
    JSON.stringify([Array.from({ length: points }, (_, i) => [i % 1200, i % 400]).flat()]);
  t.match(readStrokes(line(HAND.points)), { handwriting: { kind: 'drawn' } });
  t.same(readStrokes(line(HAND.points + 1)), { problem: 'too-much' });
  t.same(readStrokes(`[${' '.repeat(LONGEST)}]`), { problem: 'too-much' });
  t.match(readStrokes(JSON.stringify([[0, 0, HAND.least, HAND.extent]])), { handwriting: { kind: 'drawn' } });
  t.same(readStrokes(JSON.stringify([[0, 0, HAND.extent, HAND.extent]])), { problem: 'too-little' });
  t.equal(readTypedName('a'.repeat(HAND.name)), 'a'.repeat(HAND.name));
  t.equal(readTypedName('a'.repeat(HAND.name + 1)), undefined);
});

t.test('forms of PDFs', async (t) => {
  const field: FormField = {
    ...{ name: 'a', label: 'A', page: 1, kind: 'lines', required: false, readOnly: false, open: false },
    ...{ options: [], values: [] },
  };
  const judge = (length: number): unknown[] => judgeValues([field], new Map([['a', ['x'.repeat(length)]]]));
  t.same(judge(LONGEST_VALUE), []);
  t.match(judge(LONGEST_VALUE + 1), [{ name: 'a', kind: 'too-long', detail: String(LONGEST_VALUE) }]);
  const bytes = Buffer.from('%PDF-1.7');
  const guest = await openPortal(t, {
    documents: [{ documentId: 'a', title: 'A', mimeType: 'application/pdf', bytes, form: [field] }],
  });
  await guest.open('/std/docaction/demo?request_id=request-1&task_id=task_1');
  await guest.send('form', { f0: 'x'.repeat(MOST_BYTES) });
  t.match(guest.answer, { status: 413, body: /data-code="PAYLOAD_TOO_LARGE"/ });
});

t.test('PDF files', async (t) => {
  const refused = (bytes: Uint8Array, message: RegExp): void => {
    t.throws(() => checkPdf(bytes), { code: 'PDF_INVALID', message }, String(message));
  };
  const nested = (depth: number): Uint8Array =>
    writePdf({ ...SMALL, 3: `<</Type /Page /Parent 2 0 R /X ${'['.repeat(depth)}${']'.repeat(depth)}>>` });
  t.equal(checkPdf(nested(OBJECT_DEPTH - 2)).pages, 1);
  refused(nested(OBJECT_DEPTH + 1), /nested deeper than/);

  // the page is one of them
  const crowded = (part: string, count: number): Uint8Array =>
    writePdf({ ...SMALL, 3: `<</Type /Page /Parent 2 0 R /X [${part.repeat(count - 1)}]>>` });
  for (const part of ['<<>>', '()', '<00>']) {
    t.equal(checkPdf(crowded(part, MAX_PARTS)).pages, 1);
    refused(crowded(part, MAX_PARTS + 1), /more than 250000 dictionaries and strings/);
  }

  const chain = (depth: number, name: string): Record<number, string> => {
    const objects: Record<number, string> = {};
    for (let number = 10; number < 10 + depth; number++)
      objects[number] =
        name === 'Pages'
          ? `<</Type /Pages /Kids [${number + 1} 0 R] /Count 1>>`
          : `<</T (a) /Kids [${number + 1} 0 R]>>`;
    return objects;
  };
  const tree = (depth: number): Uint8Array =>
    writePdf({
      1: '<</Type /Catalog /Pages 10 0 R>>',
      ...chain(depth, 'Pages'),
      [10 + depth]: '<</Type /Page /Parent 10 0 R /MediaBox [0 0 9 9] /Resources <<>>>>',
    });
  t.equal(checkPdf(tree(MAX_TREE_DEPTH)).pages, 1);
  refused(tree(MAX_TREE_DEPTH + 1), /page tree is deeper/);
  const form = (depth: number): Uint8Array =>
    writePdf({
      ...SMALL,
      1: '<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [10 0 R]>>>>',
      ...chain(depth, 'Kids'),
      [10 + depth]: '<</T (z) /FT /Tx>>',
    });
  t.equal(checkPdf(form(FORM_DEPTH)).pages, 1);
  refused(form(FORM_DEPTH + 1), /form fields are deeper/);

  const sound = Buffer.from(writePdf(SMALL)).toString('latin1');
  refused(
    Buffer.from(sound.replace('/Size 6', `/Size ${MAX_OBJECT_NUMBER + 1}`), 'latin1'),
    /counts more than/,
  );
  const stream = `1 0 obj\n<</Type /XRef /Size 9 /W [1 1 1] /Index [0 ${MAX_ENTRIES + 1}] /Root 1 0 R /Length 3>>\nstream\nabc\nendstream\nendobj\n`;
  refused(Buffer.from(`%PDF-1.7\n${stream}startxref\n9\n%%EOF\n`, 'latin1'), /cross-reference entries/);

  const sections = (count: number): Uint8Array => {
    let [text, previous] = [sound, Number(/startxref\n(\d+)/.exec(sound)?.[1])];
    for (let number = 1; number < count; number++) {
      const start = text.length;
      text += `xref\n0 0\ntrailer\n<</Size 6 /Root 1 0 R /Prev ${previous}>>\n`;
      previous = start;
    }
    return Buffer.from(`${text}startxref\n${previous}\n%%EOF\n`, 'latin1');
  };
  t.equal(checkPdf(sections(MAX_SECTIONS)).pages, 1);
  refused(sections(MAX_SECTIONS + 1), /cross-reference sections/);
});

t.test('PDF files: signatures', async (t) => {
  const signed = (count: number): Uint8Array => {
    const fields = Array.from({ length: count }, (_, index) => 100 + index);
    const references = fields.map((number) => `${number} 0 R`).join(' ');
    const field = '<</FT /Sig /T (s) /V <</Type /Sig /ByteRange [0 9 99 9] /Contents <00>>>>>';
    return writePdf({
      ...SMALL,
      1: `<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [${references}]>>>>`,
      ...Object.fromEntries(fields.map((number) => [number, field])),
    });
  };
  t.equal(readPades(signed(PDF_SIGNATURES)).signatures.length, PDF_SIGNATURES);
  t.throws(() => readPades(signed(PDF_SIGNATURES + 1)), {
    code: 'PDF_INVALID',
    message: /more than \d+ signatures/,
  });
});

t.test('NemID messages', async (t) => {
  const nest = (depth: number): Buffer => Buffer.from('<a>'.repeat(depth) + '</a>'.repeat(depth));
  const many = (tags: number): Buffer => Buffer.from(`<a>${'<b/>'.repeat(tags - 1)}</a>`);
  const declared = Array.from({ length: NEMID.namespaces + 1 }, (_, index) => ` xmlns:p${index}="urn:p"`);
  const spaced = Buffer.from(`<a${declared.join('')}/>`);
  for (const bytes of [nest(NEMID.depth + 1), many(NEMID.tags + 1), spaced])
    t.throws(() => readNativeMessage(bytes), {
      code: 'NATIVE_SIGNATURE_REFUSED',
      params: { check: 'message' },
      message: /than \d+ (levels|tags)|deep|many|more/,
    });
  const { der } = createTestPki('EC-P256').root.certificate;
  t.equal(readCertificates(Array<Uint8Array>(NEMID_CERTIFICATES).fill(der)).length, NEMID_CERTIFICATES);
  t.throws(() => readCertificates(Array<Uint8Array>(NEMID_CERTIFICATES + 1).fill(der)), {
    code: 'NATIVE_SIGNATURE_REFUSED',
    params: { check: 'signer-certificate' },
  });
});

t.test('XML signatures: references', async (t) => {
  const pki = createTestPki('RSA');
  const verify = (count: number): number => {
    const parts = Array.from({ length: count }, (_, index) => `<part Id="p${index}"/>`).join('');
    const document = signXml({
      wrap: (signature) => `<doc>${parts}${signature}</doc>`,
      references: Array.from({ length: count }, (_, index) => ({ uri: `#p${index}` })),
      privateKey: pki.signer.privateKey,
      certificates: [pki.signer.certificate.der],
    });
    const [signature] = findAll(parseXml(Buffer.from(document)).root, DS, 'Signature');
    return verifyXmlSignature(signature!, { pickCertificate: ([first]) => first! }).references.length;
  };
  t.equal(verify(MAX_REFERENCES), MAX_REFERENCES);
  t.throws(() => verify(MAX_REFERENCES + 1), {
    code: 'XMLDSIG_INVALID',
    message: /more than \d+ references/,
  });
});

t.test('XML signatures: certificates and prefixes', async (t) => {
  const pki = createTestPki('RSA');
  const verify = (certificates: number, prefixes = 0): number => {
    const list = Array.from({ length: prefixes }, (_, index) => `p${index}`).join(' ');
    const document = signXml({
      wrap: (signature) => {
        const inclusive = `<e:InclusiveNamespaces xmlns:e="${C14N_EXCLUSIVE}" PrefixList="${list}"/>`;
        const transform = `<ds:Transform Algorithm="${C14N_EXCLUSIVE}"`;
        return `<doc><part Id="p"/>${signature.replace(`${transform}/>`, `${transform}>${inclusive}</ds:Transform>`)}</doc>`;
      },
      references: [{ uri: '#p', transforms: [C14N_EXCLUSIVE] }],
      privateKey: pki.signer.privateKey,
      certificates: Array<Uint8Array>(certificates).fill(pki.signer.certificate.der),
    });
    const [signature] = findAll(parseXml(Buffer.from(document)).root, DS, 'Signature');
    return verifyXmlSignature(signature!, { pickCertificate: ([first]) => first! }).certificates.length;
  };
  t.equal(verify(XML_CERTIFICATES, MAX_PREFIXES), XML_CERTIFICATES);
  t.throws(() => verify(XML_CERTIFICATES + 1), {
    code: 'XMLDSIG_INVALID',
    message: /more than \d+ certificates/,
  });
  t.throws(() => verify(1, MAX_PREFIXES + 1), { code: 'XMLDSIG_INVALID', message: /more than \d+ prefixes/ });
});

t.test('XAdES: signatures and time-stamps', async (t) => {
  const signatures = (count: number): Buffer =>
    Buffer.from(`<a>${`<ds:Signature xmlns:ds="${DS}"/>`.repeat(count)}</a>`);
  t.equal(readXades(signatures(MAX_SIGNATURES)).length, MAX_SIGNATURES);
  t.throws(() => readXades(signatures(MAX_SIGNATURES + 1)), {
    code: 'XML_INVALID',
    message: /more than \d+ signatures/,
  });
  const text = Buffer.from(await createFiles().xades('T')).toString('utf8');
  const [stamp = ''] = /<xades:SignatureTimeStamp[^]*?<\/xades:SignatureTimeStamp>/.exec(text) ?? [];
  const again = stamp.replace(/ Id="[^"]*"/, '');
  const stamps = (count: number): Buffer => Buffer.from(text.replace(stamp, again.repeat(count)));
  const [read] = readXades(stamps(MAX_STAMPS));
  t.equal(read!.stamps.filter((one) => one.stamp).length, MAX_STAMPS);
  t.throws(() => readXades(stamps(MAX_STAMPS + 1)), {
    code: 'XML_INVALID',
    message: /more than \d+ time-stamps/,
  });
  const lists = (count: number): Buffer =>
    Buffer.from(`<a xmlns:x="${XADES}">${'<x:EncapsulatedCRLValue/>'.repeat(count)}</a>`);
  t.same(readXades(lists(MAX_VALUES)), []);
  t.throws(() => readXades(lists(MAX_VALUES + 1)), {
    code: 'XML_INVALID',
    message: /more than \d+ certificates, answers and lists/,
  });
});

t.test('XAdES: what signatures are over, together', async (t) => {
  const pki = createTestPki('RSA');
  const body = `<part Id="p">${'x'.repeat(16 << 20)}</part>`;
  const wrap = (signature: string): string => `<doc>${body}${signature}</doc>`;
  const document = signXml({
    wrap,
    references: [{ uri: '#p' }],
    privateKey: pki.signer.privateKey,
    certificates: [pki.signer.certificate.der],
    id: '',
  });
  const signature = document.slice(document.indexOf('<ds:Signature'), -'</doc>'.length).replace(' Id=""', '');
  // with the Id left out SignedInfo is what it was
  const read = readXades(Buffer.from(wrap(signature.repeat(20))));
  const good = read.filter(({ problem }) => problem === undefined).length;
  t.equal(good, MAX_PASSES + FREE_EFFORT / (16 << 20));
  t.match(read.at(-1)?.problem, { code: 'xml/effort' });
});

t.test('CMS signatures: certificates', async (t) => {
  const { signerKey, root, signer } = createTestPki('EC-P256');
  const write = (count: number): Promise<Uint8Array> =>
    writeSignedData({
      contentType: Oid.data,
      digest: new Uint8Array(32),
      key: signerKey,
      certificates: [signer.certificate.der, ...Array<Uint8Array>(count - 1).fill(root.certificate.der)],
    });
  t.equal(readCms(await write(MAX_CERTIFICATES)).certificates.length, MAX_CERTIFICATES);
  const tooMany = await write(MAX_CERTIFICATES + 1);
  t.throws(() => readCms(tooMany), { code: 'CMS_INVALID', message: /more than \d+ certificates/ });
});

t.test('CMS signatures: attributes', async (t) => {
  t.equal(judgeCms(await withAttributes(MAX_ATTRIBUTES)).stamps.length, MAX_ATTRIBUTES);
  const tooMany = await withAttributes(MAX_ATTRIBUTES + 1);
  t.throws(() => judgeCms(tooMany), { code: 'CMS_INVALID', message: /more than \d+ attributes/ });
});

t.test('key files: rounds', async (t) => {
  // as it was written, and with another number
  t.equal(readPkcs12(withRounds(100_000), 'password').others.length, 0);
  t.throws(() => readPkcs12(withRounds(MAX_ROUNDS), 'password'), {
    code: 'PKCS12_INVALID',
    message: /hashed more than \d+ times/,
  });
});

t.test('CMS signatures: signers', async (t) => {
  const info = sequence(integer(1));
  const write = (count: number): Uint8Array => {
    const signers = tlv(0x31, ...Array<Uint8Array>(count).fill(info));
    const data = sequence(integer(1), tlv(0x31), sequence(oid(Oid.data)), signers);
    return sequence(oid(Oid.signedData), contextValue(0, data));
  };
  t.equal(signersIn(write(MAX_SIGNERS)), MAX_SIGNERS);
  t.throws(() => signersIn(write(MAX_SIGNERS + 1)), { code: 'ASN1_INVALID', message: /20 at most/ });
  t.throws(() => signersIn(write(0)), { code: 'ASN1_INVALID' });
});

t.test('DER', async (t) => {
  const long = (length: number): Uint8Array =>
    tlv(0x06, Uint8Array.of(0x2a), new Uint8Array(length - 1).fill(1));
  t.match(readDer(long(MAX_OID_BYTES)).oid(), /^1\.2\.1\./);
  t.throws(() => readDer(long(MAX_OID_BYTES + 1)).oid(), { code: 'ASN1_INVALID' });
  t.throws(() => readDer(new Uint8Array(MAX_BYTES + 1)), { code: 'ASN1_INVALID', message: /longer than/ });
});

t.test('RSA keys', async (t) => {
  const key = (bits: number): ReturnType<typeof createPublicKey> => {
    const modulus = new Uint8Array(bits / 8).fill(0xff);
    const rsa = sequence(integer(modulus), integer(65537));
    const der = sequence(sequence(oid(Oid.rsaEncryption), nullValue()), bitString(rsa));
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  };
  t.equal(keyProblem(key(2048)), undefined);
  t.equal(keyProblem(key(MAX_RSA_BITS)), undefined);
  t.match(keyProblem(key(MAX_RSA_BITS + 8)), { code: 'key/rsa-size', params: { bits: 8200 } });
  t.match(keyProblem(key(2040)), { code: 'key/rsa-size', params: { bits: 2040 } });
});
