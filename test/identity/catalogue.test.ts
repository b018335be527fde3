/** Which names there are, who answers for each, and what is said where nobody does. */
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { overlaid, readCatalogue, type Catalogue } from '@segl/identity/catalogue';
import { shippedNames } from '@segl/identity/methods/names';

const module = fileURLToPath(new URL('./methods/bluebird/aviary.js', import.meta.url));

/** `secret` is what is missing most of the time. */
const NEST = { module, profile: 'nest', url: 'https://nest.example/', trustFile: '/nest.pem' };
const READY = { ...NEST, secret: 's3cret' };

const read = (providers: object, methods: readonly object[] = []): Promise<Catalogue> =>
  readCatalogue(JSON.stringify({ providers, methods }));

const entryOf = ({ entries }: Catalogue, name: string) => entries.find((entry) => entry.name === name);
const whyOff = ({ off }: Catalogue, name: string) => off.find((one) => one.name === name)?.why;

t.test('a name that clients know is known, and off as long as nobody answers for its eID', async (t) => {
  const catalogue = await readCatalogue(undefined);
  for (const { name } of shippedNames) t.ok(whyOff(catalogue, name), name);
  t.match(whyOff(catalogue, 'mitid'), {
    code: 'method/no-provider',
    params: { eid: 'mitid', setting: 'providers.NAME in METHODS_FILE' },
  });
  t.match(whyOff(catalogue, 'sms-otp'), { code: 'method/no-provider', params: { eid: 'sms-code' } });
  t.match(whyOff(catalogue, 'passkey'), { code: 'method/no-provider', params: { eid: 'passkey' } });
  t.match(whyOff(catalogue, 'ink'), { code: 'method/handwriting' });
  t.match(whyOff(catalogue, 'auth-portal'), { code: 'method/list' });
  const clients =
    'mitid mitid-cpr mitid-low mitid-sign nbid nbid2 nbid-mobil nbid-sign nbid-mobil-sign nbid-ltv-sign nbid-inapp nbid-inapp-sign bankid-ec nbid-csc sbid sbid-mobil sbid-inapp sbid-remote sbid-oidc sbid-sign telia telia-sign tupas tupas-mobil ftn ftn-sign ftn-auth ftn-op-auth ftn-aktia-auth mobiilivarmenne fineid esteid esteid-mobile idin idin-ident idin-login buypass buypass-sign commfides dnie scid scid-otp scid-sms scid-proof sms-otp email-otp otp-sms otp-email social facebook yubikey mobileid mobileid-inapp eidas-substantial eherkenning itsme freja audkenni-mobileid personalausweis vipps wallet-verifier ink scanned-signature easysign auth-portal';
  for (const name of clients.split(' ')) t.ok(whyOff(catalogue, name), `${name} is known`);
  t.equal(new Set(shippedNames.map(({ name }) => name)).size, shippedNames.length);
});

t.test('a provider brings the names of its eIDs to life, and no others', async (t) => {
  const catalogue = await read({ broker: READY });
  t.match(entryOf(catalogue, 'mitid'), {
    uses: ['authenticate', 'sign'],
    eid: 'mitid',
    module: 'aviary',
    provider: {
      id: 'broker',
      profile: 'nest',
      settings: { url: 'https://nest.example', trustFile: '/nest.pem', secret: 's3cret', loud: false },
    },
    options: { tune: 'calm' },
  });
  t.match(entryOf(catalogue, 'mitid-low'), { assurance: 'low' });
  t.match(entryOf(catalogue, 'sbid-sign'), { eid: 'bankid-se', provider: { id: 'broker' } });
  t.match(whyOff(catalogue, 'nbid'), { params: { eid: 'bankid-no' } });
  t.match(catalogue.providers.get('aviary'), [{ id: 'broker' }]);
});

t.test('what is missing of a provider is named, and its names are off', async (t) => {
  const catalogue = await read({ broker: { module, profile: 'nest', url: NEST.url } });
  const missing = ['trustFile', 'secret'].map((name) => ({
    code: 'setting/missing',
    params: { setting: `providers.broker.${name} in METHODS_FILE` },
  }));
  t.match(whyOff(catalogue, 'mitid'), { code: 'method/setting-missing', params: { missing } });
  t.notOk(entryOf(catalogue, 'mitid'));
  t.same(catalogue.providers.get('aviary'), [], 'its module is not told of it');
});

t.test(
  'a provider that is ready goes before one that is not, and the one that a name names before all',
  async (t) => {
    const catalogue = await read({ first: NEST, second: READY, third: READY }, [
      { name: 'sbid', provider: 'third' },
      { name: 'sbid-sign', provider: 'first' },
    ]);
    t.match(entryOf(catalogue, 'mitid'), { provider: { id: 'second' } });
    t.match(entryOf(catalogue, 'sbid'), { provider: { id: 'third' } });
    t.match(whyOff(catalogue, 'sbid-sign'), { code: 'method/setting-missing' });
  },
);

t.test('an alias says which eID answers', async (t) => {
  const catalogue = await read({ broker: READY }, [
    { name: 'nemid', provider: 'broker', eid: 'mitid', uses: ['authenticate'] },
  ]);
  t.match(entryOf(catalogue, 'nemid'), {
    eid: 'mitid',
    title: 'MitID',
    assurance: 'substantial',
    module: 'aviary',
    provider: { id: 'broker' },
  });
});

t.test('names of METHODS_FILE: other eIDs, titles by language, levels, attributes', async (t) => {
  const roost = { module, profile: 'roost', url: NEST.url, trustFile: NEST.trustFile };
  const line = {
    ...{ name: 'staff', provider: 'roost', eid: 'our-staff', uses: ['authenticate', 'sign'] },
    ...{ title: 'Staff', titles: { da: 'Personale' }, attributes: ['email'], options: { tune: 'loud' } },
  };
  t.match(entryOf(await read({ roost }, [line]), 'staff'), {
    ...{ eid: 'our-staff', title: 'Staff', titles: { da: 'Personale' }, attributes: ['email'] },
    ...{ assurance: 'low', options: { tune: 'loud' }, provider: { id: 'roost' } },
  });
  t.match(whyOff(await read({ roost }, [{ ...line, assurance: 'high' }]), 'staff'), {
    code: 'method/level',
    params: { level: 'high', provider: 'roost', allowed: ['low'] },
  });
  t.match(whyOff(await read({ roost, broker: READY }), 'nbid'), { code: 'method/no-provider' });
});

t.test('what is wrong is refused, all of it, and no secret is said', async (t) => {
  const broker = { ...READY, url: 'nest', secret: ['a', { b: 'hush' }], pin: 'hush', tune: 'x', loud: 'yes' };
  const error: unknown = await read({ broker, other: { ...READY, profile: 'nests' } }).catch(
    (thrown: unknown) => thrown,
  );
  t.match(error, {
    code: 'CONFIG_INVALID',
    params: {
      problems: [
        { code: 'setting/unknown', params: { setting: 'providers.broker.tune in METHODS_FILE' } },
        { code: 'setting/wrong', params: { setting: 'providers.broker.url in METHODS_FILE' } },
        { code: 'setting/wrong-secret', params: { setting: 'providers.broker.secret in METHODS_FILE' } },
        { code: 'setting/wrong-secret', params: { setting: 'providers.broker.pin in METHODS_FILE' } },
        { code: 'setting/wrong', params: { setting: 'providers.broker.loud in METHODS_FILE' } },
        { code: 'methods-file/profile', params: { setting: 'providers.other.profile in METHODS_FILE' } },
      ],
    },
  });
  t.notMatch(JSON.stringify(error), /hush/);
  const refused = async (methods: readonly object[], code: string): Promise<void> => {
    await t.rejects(read({ broker: READY }, methods), {
      code: 'CONFIG_INVALID',
      params: { problems: [{ code }] },
    });
  };
  await refused([{ name: 'mitid', provider: 'nobody' }], 'methods-file/provider-unknown');
  await refused([{ name: 'mitid', attributes: ['shoe-size'] }], 'methods-file/attributes');
  await refused([{ name: 'mitid', titles: { tlh: 'x' } }], 'methods-file/titles');
  await refused([{ name: 'new', provider: 'broker', uses: ['sign'] }], 'methods-file/no-eid');
});

t.test('a name that METHODS_FILE puts off is off', async (t) => {
  const catalogue = await read({ broker: READY }, [{ name: 'mitid', off: true }]);
  t.match(whyOff(catalogue, 'mitid'), { code: 'method/switched-off' });
  t.notOk(entryOf(catalogue, 'mitid'));
});

t.test('a chain is on where all its links are, and as strong as the last of them', async (t) => {
  const codes = { sms: { module: 'otp', profile: 'sms' } };
  const oidc = {
    module: 'oidc',
    profile: 'signicat',
    issuer: 'https://a.example',
    clientId: 'c',
    clientSecretFile: '/s',
  };
  const chain = (...links: unknown[]) => [{ name: 'both', chain: links }];
  const on = await read({ ...codes, oidc }, chain('sms-otp', 'mitid', 'ink'));
  t.match(entryOf(on, 'both'), {
    chain: ['sms-otp', 'mitid', 'ink'],
    uses: ['sign'],
    ...{ eid: 'mitid', module: 'oidc', provider: { id: 'oidc' }, assurance: 'substantial' },
    title: 'Code by SMS + MitID + Handwriting',
    titles: { da: 'Kode på sms + MitID + Håndskrift' },
  });
  const titled = await read({ ...codes, oidc }, [{ ...chain('sms-otp', 'mitid')[0], title: 'Twice' }]);
  t.match(entryOf(titled, 'both'), { title: 'Twice', titles: { da: undefined } });

  t.match(whyOff(await read(codes, chain('sms-otp', 'mitid')), 'both'), {
    code: 'method/chain-link-off',
    params: { link: 'mitid', why: { code: 'method/no-provider' } },
  });
  t.match(whyOff(await read({ ...codes, oidc }, chain('mitid', 'sms-otp')), 'both'), {
    code: 'method/chain-weaker',
    params: { link: 'sms-otp', level: 'substantial' },
  });
  t.match(whyOff(await read(codes, chain('nemid-sign', 'sms-otp')), 'both'), {
    code: 'method/chain-link-unfit',
    params: { link: 'nemid-sign' },
  });
  const off = [...chain('sms-otp', 'mitid'), { name: 'both', off: true }];
  t.match(whyOff(await read({ ...codes, oidc }, off), 'both'), { code: 'method/switched-off' });
  const account = overlaid(on, [{ name: 'mitid', off: true }]);
  t.match(account.off.find(({ name }) => name === 'both')?.why, {
    code: 'method/chain-link-off',
    params: { link: 'mitid', why: { code: 'method/switched-off' } },
  });
});

t.test('what is no chain is refused', async (t) => {
  const refused = (line: object, code: string, others: readonly object[] = []) =>
    t.rejects(
      read({}, [...others, { name: 'both', ...line }]),
      { code: 'CONFIG_INVALID', params: { problems: [{ code }] } },
      JSON.stringify(line),
    );
  const none = [[], ['mitid'], ['ink'], ['ink', 'mitid'], ['mitid', 'mitid'], ['mitid', 7], 'mitid,ink'];
  for (const chain of [...none, ['a', 'b', 'c', 'd', 'e']]) await refused({ chain }, 'methods-file/chain');
  const chain = ['sms-otp', 'mitid'];
  for (const own of [
    { eid: 'mitid' },
    { module: 'otp' },
    { assurance: 'high' },
    { uses: ['authenticate'] },
    { options: {} },
  ])
    await refused({ chain, ...own }, 'methods-file/chain-own');
  await refused({ chain: ['sms-otp', 'nobody'] }, 'methods-file/chain-link');
  await refused({ chain: ['sms-otp', 'other'] }, 'methods-file/chain-link', [{ name: 'other', chain }]);
  await refused({ chain, titles: { sv: 'x' } }, 'methods-file/titles');
});
