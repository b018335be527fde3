/** Which addresses may get the answer to a log-on. */
import t from 'tap';
import { isAllowedTarget, LONGEST_TARGET, readTarget } from '@segl/server/domain/login/targets';

t.test('an answer goes to a registered address, whatever its query', async (t) => {
  const allowed = [
    'https://shop.example/login',
    'https://shop.example/saml?site=1',
    'http://localhost:8080/',
  ];
  for (const target of [
    'https://shop.example/login',
    'https://SHOP.example:443/login',
    'https://shop.example/login?next=https%3A%2F%2Fshop.example%2Fcart',
    'https://shop.example/saml?site=1',
    'http://localhost:8080/',
  ])
    t.ok(isAllowedTarget(target, allowed), target);
  for (const target of [
    'https://shop.example/login/',
    'https://shop.example/login/../other',
    'https://shop.example/',
    'https://shop.example:8443/login',
    'http://shop.example/login',
    'https://shop.example.evil.example/login',
    'https://shop.example@evil.example/login',
    'https://evil.example/https://shop.example/login',
    'https://shop.example/saml?site=2',
    'https://shop.example/saml',
    'http://localhost:8081/',
    'javascript:alert(1)//https://shop.example/login',
    '/login',
    '',
  ])
    t.notOk(isAllowedTarget(target, allowed), target);
  t.notOk(isAllowedTarget('https://shop.example/login', []), 'none is registered');
});

t.test('what browsers would read in another way is none at all', async (t) => {
  for (const target of [
    'https:\\\\shop.example/login',
    'https://shop.example/lo\tgin',
    'https://shop.example/login ',
    'https://user@shop.example/login',
    'https://shop.example/login#x',
    'https://shop.example/login#',
    'http://intranet/login',
    'data:text/html,x',
    `https://shop.example/${'x'.repeat(LONGEST_TARGET)}`,
  ])
    t.equal(readTarget(target), undefined, target.slice(0, 60));
  t.ok(readTarget(`https://shop.example/${'x'.repeat(LONGEST_TARGET - 21)}`));
});
