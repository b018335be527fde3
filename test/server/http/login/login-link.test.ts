/** The addresses that clients send people to. */
import t from 'tap';
import { LONGEST_LINK, readLoginLink } from '@segl/server/http/login/login-link';

const target = 'https://shop.example/login?a=1&b=2';
const encoded = encodeURIComponent(target);

t.test('both forms, with everything that may be missing', async (t) => {
  for (const [query, wanted] of [
    [`id=nbid:blue:nb&target=${encoded}`, { methods: ['nbid'], profile: 'blue', language: 'nb' }],
    [`id=nbid::&target=${encoded}`, { methods: ['nbid'] }],
    [`id=sbid:&&target=${encoded}`, { methods: ['sbid'] }],
    [
      `id=bankid-ec:app:nb&target=${encoded}&prefilled.subject=1`,
      { methods: ['bankid-ec'], profile: 'app', language: 'nb' },
    ],
    [`id=::da&target=${encoded}`, { methods: [], language: 'da' }],
    [
      `method=nbid,sbid&profile=blue&language=nb&target=${encoded}`,
      { methods: ['nbid', 'sbid'], profile: 'blue', language: 'nb' },
    ],
    [`target=${encoded}`, { methods: [] }],
    [`id=nbid%3Ablue%3Anb&target=${encoded}`, { methods: ['nbid'], profile: 'blue', language: 'nb' }],
  ] as const)
    t.strictSame(readLoginLink(`/std/method/demo?${query}`), { ...wanted, target }, query);
});

t.test('a target that was not encoded keeps its query', async (t) => {
  t.equal(readLoginLink(`/std/method/demo?id=nbid::&target=${target}`).target, target);
  t.strictSame(readLoginLink(`/std/method/demo?target=${target}&id=nbid:blue:nb`), {
    ...{ methods: ['nbid'], profile: 'blue', language: 'nb', target },
  });
  t.equal(
    readLoginLink('/std/method/demo?target=https://shop.example/a%20b&x=1').target,
    'https://shop.example/a%20b',
  );
});

t.test('what is missing, repeated or unreadable', async (t) => {
  const wrong = (query: string, code: string) =>
    t.throws(() => readLoginLink(`/std/method/demo${query}`), {
      code: 'LOGIN_REQUEST_REFUSED',
      params: { why: { code } },
    });
  wrong('', 'login-link/missing');
  wrong('?id=nbid::&target=', 'login-link/missing');
  wrong(`?target=${encoded}&target=${encodeURIComponent('https://evil.example/')}`, 'login-link/repeated');
  wrong(`?target=${target}&target=https://evil.example/`, 'login-link/repeated');
  wrong(`?target=${encoded}&id=nbid&id=sbid`, 'login-link/repeated');
  wrong('?target=%ff', 'login-link/unreadable');
  wrong(`?target=${encoded}%00`, 'login-link/unreadable');
  wrong(`?target=${encoded}&x=${'x'.repeat(LONGEST_LINK)}`, 'login-link/unreadable');
});
