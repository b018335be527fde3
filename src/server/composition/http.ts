/** The interfaces: SOAP, documents, portal, validation, operations. */
import type { FastifyInstance } from 'fastify';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { ArchiveFlow } from '../application/documents/archived.ts';
import { StoringFlow } from '../application/documents/storing.ts';
import { createLoginService } from '../application/login/login-flow.ts';
import { OrderFlow } from '../application/ordering/ordering.ts';
import { createTaskService } from '../application/ordering/task-flow.ts';
import { PackagingFlow } from '../application/packaging/packaging-service.ts';
import { createSigningFlow } from '../application/signing/portal-flow.ts';
import { createUserSessionFlow } from '../application/signing/user-session.ts';
import type { CallerSettings } from '../application/access/caller-settings.ts';
import { certificateHeader } from '../http/callers/headers.ts';
import { createCallerReader } from '../http/callers/reader.ts';
import { createLoginAnswers } from '../http/login/answers.ts';
import { opsPlugin } from '../http/ops/plugin.ts';
import { portalPlugin } from '../http/portal/plugin.ts';
import { docPlugin } from '../http/sds/plugin.ts';
import { createHttpServer } from '../http/server.ts';
import { soapPlugin } from '../http/soap/soap-plugin.ts';
import { proxyRule } from '../http/trusted-proxies.ts';
import { verifyPlugin } from '../http/verify/plugin.ts';
import type { Application } from './application.ts';
import { OpenParts } from './open-parts.ts';
import { openValidator } from './validator.ts';

/** Of whom clients may have their certificates: anchors and issuing authorities, PEM. */
const authoritiesOf = ({ rules }: CallerSettings): string[] =>
  [...rules.environment.anchors, ...rules.environment.intermediates, ...rules.intermediates].map((der) =>
    certificatesToPem([der]),
  );

/** Starts the plugins, and listens. Closing the server stops that and waits for requests. */
export async function startService(application: Application): Promise<FastifyInstance> {
  const { config, log } = application.context;
  const callerAuthorities = application.callers && authoritiesOf(application.callers);
  const app = await createHttpServer(config, log, { callerAuthorities });
  const parts = new OpenParts();
  app.addHook('onClose', () => parts.close());
  try {
    await registerPlugins(app, application, parts);
    await app.listen({
      host: config.host,
      port: config.port,
      listenTextResolver: (address) => `Listening on ${address.replace(/^\w+:\/\//, '')}`,
    });
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  return app;
}

async function registerPlugins(
  app: FastifyInstance,
  { context, packaging, callers, login }: Application,
  parts: OpenParts,
): Promise<void> {
  const { config, log, clock, db, eid } = context;
  const caller =
    callers &&
    createCallerReader({
      header: certificateHeader(config.callerCertHeader),
      trusted: proxyRule(config.trustedProxies),
      log,
    });
  await app.register(async (scope) =>
    soapPlugin(scope, {
      orders: new OrderFlow(context),
      tasks: createTaskService(context),
      packaging: new PackagingFlow(packaging),
      archive: new ArchiveFlow(context),
      config,
      log,
      caller,
    }),
  );
  await app.register(async (scope) =>
    docPlugin(scope, { api: new StoringFlow(context), config, log, caller }),
  );
  await app.register(async (scope) =>
    portalPlugin(scope, {
      flow: createSigningFlow(context),
      sessions: createUserSessionFlow(context),
      logins: login && {
        service: createLoginService(context),
        answers: createLoginAnswers({ ...login, clock, publicUrl: config.publicUrl }),
      },
      config,
      log,
      methods: eid.catalogue.modules,
    }),
  );
  const validator = parts.add(await openValidator(config, { clock }));
  await verifyPlugin(app, { api: validator, problems: validator.problems, config, log });
  opsPlugin(app, {
    check: () => db.ping(),
    policies: eid.catalogue.evidence.policies,
    anchors: { signers: eid.installation.signerAnchors, seal: packaging.seal.anchors },
  });
}
