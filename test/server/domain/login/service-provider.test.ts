/** Which requests of service providers are taken, and what their contexts come to. */
import t from 'tap';
import {
  askedContext,
  consumerOf,
  contextClass,
  requestProblem,
  type AuthnRequest,
  type ServiceProvider,
} from '@segl/server/domain/login/service-provider';

const destination = 'https://sign.example/std/saml2/demo/sso';
const now = new Date('2026-03-01T12:00:00Z');
const provider: ServiceProvider = {
  entityId: 'https://shop.example/sp',
  consumers: [
    { index: 0, location: 'https://shop.example/acs', isDefault: false },
    { index: 7, location: 'https://shop.example/other', isDefault: true },
  ],
  signsRequests: false,
  signing: [],
};
const request: AuthnRequest = {
  ...{ id: '_1', issuer: provider.entityId, issuedAt: now, isSigned: false, destination },
  ...{ isPassive: false, contexts: [], comparison: 'exact' },
};
const problem = (more: Partial<AuthnRequest>, of: Partial<ServiceProvider> = {}): string | undefined =>
  requestProblem({ ...request, ...more }, { ...provider, ...of }, { now, destination })?.code;
const { destination: _, ...undirected } = request;

t.test(
  'a request is taken when it is signed where it must be, in time, for us and of a known address',
  async (t) => {
    t.equal(problem({}), undefined);
    t.equal(problem({}, { signsRequests: true }), 'authn-request/unsigned');
    t.equal(problem({ isSigned: true }, { signsRequests: true }), undefined);
    t.equal(
      problem({ destination: 'https://sign.example/std/saml2/other/sso' }),
      'authn-request/destination',
    );
    t.equal(requestProblem(undirected, provider, { now, destination }), undefined);
    t.match(requestProblem({ ...undirected, isSigned: true }, provider, { now, destination }), {
      code: 'authn-request/destination',
    });
    t.equal(problem({ issuedAt: new Date('2026-03-01T11:55:00Z') }), undefined);
    t.equal(problem({ issuedAt: new Date('2026-03-01T11:54:59Z') }), 'authn-request/time');
    t.equal(problem({ issuedAt: new Date('2026-03-01T12:03:00Z') }), undefined);
    t.equal(problem({ issuedAt: new Date('2026-03-01T12:03:01Z') }), 'authn-request/time');
    t.equal(problem({ binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST' }), undefined);
    t.equal(
      problem({ binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact' }),
      'authn-request/binding',
    );
    t.equal(problem({ consumerUrl: 'https://evil.example/acs' }), 'authn-request/consumer');
  },
);

t.test('answers go to the metadata and nowhere else', async (t) => {
  t.equal(consumerOf({}, provider), 'https://shop.example/other', 'the default');
  t.equal(
    consumerOf({}, { consumers: provider.consumers.slice(0, 1) }),
    'https://shop.example/acs',
    'the first',
  );
  t.equal(consumerOf({ consumerIndex: 0 }, provider), 'https://shop.example/acs');
  t.equal(consumerOf({ consumerUrl: 'https://shop.example/acs' }, provider), 'https://shop.example/acs');
  for (const wrong of [
    { consumerUrl: 'https://shop.example/acs/' },
    { consumerUrl: 'https://shop.example/acs?x' },
    { consumerIndex: 1 },
    { consumerIndex: NaN },
    { consumerIndex: 0, consumerUrl: 'https://shop.example/acs' },
  ])
    t.equal(consumerOf(wrong, provider), undefined, JSON.stringify(wrong));
});

t.test('contexts are methods or levels, on two scales', async (t) => {
  const asked = (comparison: string, ...contexts: string[]) => askedContext({ contexts, comparison });
  const eidas = (level: string): string => `http://eidas.europa.eu/LoA/${level}`;
  t.match(asked('exact'), { methods: [], levels: [] });
  t.match(asked('exact', 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified'), { methods: [], levels: [] });
  t.match(asked('exact', 'urn:segl:login:mitid', 'urn:segl:login:sbid'), { methods: ['mitid', 'sbid'] });
  t.equal(asked('minimum', 'urn:segl:login:mitid'), undefined, 'methods have no order');
  t.same(asked('exact', eidas('substantial'))?.levels, ['substantial']);
  t.same(asked('minimum', eidas('substantial'))?.levels, ['substantial', 'high']);
  t.same(asked('maximum', eidas('substantial'))?.levels, ['low', 'substantial']);
  t.same(asked('better', eidas('substantial'))?.levels, ['high']);
  t.equal(asked('better', eidas('high')), undefined);
  t.equal(asked('constructor', eidas('high')), undefined);
  t.equal(asked('exact', 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'), undefined);
  const nsis = 'https://data.gov.dk/concept/core/nsis/loa/High';
  t.same(asked('exact', nsis), { methods: [], levels: ['high'], scale: 'nsis' });
  t.equal(contextClass('nsis', { method: 'mitid', assurance: 'high' }), nsis);
  t.equal(contextClass('eidas', { method: 'mitid', assurance: 'low' }), eidas('low'));
  t.equal(contextClass('method', { method: 'mitid', assurance: 'low' }), 'urn:segl:login:mitid');
});
