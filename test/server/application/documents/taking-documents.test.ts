/** Documents as an order brings them: what is wrong with which part of them, and what is kept of those that are right. */
import { Readable } from 'node:stream';
import t from 'tap';
import type { Problem } from '@segl/problem/problem';
import { deleteArchived, findArchived, insertArchived } from '@segl/server/adapters/postgres/sds';
import type { DocumentSpec, OrderSpec, ProvidedDocument } from '@segl/server/domain/order/model';
import { orderProblems } from '@segl/server/domain/order/problems';
import { makeForm } from '../../../support/pdf/form-pdf.ts';
import { makePdf, SMALL, writePdf } from '../../../support/pdf/pdf.ts';
import { anna, demo, openTestApplication, order, task } from '../../../support/server/services.ts';

const DAY = 86_400_000;
const pdf = await makePdf();
const LIMIT = 100_000;
const XPADES = 'application/x-pades';
const LTV_SDO = 'application/x-ltv-sdo';
const other = { service: 'other' };

const home = await openTestApplication(new Date(), () => ({ MAX_DOCUMENT_BYTES: String(LIMIT) }));
t.teardown(() => home.close());
const { db, blobs, config } = home.application.context;

const about = (documents: readonly DocumentSpec[], use: 'sign' | 'view' = 'sign'): OrderSpec => {
  const documentActions = documents.map(({ id }) => ({ type: use, documentRef: id! }));
  return order([task('a', anna, { documentActions, ...(use === 'view' && { signatures: [] }) })], {
    documents,
  });
};
const provided = (more: Partial<ProvidedDocument> = {}): ProvidedDocument => ({
  ...{ kind: 'provided', id: 'doc', description: 'A promise', mimeType: 'text/plain' },
  data: Buffer.from('I promise.'),
  ...more,
});
const fromSds = (refSdsId: string, more = {}): DocumentSpec => ({
  ...{ kind: 'sds', id: 'doc', description: 'A promise', refSdsId, ...more },
});
const fromArchive = (refArchiveId: string): DocumentSpec => ({ kind: 'archive', id: 'doc', refArchiveId });

const put = (contentType: string, bytes: Uint8Array, account = demo): Promise<string> =>
  home.storing.putSds(account, contentType, Readable.from([bytes]));
let archived = 0;
async function archive(contentType: string, bytes: Uint8Array): Promise<string> {
  const id = `archived-${archived++}`;
  const { sha256, size } = await blobs.put(bytes);
  await insertArchived(db, {
    ...{ id, service: 'demo', sha256, size, contentType },
    createdAt: home.clock.now(),
  });
  return id;
}
const create = async (spec: OrderSpec): Promise<string> =>
  (await home.orders.createRequests(demo, [spec])).requestIds[0]!;
const wrong = async (document: DocumentSpec, use?: 'sign' | 'view') => {
  const [found] = await home.orders.judgeRequests(demo, [about([document], use)]);
  return found!.map(({ element, problem }) => ({ element, problem }));
};
const at = (element: string, problem: unknown) => [{ element: `document[1]${element}`, problem }];

t.test('what a reference means must be there, and be of the same account', async (t) => {
  const foreign = await put('text/plain', Buffer.from('I promise.'), other);
  for (const id of ['nothing', foreign])
    t.same(await wrong(fromSds(id)), at('/@ref-sds-id', orderProblems.of('document/not-in-sds', { id })));
  const id = 'nothing';
  t.same(
    await wrong(fromArchive(id)),
    at('/@ref-archive-id', orderProblems.of('document/not-in-archive', { id })),
  );
  t.same(await wrong(fromSds(await put('text/plain', Buffer.from('I promise.')))), []);
  t.same(await wrong(fromArchive(await archive('text/plain', Buffer.from('I promise.')))), []);
});

t.test('bytes must be there, and not too many', async (t) => {
  const missing = at('/data', orderProblems.of('document/data-missing'));
  const { data: _, ...without } = provided();
  t.same(await wrong(without), missing);
  t.same(await wrong(provided({ data: Buffer.alloc(0) })), missing);
  t.same(
    await wrong(fromSds(await put('text/plain', Buffer.alloc(0)))),
    at('/@ref-sds-id', orderProblems.of('document/empty')),
  );
  t.same(await wrong(provided({ data: Buffer.alloc(LIMIT, 'x') })), [], 'as large as it may be');
  t.same(
    await wrong(provided({ data: Buffer.alloc(LIMIT + 1, 'x') })),
    at('/data', orderProblems.of('document/too-large', { limit: LIMIT, setting: 'MAX_DOCUMENT_BYTES' })),
  );
  // taken when the limit was another
  const large = await archive('text/plain', Buffer.alloc(LIMIT + 1, 'x'));
  t.same(
    await wrong(fromArchive(large)),
    at('/@ref-archive-id', orderProblems.of('document/too-large-to-sign', { limit: LIMIT })),
  );
  t.same(await wrong(fromArchive(large), 'view'), [], 'it may be looked at');
});

t.test('media types: what can be shown and signed, and more that can be looked at', async (t) => {
  const allowed = ['application/pdf', 'text/plain'];
  const refused = (mediaType: string, more: readonly string[] = []) =>
    orderProblems.of('document/media-type', { mediaType, allowed: [...allowed, ...more] });
  for (const mediaType of ['image/png', '', LTV_SDO, 'text/plain; name=æ', 'text/plain;\r\nx: y'])
    t.same(await wrong(provided({ mimeType: mediaType })), at('/@mime-type', refused(mediaType)), mediaType);
  t.same(
    await wrong(fromSds(await put('image/png', Buffer.from('x')))),
    at('/@ref-sds-id', refused('image/png')),
  );
  t.same(
    await wrong(fromArchive(await archive('image/png', Buffer.from('x')))),
    at('/@ref-archive-id', refused('image/png')),
  );
  t.same(await wrong(provided({ mimeType: ' Text/PLAIN ; charset=utf-8' })), []);
  t.same(await wrong(provided({ mimeType: LTV_SDO }), 'view'), []);
  t.same(
    await wrong(provided({ mimeType: 'image/png' }), 'view'),
    at('/@mime-type', refused('image/png', [LTV_SDO])),
  );
});

t.test('bytes must be what their media type says', async (t) => {
  const text = Buffer.from('%PDF-1.7 of a kind');
  const [broken] = await wrong(provided({ mimeType: 'application/pdf', data: text }));
  t.match(broken, { element: 'document[1]/data', problem: { code: 'document/refused' } });
  t.match(broken!.problem.params['why'], { code: 'PDF_INVALID' });
  const [stored] = await wrong(fromSds(await put('application/pdf', text)));
  t.match(stored, { element: 'document[1]/@ref-sds-id', problem: broken!.problem });
  const [latin] = await wrong(provided({ data: Buffer.from('Jeg lover æ', 'latin1') }));
  t.match(latin, { element: 'document[1]/data', problem: { code: 'document/refused' } });
  t.same(await wrong(provided({ mimeType: 'application/pdf', data: pdf })), []);
});

t.test('a text is refused that deceives its reader, cannot be drawn or is not in its charset', async (t) => {
  const whyOf = async (text: string, charset = 'utf-8', bytes = Buffer.from(text)) => {
    const [found] = await wrong(provided({ mimeType: `text/plain; charset=${charset}`, data: bytes }));
    if (!found) return undefined;
    t.equal(found.problem.code, 'document/refused');
    return found.problem.params['why'] as Problem;
  };
  for (const [character, name] of [
    ['\u202e', 'U+202E'],
    ['\u202a', 'U+202A'],
    ['\u2066', 'U+2066'],
    ['\u2069', 'U+2069'],
    ['\ufff9', 'U+FFF9'],
    ['\u0085', 'U+0085'],
    ['\u{e0041}', 'U+E0041'],
  ])
    t.match(await whyOf(`Pay\n10${character}0 kr.`), {
      code: 'SIGN_TEXT_DECEPTIVE',
      params: { document: 'doc', characters: [name], line: '2' },
    });
  t.match(await whyOf('Aftale 漢字 \u{1faa9} 漢 \ue000'), {
    code: 'TEXT_UNDRAWABLE',
    params: {
      document: 'doc',
      characters: ['漢 (U+6F22)', '字 (U+5B57)', '\u{1faa9} (U+1FAA9)', '\ue000 (U+E000)'],
    },
  });
  const mismatch = { code: 'SIGN_TEXT_UNREADABLE', params: { why: { code: 'sign-text/charset-mismatch' } } };
  t.match(await whyOf('på ære', 'iso-8859-1'), mismatch);
  t.match(await whyOf('I promise.', 'utf-16le'), mismatch);
  t.match(await whyOf('', 'utf-8', Buffer.from('\ufeffpå ære', 'utf16le')), mismatch);
  t.equal(await whyOf('', 'iso-8859-1', Buffer.from('på ære', 'latin1')), undefined);
  t.equal(await whyOf('', 'utf-16le', Buffer.from('\ufeffpå ære', 'utf16le')), undefined);
  t.equal(await whyOf('\ufeffZero\u200bwidth, nb\u00a0sp, שלום, می‌خواهم, Ελλάδα ☺\ufe0f\r\n'), undefined);
});

t.test('only a PDF is a form, and only what fits may be filled in', async (t) => {
  const form = { id: 'interactive', inputParams: [{ name: 'nome', value: 'x' }] };
  t.same(await wrong(provided({ form })), at('/form', orderProblems.of('form/not-a-pdf')));
  t.same(await wrong(provided({ form, mimeType: 'application/pdfx' })), [
    ...at(
      '/@mime-type',
      orderProblems.of('document/media-type', {
        mediaType: 'application/pdfx',
        allowed: ['application/pdf', 'text/plain'],
      }),
    ),
  ]);
  const data = await makeForm();
  for (const mimeType of ['application/pdf', ' Application/PDF ; x=y'])
    t.match(await wrong(provided({ form, mimeType, data })), [
      { element: 'document[1]/form/input-param[@name="nome"]', problem: { code: 'form/field-unknown' } },
    ]);
  t.match(await wrong(provided({ form, mimeType: 'application/pdf', data: pdf })), [
    { element: 'document[1]/form' },
  ]);
  const [first, ...more] = await wrong(
    provided({ form, mimeType: 'application/pdf', data: Buffer.from('%PDF-1.7 of a kind') }),
  );
  t.match(first, { element: 'document[1]/data', problem: { code: 'document/refused' } });
  t.same(more, [], 'of what is no PDF nothing else is told');
});

t.test('a form may act by itself: the document that is signed is made anew', async (t) => {
  const acting = writePdf({
    ...SMALL,
    1: '<</Type /Catalog /Pages 2 0 R /OpenAction <</S /JavaScript /JS (x)>> >>',
  });
  const document = provided({ mimeType: 'application/pdf', data: acting });
  t.match(await wrong(document), [{ element: 'document[1]/data', problem: { code: 'document/refused' } }]);
  const form = { id: 'interactive', inputParams: [] };
  t.match(await wrong({ ...document, form }), [{ element: 'document[1]/form' }], 'it has no fields');
});

t.test('to a signer, a PDF of ours is a PDF', async (t) => {
  const requestId = await create(about([fromSds(await put(XPADES, pdf))]));
  const path = { requestId, taskId: 'a', documentId: 'doc', which: 'original' } as const;
  t.equal((await home.storing.getOrderDocument(demo, path)).contentType, 'application/pdf');
});

t.test('what an order refers to is kept for as long as new uploads are', async (t) => {
  const id = await put('text/plain', Buffer.from('I promise.'));
  home.clock.advance((config.sdsDays - 1) * DAY);
  await create(about([fromSds(id)]));
  home.clock.advance((config.sdsDays - 1) * DAY);
  t.equal((await home.storing.getSds(demo, id)).size, 10);
  home.clock.advance(DAY);
  await t.rejects(home.storing.getSds(demo, id), { code: 'SDS_UNKNOWN' });
});

t.test('what goes while its order is taken is gone, and nothing is ordered', async (t) => {
  const sdsId = await put('text/plain', Buffer.from('I promise.'));
  const archiveId = await archive('text/plain', Buffer.from('I promise.'));
  const refused = (
    document: DocumentSpec,
    element: string,
    problem: Problem,
    happen: () => Promise<unknown>,
  ) =>
    t.test(element, async (t) => {
      // what came with the call is stored between judging and writing
      const store = blobs.put.bind(blobs);
      t.intercept(blobs, 'put', {
        value: async (...args: Parameters<typeof store>) => {
          await happen();
          return store(...args);
        },
      });
      const problems = [orderProblems.of('value/at', { element: `document[1]/${element}`, problem })];
      const both = about([document, provided({ id: 'extra' })]);
      await t.rejects(create(both), { code: 'ORDER_INVALID', params: { problems } });
    });
  await refused(fromSds(sdsId), '@ref-sds-id', orderProblems.of('document/not-in-sds', { id: sdsId }), () =>
    home.storing.deleteSds(demo, sdsId),
  );
  const gone = orderProblems.of('document/not-in-archive', { id: archiveId });
  await refused(fromArchive(archiveId), '@ref-archive-id', gone, () =>
    deleteArchived(db, 'demo', [archiveId]),
  );
});

t.test('originals that are to be in the archive are there, with their media type', async (t) => {
  const documents = [
    provided({ sendToArchive: true }),
    provided({ id: 'not', sendToArchive: false }),
    { ...fromArchive(await archive('text/plain', Buffer.from('I promise.'))), id: 'is' },
  ];
  const requestId = await create(about(documents));
  const rows = await db.query<{ id: string; archiveId: string | null }>(
    'select document_id as id, archive_id as "archiveId" from order_documents where request_id = $1',
    [requestId],
  );
  const places = new Map(rows.map(({ id, archiveId }) => [id, archiveId]));
  t.equal(places.get('not'), null);
  t.equal(places.get('is'), `archived-${archived - 1}`);
  t.match(await findArchived(db, 'demo', places.get('doc')!), { contentType: 'text/plain', size: 10 });
  t.equal(await findArchived(db, 'other', places.get('doc')!), undefined);
});
