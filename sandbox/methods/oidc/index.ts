/** OpenID providers that look like the brokers of today's eIDs. */
import { join } from 'node:path';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { sandboxProblems } from '../../problems.ts';
import type { Simulator, Surroundings } from '../../simulator.ts';
import { bankIdRoot } from './bankid.ts';
import { brokers } from './brokers.ts';
import { holdersFor } from './hierarchy.ts';
import { openOidcKeys, type OidcKeys } from './keys.ts';
import { actInApp, approveInApp } from './person.ts';
import { findOidcPerson, nameOf, oidcPersons } from './persons.ts';
import { CLIENT_ID, CLIENT_KEY_ID, createBrokerProvider, type BrokerProvider } from './provider.ts';
import { render } from './render.ts';
import { oidcPlugin } from './routes.ts';

/**
 * Names beside those that clients of the contract know: the same eID by another broker, with what is signed shown there, with its own
 * signature, or asked in the app.
 */
const NAMES = [
  { name: 'mitid-idura', eid: 'mitid', provider: 'idura' },
  { name: 'mitid-signicat', eid: 'mitid', provider: 'signicat' },
  { name: 'mitid-shown', eid: 'mitid', provider: 'neb', options: { transactionSigning: true } },
  { name: 'sbid-native', eid: 'bankid-se', provider: 'idura', options: { nativeSignature: true } },
  { name: 'mitid-app', eid: 'mitid', provider: 'neb', options: { backchannel: true } },
  { name: 'nbid-app', eid: 'bankid-no', provider: 'idura', options: { backchannel: true } },
  { name: 'sbid-app', eid: 'bankid-se', provider: 'idura', options: { backchannel: true } },
  {
    ...{ name: 'mitid-signicat-app', eid: 'mitid', provider: 'signicat' },
    options: {
      backchannel: true,
      hint: { parameter: 'login_hint', knownBy: 'national-id' },
      asksSigner: true,
    },
  },
].map((name) => ({ ...name, uses: ['authenticate', 'sign'], assurance: 'substantial' }));

/** A code before the eID, and a drawing after it. */
const CHAINS = [
  { name: 'code-mitid', chain: ['sms-otp', 'mitid'] },
  { name: 'mitid-ink', chain: ['mitid', 'ink'] },
];

/** What METHODS_FILE says of the providers; writes the files that it names. */
async function writeMethods(
  { write, world }: Surroundings,
  keys: OidcKeys,
  providers: ReadonlyMap<string, BrokerProvider>,
): Promise<Record<string, object>> {
  const secret = { secret: true } as const;
  const files = {
    clientSecretFile: await write('oidc.secret.txt', keys.clientSecret, secret),
    signingKeyFile: await write('oidc.signing.pem', keys.clientSigning, secret),
    decryptionKeyFile: await write('oidc.decryption.pem', keys.clientDecryption, secret),
  };
  const described: Record<string, object> = {};
  for (const [id, { broker, keySet }] of providers) {
    const common = { module: 'oidc', profile: id, issuer: `${world.url}/oidc/${id}`, clientId: CLIENT_ID };
    const { clientSecretFile, ...signing } = files;
    described[id] = broker.strict
      ? {
          ...{ ...common, ...signing, signingKeyId: CLIENT_KEY_ID },
          keysFile: await write(`oidc.${id}.jwks.json`, JSON.stringify(keySet())),
        }
      : {
          ...{ ...common, clientSecretFile },
          ...(broker.inApp?.signedRequests && {
            signingKeyFile: files.signingKeyFile,
            signingKeyId: CLIENT_KEY_ID,
          }),
        };
  }
  return described;
}

async function open(around: Surroundings) {
  const { folder, world, clock } = around;
  await world.add([...holdersFor('none'), bankIdRoot]);
  const keys = await openOidcKeys(join(folder, 'oidc.json'));
  const providers = new Map(
    brokers.map((broker) => [broker.id, createBrokerProvider(broker, { world, clock, keys })]),
  );
  const trusted = await around.write(
    'bankid.trust.pem',
    certificatesToPem([world.certificate(bankIdRoot.id)]),
  );
  return {
    ...{ providers, clock },
    environment: { BANKID_TRUST_FILE: trusted },
    methods: { providers: await writeMethods(around, keys, providers), methods: [...NAMES, ...CHAINS] },
    trust: { anchors: [trusted], intermediates: [] },
    cards: render('cards', {
      providers: brokers.map(({ id, title }) => ({ title, issuer: `${world.url}/oidc/${id}` })),
    }),
  };
}

const oidc: Simulator<Awaited<ReturnType<typeof open>>> = {
  id: 'oidc',
  persons: oidcPersons.map((person) => ({
    userId: person.userId,
    name: nameOf(person),
    nationalId: person.numbers['DK'] ?? '',
  })),
  open,
  plugins: oidcPlugin,
  async persona(browser, sandboxUrl, user) {
    const person = findOidcPerson(user);
    if (!person) throw sandboxProblems.error('PERSON_UNKNOWN', { user });
    return {
      name: nameOf(person),
      eid: 'OpenID Connect',
      redirect: (url) => approveInApp(browser, url, person),
      // the number that the page may ask for: the app is found by any of the person's
      answer: async (fields) =>
        fields.includes('code') ? undefined : { number: person.numbers['DK'] ?? '', phone: '' },
      approve: (code) => actInApp(browser, sandboxUrl, code, { user: person.userId }),
    };
  },
};

export default oidc;
