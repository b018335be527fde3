/** Orders in a real database, without the rest of the house: two processes' connections to it. */
import { ManualClock } from '@segl/problem/clock';
import { publicId } from '@segl/problem/ids';
import { setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { Database, type Db } from '@segl/server/adapters/postgres/database';
import type { SignatureEvidence } from '@segl/server/adapters/postgres/sessions/kept-evidence';
import { Listener } from '@segl/server/adapters/postgres/listener';
import { insertOrderDocument } from '@segl/server/adapters/postgres/orders/order-documents';
import { findOrder, lockOrder, updateSpec } from '@segl/server/adapters/postgres/orders/orders';
import { insertResult } from '@segl/server/adapters/postgres/orders/results';
import { insertNativeSignature, insertSession } from '@segl/server/adapters/postgres/sessions/sessions';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { apply, create } from '@segl/server/application/lifecycle/apply';
import { loadSnapshot } from '@segl/server/application/lifecycle/snapshot';
import type { Command, OrderSnapshot } from '@segl/server/domain/lifecycle/transitions';
import type { OrderSpec } from '@segl/server/domain/order/model';
import { withTask } from './lifecycle.ts';
import { newDatabase } from './template-database.ts';

const document = { contentType: 'text/plain', sha256: 'ab'.repeat(32), size: 1 };

export class OrderStore {
  readonly clock: ManualClock;
  readonly db: Database;
  /** Another process. */
  readonly other: Database;
  readonly listener: Listener;
  readonly #end: () => Promise<void>;

  private constructor(clock: ManualClock, url: string, end: () => Promise<void>) {
    this.clock = clock;
    this.db = new Database({ url });
    this.other = new Database({ url });
    this.listener = new Listener({ url, application: 'test', log: silentLogger });
    this.#end = end;
  }

  static async open(start: Date): Promise<OrderStore> {
    const { url, drop } = await newDatabase();
    const store = new OrderStore(new ManualClock(start), url, drop);
    await setAccount(store.db, store.clock, 'demo', 'Bond007');
    return store;
  }

  async close(): Promise<void> {
    await this.listener.close();
    await this.db.close();
    await this.other.close();
    await this.#end();
  }

  /** With the document `doc`, and a session to each task (`${requestId} ${taskId}`) in which it was signed. */
  async create(spec: OrderSpec): Promise<string> {
    const requestId = publicId(this.clock.now());
    await this.db.transaction(async (tx) => {
      await create(tx, this, { requestId, service: 'demo', spec }, async () => {
        await insertOrderDocument(tx, requestId, {
          ...{ ...document, documentId: 'doc', title: 'A promise' },
          ...{ externalReference: null, signTextEntry: null, archiveId: null },
        });
      });
      for (const { id } of spec.tasks) await this.#signingSession(tx, requestId, id);
    });
    return requestId;
  }

  async #signingSession(tx: Db, requestId: string, taskId: string): Promise<void> {
    const ref = `${requestId} ${taskId}`;
    const startedAt = this.clock.now();
    const client = { ip: '192.0.2.7', userAgent: 'Test/1.0' };
    await insertSession(tx, {
      ...{ ref, secretHash: '', requestId, taskId, transactionId: ref, client, startedAt },
      ...{ progress: {}, authenticatedWith: null },
    });
    await insertNativeSignature(tx, {
      ...{ sessionRef: ref, documentId: 'doc', sha256: document.sha256, method: 'nemid-sign' },
      // nobody reads it here
      evidence: {} as SignatureEvidence,
      ...{ nationalId: null, verifiedAt: startedAt },
    });
  }

  /** Carries a command out as its use case does, with what is written alongside. */
  async carryOut(db: Database, requestId: string, given: Command): Promise<boolean> {
    const command = inOwnVisit(given, requestId);
    return db.transaction(async (tx) => {
      if (command.type === 'add-task') {
        const order = await lockOrder(tx, requestId);
        if (!order || order.spec.tasks.some(({ id }) => id === command.task)) return false;
        await updateSpec(tx, requestId, withTask(order.spec, command.task));
      }
      return apply(tx, this, requestId, command, async (createdAt) => {
        if (command.type === 'add-task') await this.#signingSession(tx, requestId, command.task);
        if (command.type !== 'sealed') return;
        for (const documentId of command.results) {
          const ids = { requestId, taskId: command.task, documentId, archiveId: null };
          await insertResult(tx, { ...document, ...ids, createdAt });
        }
      });
    });
  }

  snapshot(requestId: string): Promise<OrderSnapshot> {
    return this.db.snapshot(async (tx) => loadSnapshot(tx, (await findOrder(tx, requestId))!));
  }
}

/** The session of the task that the command is about. */
function inOwnVisit(command: Command, requestId: string): Command {
  if (command.type !== 'leave' && command.type !== 'submit' && command.type !== 'refuse') return command;
  return { ...command, signingSession: { ...command.signingSession, ref: `${requestId} ${command.task}` } };
}

/**
 * The database, with something happening after the nth statement (from 1) of whatever is read through it. `outside`
 * counts the statements that were in no transaction.
 */
export function interrupted(
  db: Database,
  nth: number,
  happen: () => Promise<unknown>,
): { db: Database; outside: () => number } {
  let count = 0;
  let outside = 0;
  const watch = (tx: Db): Db => ({
    async query<Row>(sql: string, params?: readonly unknown[]) {
      const rows = await tx.query<Row>(sql, params);
      count += 1;
      if (count === nth) await happen();
      return rows;
    },
  });
  const watched = {
    query: <Row>(sql: string, params?: readonly unknown[]) => {
      outside += 1;
      return watch(db).query<Row>(sql, params);
    },
    transaction: <T>(work: (tx: Db) => Promise<T>) => db.transaction((tx) => work(watch(tx))),
    snapshot: <T>(read: (tx: Db) => Promise<T>) => db.snapshot((tx) => read(watch(tx))),
  };
  return { db: watched as unknown as Database, outside: () => outside };
}
