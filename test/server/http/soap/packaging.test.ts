/** PackagingService v1 to v4, SealingService v1 and ArchiveService v3. */
import t from 'tap';
import { adesProblems } from '@segl/ades/problems';
import { serverProblems } from '@segl/server/problems';
import { replyErrors, schemaOf } from '../../../support/server/reply-schema.ts';
import { envelope, namespaceOf, operation, otherServices, texts } from '../../../support/server/soap-call.ts';

const versions = [1, 2, 3, 4] as const;
type Version = (typeof versions)[number];
const schemas = new Map(versions.map((v) => [v, schemaOf(`packagingservice-v${v}.wsdl`)]));
const sealing = schemaOf('sealingservice-v1.wsdl');
const archive = schemaOf('archiveservice-v3.wsdl');
t.teardown(() => {
  for (const schema of [...schemas.values(), sealing, archive]) schema.dispose();
});

const ID = /^\d{8}[0-9a-z]{50}$/;
const POLICY =
  '<validation-policy>ltvsdo-validator</validation-policy><packaging-method>pades</packaging-method>';
const SDS = '<sds-document-id><id>abc</id></sds-document-id>';
const sds = { kind: 'sds', id: 'abc' };

const packageRequest = (version: Version, content: string): string =>
  operation('create-package-request', content, namespaceOf(`Packaging-v${version}`));
const sealRequest = (content: string): string =>
  operation('create-seal-request', content, namespaceOf('Sealing-v1'));

type Services = ReturnType<typeof otherServices>;

/** Sends create-package; its reply must fit the schema and hold an id. Gives what the desk was asked for. */
async function packaged(services: Services, version: Version, content: string): Promise<unknown> {
  const { status, body } = await services.packaging(version)(packageRequest(version, content));
  const wrong = status === 200 ? replyErrors(schemas.get(version)!, body) : body;
  if (wrong) throw new Error(wrong);
  if (!ID.test(texts(body, 'id')[0] ?? '')) throw new Error(`no id in ${body}`);
  return services.api.asked.pop()?.[1];
}

t.test('every version takes a list of LTV-SDOs; the archive came with v4', async (t) => {
  const services = otherServices();
  for (const version of versions) {
    const asked = await packaged(
      services,
      version,
      `<version>${version}</version>${POLICY}<sdo>${SDS}</sdo><sdo><uri-document-id>https://x/doc/demo/order/r/t/d/sdo</uri-document-id></sdo>`,
    );
    t.strictSame(asked, {
      validationPolicy: 'ltvsdo-validator',
      packagingMethod: 'pades',
      sendResultToArchive: false,
      sdos: [{ sdo: sds }, { sdo: { kind: 'uri', uri: 'https://x/doc/demo/order/r/t/d/sdo' } }],
    });
  }
  const flag = '<send-result-to-archive>true</send-result-to-archive>';
  t.match(await packaged(services, 4, `${POLICY}${flag}<sdo>${SDS}</sdo>`), { sendResultToArchive: true });
  const empty = flag.replace('true', '');
  t.match(await packaged(services, 4, `${POLICY}${empty}<sdo>${SDS}</sdo>`), { sendResultToArchive: false });
  const v3 = await services.packaging(3)(packageRequest(3, `${POLICY}${flag}<sdo>${SDS}</sdo>`));
  t.match(texts(v3.body, 'problem'), [/send-result-to-archive: is not known here/]);
});

t.test('all kinds of references', async (t) => {
  const services = otherServices();
  const sdos = [
    '<archive-document-id><id>a1</id></archive-document-id>',
    '<order-document-id><request-id>r</request-id><task-id>t</task-id><document-id>d</document-id></order-document-id>',
    '<order-document-id><request-id>r</request-id><document-id>d</document-id><type>source</type></order-document-id>',
    '<order-document-id><request-id>r</request-id><task-id/><document-id>d</document-id><type xsi:nil="true"/></order-document-id>',
    '<order-document-id><request-id>r</request-id><document-id>d</document-id><type/></order-document-id>',
    `${SDS}<uri-document-id/>`,
    '<uri-document-id>\n  https://x/doc/demo/archive/a1\n</uri-document-id>',
  ];
  const order = { kind: 'order', requestId: 'r', documentId: 'd', which: 'result' };
  t.match(await packaged(services, 4, `${POLICY}${sdos.map((sdo) => `<sdo>${sdo}</sdo>`).join('')}`), {
    sdos: [
      { kind: 'archive', id: 'a1' },
      { ...order, taskId: 't' },
      { kind: 'order', requestId: 'r', documentId: 'd', which: 'source' },
      order,
      order,
      sds,
      { kind: 'uri', uri: 'https://x/doc/demo/archive/a1' },
    ].map((sdo) => ({ sdo })),
  });
});

t.test('sdo and sdo-extended keep the order in which they stand', async (t) => {
  const services = otherServices();
  const sdo = (id: string): string => `<sdo><sds-document-id><id>${id}</id></sds-document-id></sdo>`;
  const extended = (id: string, original = ''): string =>
    `<sdo-extended>${original && `<supplementary-data><original-document><sds-document-id><id>${original}</id></sds-document-id></original-document></supplementary-data>`}${sdo(id)}</sdo-extended>`;
  for (const version of [3, 4] as const) {
    const asked = await packaged(
      services,
      version,
      `${sdo('1')}${extended('2', 'o2')}${POLICY}${sdo('3')}${extended('4')}${extended('5', 'o5')}${sdo('6')}`,
    );
    t.strictSame((asked as { sdos: unknown }).sdos, [
      { sdo: { kind: 'sds', id: '1' } },
      { sdo: { kind: 'sds', id: '2' }, original: { kind: 'sds', id: 'o2' } },
      { sdo: { kind: 'sds', id: '3' } },
      { sdo: { kind: 'sds', id: '4' } },
      { sdo: { kind: 'sds', id: '5' }, original: { kind: 'sds', id: 'o5' } },
      { sdo: { kind: 'sds', id: '6' } },
    ]);
  }
  const old = await services.packaging(2)(packageRequest(2, `${POLICY}${extended('1')}${sdo('2')}`));
  t.match(texts(old.body, 'problem'), [/sdo-extended: is not known here; known elements: version, /]);
});

t.test('as real clients send it', async (t) => {
  const services = otherServices();
  const credentials = '<tns:service>demo</tns:service><tns:password>Bond007</tns:password>';
  const bolink = `<tns:create-package-request>${credentials}<tns:version>4</tns:version><tns:packaging-method>pades</tns:packaging-method>
    <tns:validation-policy>ltvsdo-validator</tns:validation-policy><tns:sdo><tns:sds-document-id><tns:id>abc</tns:id></tns:sds-document-id></tns:sdo></tns:create-package-request>`;
  const nodeSoap = await services.packaging(4)(envelope(bolink, namespaceOf('Packaging-v4')));
  t.equal(nodeSoap.status, 200, 'node-soap: its own order, no archive flag');
  t.match(services.api.asked.pop()?.[1], { sendResultToArchive: false, sdos: [{ sdo: sds }] });

  const uri = (n: number): string =>
    `<sdo><uri-document-id>https://x/doc/demo/order/r/t${n}/d/sdo</uri-document-id></sdo>`;
  const jaxWs = `<version>4</version>${POLICY}<send-result-to-archive>false</send-result-to-archive>${uri(1)}`;
  t.match(await packaged(services, 4, jaxWs), { sdos: [{ sdo: { kind: 'uri' } }] }, 'JAX-WS');
  const wcf = await packaged(services, 4, jaxWs + uri(2) + uri(3));
  t.equal((wcf as { sdos: unknown[] }).sdos.length, 3, 'WCF: one for each task');
  const bare = await packaged(
    services,
    4,
    jaxWs.replace('<version>4</version>', '').replace('pades', ' my template '),
  );
  t.match(bare, { packagingMethod: 'my template' }, '.NET Core: no version, a template of its own');
  t.ok(await packaged(services, 2, `<version>2</version>${POLICY}<sdo>${SDS}</sdo>`), 'WCF on v2');
});

t.test('what the desk refuses is an error in a reply with HTTP 200, without an id', async (t) => {
  const services = otherServices();
  for (const version of versions) {
    services.api.failure = serverProblems.error('SDS_UNKNOWN', { id: 'a<b' });
    const request = packageRequest(version, `${POLICY}<sdo>${SDS}</sdo>`);
    const { status, body } = await services.packaging(version)(request);
    t.equal(status, 200);
    t.equal(replyErrors(schemas.get(version)!, body), '');
    t.same(texts(body, 'code'), ['SDS_UNKNOWN']);
    t.match(texts(body, 'message'), [/^There is no document "a&lt;b" in session data storage\. .*\.$/]);
    t.notMatch(body, '<id>');
  }
  services.api.failure = new TypeError('a secret');
  const { status, body } = await services.packaging(4)(packageRequest(4, `${POLICY}<sdo>${SDS}</sdo>`));
  t.equal(status, 500, 'what nobody expected is a fault');
  t.same(texts(body, 'code'), ['INTERNAL']);
  t.notMatch(body, 'secret');
});

t.test('wrong credentials and wrong requests are faults', async (t) => {
  const services = otherServices();
  const request = packageRequest(4, `${POLICY}<sdo>${SDS}</sdo>`);
  const wrong = await services.packaging(4)(request.replace('Bond007', 'x'));
  t.equal(wrong.status, 500);
  t.same(texts(wrong.body, 'code'), ['CREDENTIALS_WRONG']);
  const problems = async (version: Version, content: string): Promise<string[]> => {
    const { body } = await services.packaging(version)(packageRequest(version, content));
    t.same(texts(body, 'code'), ['REQUEST_INVALID']);
    return texts(body, 'problem');
  };
  const at = 'create-package-request';
  t.strictSame(await problems(4, ''), [
    `${at}/validation-policy: is missing`,
    `${at}/packaging-method: is missing`,
  ]);
  t.strictSame(await problems(4, POLICY), [`${at}: needs at least one sdo or sdo-extended`]);
  t.strictSame(await problems(2, POLICY), [`${at}/sdo: is missing`]);
  const kinds = 'archive-document-id, order-document-id, sds-document-id, uri-document-id';
  const two = `<sdo>${SDS}<uri-document-id>https://x/</uri-document-id></sdo>`;
  t.strictSame(
    await problems(
      4,
      `${POLICY}<sdo>${SDS}</sdo><sdo/><sdo-extended><sdo>${SDS}</sdo></sdo-extended>${two}
      <sdo-extended><sdo/><supplementary-data><original-document/></supplementary-data></sdo-extended>`,
    ),
    ['sdo[2]', 'sdo[3]', 'sdo-extended[2]/sdo', 'sdo-extended[2]/supplementary-data/original-document'].map(
      (path) => `${at}/${path}: must have exactly one of ${kinds}`,
    ),
  );
  t.match(
    await problems(
      3,
      `${POLICY}<sdo-extended/><sdo><order-document-id><type>copy</type></order-document-id></sdo><sdo><sds-document-id/></sdo>`,
    ),
    [
      /sdo-extended\[1\]\/sdo: is missing$/,
      /sdo\[1\]\/order-document-id\/type: must be one of source, result$/,
      /sdo\[1\]\/order-document-id\/request-id: is missing$/,
      /sdo\[1\]\/order-document-id\/document-id: is missing$/,
      /sdo\[2\]\/sds-document-id\/id: is missing$/,
    ],
  );
  t.equal(services.api.asked.length, 0);
});

t.test('sealing: an id or an error; the document under either of its names', async (t) => {
  const services = otherServices();
  const seal = '<packaging-method>seal</packaging-method>';
  const sealed = async (content: string): Promise<unknown> => {
    const { status, body } = await services.seal(sealRequest(content));
    if (status !== 200) throw new Error(body);
    t.equal(replyErrors(sealing, body), '');
    t.match(texts(body, 'id'), [ID]);
    return services.api.asked.pop();
  };
  const expected = { packagingMethod: 'seal', document: sds, sendResultToArchive: false };
  const flag = '<send-result-to-archive>false</send-result-to-archive>';
  t.strictSame(await sealed(`<version>1</version>${seal}<sdo>${SDS}</sdo>${flag}`), ['createSeal', expected]);
  t.strictSame(await sealed(`${seal}<inputdocument>${SDS}</inputdocument>`), ['createSeal', expected]);
  t.strictSame(await sealed(`${seal}<sdo>${SDS}</sdo>${flag.replace('false', '1')}`), [
    'createSeal',
    { ...expected, sendResultToArchive: true },
  ]);

  services.api.failure = adesProblems.error('PDF_INVALID', { why: adesProblems.of('pdf/no-pages') });
  const refused = await services.seal(sealRequest(`${seal}<sdo>${SDS}</sdo>`));
  t.equal(refused.status, 200);
  t.equal(replyErrors(sealing, refused.body), '');
  t.same(texts(refused.body, 'code'), ['PDF_INVALID']);

  for (const content of [seal, `${seal}<sdo>${SDS}</sdo><inputdocument>${SDS}</inputdocument>`]) {
    const { body } = await services.seal(sealRequest(content));
    t.match(texts(body, 'problem'), ['create-seal-request: must have exactly one of sdo, inputdocument']);
  }
  const nothing = await services.seal(sealRequest(`${seal}<inputdocument/>`));
  t.match(texts(nothing.body, 'problem'), [/inputdocument: must have exactly one of archive-document-id, /]);
});

t.test('the archive gives documents and removes them', async (t) => {
  const services = otherServices();
  const call = async (name: string, content: string): Promise<string> => {
    const { status, body } = await services.archive(operation(name, content, namespaceOf('Archive-v3')));
    if (status !== 200) throw new Error(body);
    t.equal(replyErrors(archive, body), '');
    return body;
  };
  const bytes = Buffer.from('%PDF-1.7 Ærø');
  services.api.documents.set('a1', { contentType: 'application/pdf', bytes });
  services.api.documents.set('a2', { contentType: 'application/x-ltv-sdo', bytes });
  const version = '<version>3.0</version>';
  const got = await call('archive-request', `${version}<archive-id>a1</archive-id>`);
  t.same(texts(got, 'archive-id'), ['a1']);
  t.same(texts(got, 'mime-type'), ['application/pdf']);
  t.equal(Buffer.from(texts(got, 'data')[0] ?? '', 'base64').toString(), '%PDF-1.7 Ærø');

  const ids = '<archive-id>a2</archive-id><archive-id>none</archive-id><archive-id>\n a1 \n</archive-id>';
  t.same(texts(await call('archive-remove-request', version + ids), 'found'), ['a2', 'a1']);
  t.match(
    await call('archive-remove-request', ids),
    /<archive-remove-response [^>]*\/>/,
    'it may be repeated',
  );

  const gone = await services.archive(
    operation('archive-request', '<archive-id>a1</archive-id>', namespaceOf('Archive-v3')),
  );
  t.equal(gone.status, 500);
  t.same(texts(gone.body, 'code'), ['ARCHIVE_UNKNOWN']);

  const axis =
    `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soapenv:Body>` +
    `<archive-remove-request xmlns="${namespaceOf('Archive-v3')}"><version>3.0</version><service>demo</service><password>Bond007</password><archive-id>x</archive-id></archive-remove-request></soapenv:Body></soapenv:Envelope>`;
  t.equal((await services.archive(axis)).status, 200, 'as Axis sends it');
  const nothing = await services.archive(operation('archive-remove-request', '', namespaceOf('Archive-v3')));
  t.same(texts(nothing.body, 'problem'), ['archive-remove-request/archive-id: is missing']);
});
