/** What is wrong with a login that a task asks for; who may begin is in orders.test.ts. */
import t from 'tap';
import { ARTIFACT, identificationDue, loginProblems } from '@segl/server/domain/signing-session/login';
import type { Authentication } from '@segl/server/domain/order/model';
import { orderProblems } from '@segl/server/domain/order/problems';
import { methodOffer } from '../../../support/method-offer.ts';

const judge = (authentication?: Authentication, strict = false) =>
  loginProblems(authentication, 'at', methodOffer({ authenticationMethods: ['nemid', 'mitid'], strict }));

t.test('one that nobody could pass, and one that would let everybody in', (t) => {
  t.strictSame(judge(), []);
  t.strictSame(judge({ methods: ['nemid', 'mitid'] }), []);
  t.strictSame(judge({ methods: [], artifact: true }), []);
  const missing = orderProblems.of('task/login-missing', { allowed: ['nemid', 'mitid'] });
  t.strictSame(judge({ methods: [] }), [{ element: 'at', problem: missing }]);
  t.strictSame(judge({ methods: [], artifact: false }), [{ element: 'at', problem: missing }]);
  const unknown = (name: string) => ({
    element: 'at/method',
    problem: orderProblems.of('value/not-offered', { name, allowed: ['nemid', 'mitid'] }),
  });
  t.strictSame(judge({ methods: ['x', ''], artifact: true }), [unknown('x'), unknown('')]);
  t.strictSame(judge({ methods: ['x', 'nemid', ''] }), [], 'one that is on is enough');
  t.strictSame(
    judge({ methods: ['x', 'nemid', ''] }, true),
    [unknown('x'), unknown('')],
    'but not to be strict',
  );
  t.end();
});

t.test('an artifact stands for no login that the order does not say', (t) => {
  t.equal(ARTIFACT, 'artifact');
  t.equal(identificationDue({ methods: [], artifact: false }, null), undefined);
  t.equal(identificationDue({ methods: ['nemid'], artifact: false }, ARTIFACT), 'login');
  t.end();
});
