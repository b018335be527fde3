/** An application with a package of each kind that was really made, and the means to break one thing at a time. */
import { join } from 'node:path';
import type { Test } from 'tap';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { isSeglError } from '@segl/problem/errors';
import { verifyPackage, type VerifiedPackage } from '@segl/identity/evidence/verify';
import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import { providerOf } from '@segl/identity/methods/nemid/provider';
import { packageTask } from '@segl/server/application/packaging/package-task';
import type { ProvidedDocument } from '@segl/server/domain/order/model';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import { findResult } from '@segl/server/adapters/postgres/orders/results';
import { anna, client, openTestApplication, demo, order, task } from '../support/server/services.ts';
import { openForger } from '../support/forged-message.ts';
import { createSealer } from '../support/signatures/ltvsdo.ts';
import { SMALL, writePdf } from '../support/pdf/pdf.ts';
import { TEST_TIME } from '../support/signatures/test-pki.ts';
import { pageOf, posted, parametersOf } from '../support/server/methods.ts';

/** One requirement of the policy: its id, what the test shows, and the test. */
export type Requirement = readonly [
  id: string,
  title: string,
  prove: (t: Test, world: World) => Promise<void>,
];

export interface SigningSession {
  readonly key: SessionKey;
  readonly requestId: string;
}

export const TASK = 'a';
/** With everything that could be lost on the way. */
export const EXTERNAL_REFERENCE = '  Sag 4711 & <bilag> "æøå"\r\n\t\u{1F600} ]]> ';

const documents = {
  text: { mimeType: 'text/plain; charset=utf-8', data: Buffer.from('Jeg lover det.\r\n') },
  pdf: { mimeType: 'application/pdf', data: Buffer.from(writePdf(SMALL)) },
} as const;
export type Kind = keyof typeof documents;

export const pdfBytes = documents.pdf.data;

export type World = Awaited<ReturnType<typeof createWorld>>;

/** The code of the refusal, with the requirement or check that it names; undefined when it went through. */
export async function refusal(attempt: () => unknown): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    if (!isSeglError(error)) throw error;
    const { requirement, check } = error.params;
    const named = requirement ?? check;
    return typeof named === 'string' ? `${error.code} ${named}` : error.code;
  }
}

export async function createWorld() {
  const home = await openTestApplication(TEST_TIME);
  const {
    context,
    packaging: { seal },
  } = home.application;
  const { db, blobs, config, eid } = context;
  const { signers, opened } = eid.installation;
  const { profile } = providerOf(opened.get('nemid')!);
  const forger = openForger(join(config.dataDir, 'sandbox'), {
    url: config.variables['NEMID_CLIENT_URL'] ?? '',
    friendlyName: profile.friendlyName,
    now: TEST_TIME,
  });
  const sealer = await createSealer();
  const trust = { sealAnchors: seal.anchors, signers };
  /** Visits that wait for their packages in the background. */
  const waiting: Promise<unknown>[] = [];

  const open = async (kind: Kind, given = true): Promise<SigningSession> => {
    const document: ProvidedDocument = {
      kind: 'provided',
      id: 'doc',
      description: 'Et løfte',
      externalReference: EXTERNAL_REFERENCE,
      ...documents[kind],
    };
    const spec = order([task(TASK, given ? anna : undefined)], { documents: [document] });
    const requestId = (await home.orders.createRequests(demo, [spec])).requestIds[0]!;
    return { requestId, key: await home.portal.open({ requestId, taskId: TASK, client }) };
  };
  const read = async ({ key }: SigningSession): Promise<void> => {
    (await home.portal.document(key, 'doc', client)).open().resume();
    await home.portal.markRead(key, 'doc');
  };
  const start = (visit: SigningSession) =>
    home.portal.startSigning(visit.key, 'doc', { origin: config.publicUrl, language: 'da', client });
  const stateOf = async ({ requestId }: SigningSession): Promise<string | undefined> =>
    (await db.query<{ state: string }>('select state from tasks where request_id = $1', [requestId]))[0]
      ?.state;
  /** Signed and sent in, and no worker has taken it up yet. */
  const sentIn = async (kind: Kind): Promise<SigningSession> => {
    const visit = await open(kind);
    await home.readAndSign(visit.key, anna);
    waiting.push(home.portal.sendIn(visit.key));
    while ((await stateOf(visit)) !== 'sent-in');
    return visit;
  };
  const pack = ({ requestId }: SigningSession, change: Partial<PdfContext> = {}): Promise<void> =>
    packageTask({ ...home.packaging, ...change }, { requestId, taskId: TASK });
  const resultOf = async ({ requestId }: SigningSession): Promise<Uint8Array | undefined> => {
    const row = await findResult(db, { requestId, taskId: TASK, documentId: 'doc' });
    return row && blobs.read(row.sha256);
  };
  const make = async (kind: Kind): Promise<Made> => {
    const visit = await sentIn(kind);
    await pack(visit);
    const bytes = Buffer.from((await resultOf(visit))!);
    return { visit, bytes, ...verifyPackage(bytes, trust) };
  };
  const made: Readonly<Record<Kind, Made>> = { text: await make('text'), pdf: await make('pdf') };
  /** Left as it is between tests. */
  const ready = await sentIn('pdf');

  /** What packaging says after `sql` has changed what was kept of the session ($1: its session, $2: its order). */
  const refusalAfter = async (sql: string): Promise<string | undefined> => {
    const { ref } = ready.key;
    const audit = await db.query<Record<string, unknown>>(
      'select id, at, type, trail, data::text as data from audit_entries where session_ref = $1 order by id',
      [ref],
    );
    const natives = await db.query<Record<string, unknown>>(
      'select sha256, evidence::text as evidence, national_id from native_signatures where session_ref = $1',
      [ref],
    );
    const docs = await db.query<Record<string, unknown>>(
      'select content_type, sha256 from order_documents where request_id = $1',
      [ready.requestId],
    );
    try {
      // every statement has both, so that each may use the one it needs
      await db.query(`with ids as (select $1::text as ref, $2::text as request_id) ${sql}`, [
        ref,
        ready.requestId,
      ]);
      return await refusal(() => pack(ready));
    } finally {
      await db.query('delete from audit_entries where session_ref = $1', [ref]);
      for (const { id, at, type, trail, data } of audit) {
        await db.query(
          `insert into audit_entries (id, session_ref, at, type, data, trail) overriding system value
           values ($1, $2, $3, $4, $5, $6)`,
          [id, ref, at, type, data, trail],
        );
      }
      for (const { sha256, evidence, national_id: nationalId } of natives) {
        await db.query(
          'update native_signatures set sha256 = $2, evidence = $3, national_id = $4 where session_ref = $1',
          [ref, sha256, evidence, nationalId],
        );
      }
      for (const { content_type: type, sha256 } of docs) {
        await db.query('update order_documents set content_type = $2, sha256 = $3 where request_id = $1', [
          ready.requestId,
          type,
          sha256,
        ]);
      }
    }
  };
  /** Without the events of a type. */
  const refusalWithout = (type: string): Promise<string | undefined> =>
    refusalAfter(`delete from audit_entries using ids where session_ref = ids.ref and type = '${type}'`);

  return {
    ...{ home, forger, sealer, trust, made, ready },
    ...{ open, read, start, pack, sentIn, stateOf, resultOf, refusalAfter, refusalWithout },
    /** What the service says to a message by `holder`, but for `change`. */
    received: async (kind: Kind, ...forged: Tail<Parameters<typeof forger.sign>>) => {
      const visit = await open(kind);
      await read(visit);
      const parameters = parametersOf(await start(visit));
      const response = forger.sign(parameters, ...forged);
      return refusal(() =>
        home.portal.receiveSignature(visit.key, 'doc', { ...posted(response), ...pageOf(client) }),
      );
    },
    /** The verdict on the package with other content, sealed anew. */
    resealed: async (content: LtvSdoContent): Promise<string | undefined> => {
      const bytes = await sealer.seal(content);
      return refusal(() =>
        verifyPackage(bytes, { ...trust, sealAnchors: [sealer.pki.root.certificate.der] }),
      );
    },
    close: async () => {
      await pack(ready);
      await Promise.all(waiting);
      await home.close();
    },
  };
}

export type Made = VerifiedPackage & { readonly visit: SigningSession; readonly bytes: Buffer };
type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;
