/** The house with its real parts in this process: PostgreSQL, blobs, sandbox; time stands still until moved. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '@segl/sandbox/main';
import { Browser } from '@segl/sandbox/person/browser';
import { useNemId } from '@segl/sandbox/methods/nemid/person/client';
import { testPersons, type TestPerson } from '@segl/sandbox/methods/nemid/persons';
import { ManualClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { OrderFlow } from '@segl/server/application/ordering/ordering';
import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import { createSigningFlow } from '@segl/server/application/signing/portal-flow';
import { StoringFlow } from '@segl/server/application/documents/storing';
import { createTaskService } from '@segl/server/application/ordering/task-flow';
import { createUserSessionFlow } from '@segl/server/application/signing/user-session';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { openApplication, type Application } from '@segl/server/composition/application';
import type { TaskService } from '@segl/server/application/api';
import type { SigningFlow, UserSessionFlow } from '@segl/server/application/signing-api';
import type { Account } from '@segl/server/domain/order/account';
import type { ClientInfo, SessionKey } from '@segl/server/domain/signing-session/client-info';
import { setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { cloneDatabase } from './template-database.ts';
import { pageOf, parametersOf, posted } from './methods.ts';
import { fillSandbox } from '../test-place.ts';

export const client: ClientInfo = { ip: '192.0.2.7', userAgent: 'Test/1.0' };
export const demo: Account = { service: 'demo' };

export interface TestApplication {
  readonly application: Application;
  readonly clock: ManualClock;
  readonly orders: OrderFlow;
  readonly storing: StoringFlow;
  readonly tasks: TaskService;
  readonly portal: SigningFlow;
  readonly sessions: UserSessionFlow;
  readonly packaging: PdfContext;
  /** Reads every document of the open step, signs where asked; stops where something else is due. */
  readAndSign(key: SessionKey, person: TestPerson): Promise<void>;
  /** What the eID client would post for the login that is due. */
  nativeLogin(key: SessionKey, person: TestPerson): Promise<string>;
  /** What the eID client would post for the document that is due. */
  nativeSignature(key: SessionKey, documentId: string, person: TestPerson): Promise<string>;
  close(): Promise<void>;
}

/** `change`: settings that are others than those of the sandbox. */
export async function openTestApplication(
  start = new Date(),
  change: (environment: Record<string, string>) => Record<string, string> = () => ({}),
): Promise<TestApplication> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-house-'));
  const clock = new ManualClock(start);
  await fillSandbox(join(folder, 'sandbox'));
  const sandbox = await startSandbox({
    dataDir: join(folder, 'sandbox'),
    host: '127.0.0.1',
    port: 0,
    clock,
    log: silentLogger,
  });
  // the names that come along, and no others
  const { METHODS_FILE: _, ...environment } = sandbox.environment;
  const database = await cloneDatabase();
  const config = loadConfig({
    ...environment,
    ...(database && { DATABASE_URL: database.url }),
    ...change(environment),
    DATA_DIR: folder,
    PORT: '1',
  });
  const application = await openApplication(config, { clock, log: silentLogger, kind: 'start' });
  await setAccount(application.context.db, clock, 'demo', 'Bond007');
  await setAccount(application.context.db, clock, 'other', 'secret-of-other');
  const portal: SigningFlow = createSigningFlow(application.context);
  const browser = new Browser('da');

  const nativeSignature: TestApplication['nativeSignature'] = async (key, documentId, person) => {
    const origin = config.publicUrl;
    const parameters = parametersOf(
      await portal.startSigning(key, documentId, { origin, language: 'da', client }),
    );
    return useNemId(browser, sandbox.url, person, { parameters, origin });
  };
  const nativeLogin: TestApplication['nativeLogin'] = async (key, person) => {
    const origin = config.publicUrl;
    const parameters = parametersOf(await portal.startLogin(key, { origin, language: 'da', client }));
    return useNemId(browser, sandbox.url, person, { parameters, origin });
  };
  return {
    application,
    clock,
    portal,
    orders: new OrderFlow(application.context),
    storing: new StoringFlow(application.context),
    tasks: createTaskService(application.context),
    sessions: createUserSessionFlow(application.context),
    packaging: application.packaging,
    nativeLogin,
    nativeSignature,
    async readAndSign(key, person) {
      for (;;) {
        const { step } = await portal.view(key);
        if (step.kind === 'read') {
          (await portal.document(key, step.documentId, client)).open().resume();
          await portal.markRead(key, step.documentId);
        } else if (step.kind === 'sign') {
          const response = await nativeSignature(key, step.documentId, person);
          await portal.receiveSignature(key, step.documentId, { ...posted(response), ...pageOf(client) });
        } else return;
      }
    },
    async close() {
      await application.close();
      await database?.drop();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const [anna, bo, carla] = testPersons as [TestPerson, TestPerson, TestPerson];

export { order, task } from './orders.ts';
