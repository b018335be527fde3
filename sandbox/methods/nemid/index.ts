/** NemID: its clients, its users and their key cards, the CPR services, and orders of certificates. */
import { join } from 'node:path';
import { certificatesToPem } from '@segl/pki/x509/pem';
import type { Simulator, Surroundings } from '../../simulator.ts';
import { OCES_POLICY_PREFIX } from './arc.ts';
import { Certificates } from './certificates.ts';
import { Accounts } from './client/accounts.ts';
import { ClientSessions } from './client/client-session.ts';
import { nemIdPlugin } from './client/routes.ts';
import { TransactionLog } from './client/transactions.ts';
import { CodeFileService } from './codefile/service.ts';
import { codeFilePlugin } from './codefile/routes.ts';
import { employees } from './employees.ts';
import { OrderService } from './orders/service.ts';
import { ordersPlugin } from './orders/routes.ts';
import { findPerson, useNemId } from './person/client.ts';
import { isForCodeFile, useOwnKeyFile } from './person/codefile.ts';
import { testPersons, type TestPerson } from './persons.ts';
import { RidCprService } from './pid-cpr/rid.ts';
import { cprPlugin } from './pid-cpr/routes.ts';
import { PidCprService } from './pid-cpr/service.ts';
import { PRIVATE_SERVICE_ID, PUBLIC_SERVICE_ID } from './pid-cpr/status.ts';
import { BillingCounters } from './providers/counters.ts';
import { ProviderRegistry } from './providers/registry.ts';
import { render } from './render.ts';
import { testToolsPlugin } from './testtools/routes.ts';
import { UserService } from './users/service.ts';
import { UserRegistry } from './users/registry.ts';

/** The name under which NemID has the service provider on record. */
const FRIENDLY_NAME = 'Segl Sandbox';

/** Known to the service, and off unless it is told otherwise. */
const EMPLOYEE_NAMES = ['nemid-moces-sign', 'nemid-moces', 'nemid-codefile-sign', 'nemid-codefile'];

/** Writes what the settings name: how a service uses it as the service provider that is there from the start. */
async function settingsFor({ world, browserUrl, mutualTls, write }: Surroundings) {
  const pem = (...ids: string[]): string => certificatesToPem(ids.map((id) => world.certificate(id)));
  const trusted = await write('oces.trust.pem', pem('oces-root'));
  return {
    environment: {
      NEMID_CLIENT_URL: browserUrl,
      NEMID_CODEFILE_URL: `${browserUrl}/codefile`,
      NEMID_ENVIRONMENT: 'sandbox',
      NEMID_TRUST_FILE: trusted,
      NEMID_POLICY_PREFIX: OCES_POLICY_PREFIX,
      NEMID_FRIENDLY_NAME: FRIENDLY_NAME,
      VOCES_KEY_FILE: await write('voces.key.pem', world.keyPem('voces'), { secret: true }),
      VOCES_CHAIN_FILE: await write('voces.chain.pem', pem('voces', 'oces-ca', 'oces-root')),
      PID_CPR_URL: `${mutualTls.url}/pidws/`,
      PID_SERVICE_ID: PRIVATE_SERVICE_ID,
      RID_CPR_URL: `${mutualTls.url}/ridws/`,
      RID_SERVICE_ID: PRIVATE_SERVICE_ID,
      CPR_TRUST_FILE: await write('cpr.trust.pem', mutualTls.authority),
    },
    methods: { providers: {}, methods: EMPLOYEE_NAMES.map((name) => ({ name })) },
    trust: { anchors: [trusted], intermediates: [await write('oces.ca.pem', pem('oces-ca'))] },
  };
}

async function open(around: Surroundings) {
  const { world, clock, log, mutualTls } = around;
  const file = (name: string): string => join(around.folder, name);
  const registry = await UserRegistry.open(file('users.json'));
  const certificates = await Certificates.open(world, registry.all);
  const accounts = await Accounts.open(file('accounts.json'), registry.all, clock);
  const transactions = await TransactionLog.open(file('transactions.json'), clock);
  const counters = await BillingCounters.open(file('billing.json'), clock);
  const findVoces = (certificate: Uint8Array) => certificates.findVoces(certificate, clock.now());
  const providers = await ProviderRegistry.open(file('providers.json'), {
    id: findVoces(world.certificate('voces')) ?? '',
    friendlyName: FRIENDLY_NAME,
  });
  const users = new UserService({ registry, accounts, certificates, log: transactions, clock });
  const eid = {
    ...{ transactions, clock },
    identityOf: (person: TestPerson) => certificates.identityOf(person),
    findProvider: (certificate: Uint8Array) => {
      const id = findVoces(certificate);
      return id === undefined ? undefined : providers.find(id);
    },
    bill: (provider: string, operation: 'logon' | 'sign') => counters.count(provider, operation),
  };
  return {
    tools: {
      ...{ users, transactions, counters, providers, clock },
      certificateOf: (person: TestPerson) => certificates.of(person),
    },
    orders: await OrderService.open(file('orders.json'), {
      ...{ certificates, providers, clock },
      url: world.url,
      smtp: around.smtpUrl,
    }),
    sessions: new ClientSessions({
      ...{ ...eid, accounts, log },
      setPassword: async (person, password) => {
        await users.setPassword(person, password);
      },
    }),
    codeFile: new CodeFileService(eid),
    cpr: {
      pid: new PidCprService(registry.all, clock, (operation, serviceId) => {
        void counters.count(`SPID ${serviceId}`, operation);
      }),
      rid: new RidCprService(clock, () => [
        ...employees,
        ...registry.all.flatMap(({ employment, cpr }) =>
          employment ? [{ serialNumber: `CVR:${employment.cvr}-RID:${employment.rid}`, cpr }] : [],
        ),
      ]),
      isProvider: (certificate: Uint8Array) => findVoces(certificate) !== undefined,
    },
    ...(await settingsFor(around)),
    cards: render('cards', {
      url: world.url,
      cprUrl: mutualTls.url,
      privateServiceId: PRIVATE_SERVICE_ID,
      publicServiceId: PUBLIC_SERVICE_ID,
    }),
  };
}

const nemid: Simulator<Awaited<ReturnType<typeof open>>> = {
  id: 'nemid',
  persons: testPersons.map(({ userId, name, cpr }) => ({ userId, name, nationalId: cpr })),
  open,
  plugins(app, opened) {
    cprPlugin(app, () => opened().cpr);
    nemIdPlugin(app, () => opened().sessions);
    codeFilePlugin(app, () => {
      const { codeFile, tools } = opened();
      return { service: codeFile, find: (user) => tools.users.find(user) };
    });
    ordersPlugin(app, () => opened().orders);
    testToolsPlugin(app, () => opened().tools);
  },
  async persona(browser, sandboxUrl, user) {
    const person = await findPerson(browser, sandboxUrl, user);
    return {
      name: person.name,
      eid: 'NemID',
      frame: (page) =>
        isForCodeFile(page.parameters)
          ? useOwnKeyFile(browser, sandboxUrl, person, page)
          : useNemId(browser, sandboxUrl, person, page),
      form: (nationalId) => ({
        values: { cpr: nationalId ?? person.cpr, consent: 'yes' },
        done: 'gave the CPR number',
      }),
    };
  },
};

export default nemid;
