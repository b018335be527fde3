import t from 'tap';
import type { TaskSpec } from '@segl/server/domain/order/model';
import {
  chosenWay,
  signingProblems,
  signingWays,
  waysFor,
} from '@segl/server/domain/signing-session/signing-options';
import { dueStep, wayOf, type DocumentProgress } from '@segl/server/domain/signing-session/steps';
import { inEnglish } from '../../../support/invalid-values.ts';
import { task } from '../../../support/server/orders.ts';

const offer = { signatureMethods: ['nemid-sign'], authenticationMethods: ['nemid'] };
const spec = (more: Partial<TaskSpec>): TaskSpec => task('a', undefined, { signatures: [], ...more });
const problemsOf = (more: Partial<TaskSpec>) => inEnglish(signingProblems(spec(more), 'task', offer));

t.test('ways to sign, in the order of the task, each with the dialog of its element', (t) => {
  const both = spec({
    signatures: [
      { methods: [{ name: 'nemid-sign' }, { name: '', handwritten: true }], dialog: { title: 'Sign' } },
      { methods: [{ name: 'nemid-sign' }], ifAuthentication: 'nemid' },
    ],
    authenticationBasedSignatures: [{ methods: [{ name: 'nemid', handwritten: true }, { name: '' }] }],
  });
  t.match(signingWays(both), [
    { id: 'signature-1.1', kind: 'eid', handwritten: false, dialog: { title: 'Sign' } },
    { id: 'signature-1.2', kind: 'hand', method: '', handwritten: true, dialog: { title: 'Sign' } },
    { id: 'signature-2.1', kind: 'eid', ifAuthentication: 'nemid' },
    { id: 'authentication-based-signature-1.1', kind: 'login', method: 'nemid', handwritten: true },
  ]);
  const ids = (login?: string) => waysFor(both, login).map(({ id }) => id);
  const three = ['signature-1.1', 'signature-1.2', 'authentication-based-signature-1.1'];
  t.same(ids(), three);
  t.same(ids('nemid'), three, 'the same way twice is one');
  t.same(
    waysFor(
      spec({ signatures: [{ methods: [{ name: 'nemid-sign' }], ifAuthentication: 'nemid' }] }),
      'other',
    ),
    [],
  );
  t.end();
});

t.test('an order whose task cannot be signed is refused, and told what is offered', (t) => {
  t.match(problemsOf({}), [/^task\/signature: .*allowed: nemid-sign, .*: nemid$/]);
  t.match(problemsOf({ signatures: [{ methods: [{ name: '' }] }] }), [/needs a signature method/]);
  t.match(problemsOf({ signatures: [{ methods: [{ name: 'nbid-sign' }, { name: 'nemid' }] }] }), [
    /^task\/signature\/method: "nbid-sign" is not offered here; allowed: nemid-sign$/,
    /"nemid" is not offered here; allowed: nemid-sign$/,
  ]);
  t.match(problemsOf({ authenticationBasedSignatures: [{ methods: [{ name: 'ftn-sign' }] }] }), [
    /^task\/authentication-based-signature\/method: "ftn-sign" is not offered here; allowed: nemid$/,
  ]);
  const only = { signatures: [{ methods: [{ name: 'nemid-sign' }], ifAuthentication: 'nemid' }] };
  t.match(problemsOf(only), [/if-authentication: none can ever apply/]);
  t.match(problemsOf({ ...only, authentication: { methods: ['other'] } }), [/none can ever apply/]);
  t.same(problemsOf({ ...only, authentication: { methods: ['nemid'] } }), []);
  const another = [...only.signatures, { methods: [{ name: 'nemid-sign' }] }];
  t.same(problemsOf({ signatures: another }), [], 'one that applies is enough');
  t.end();
});

t.test('what is due: a choice where there is one, then what the way asks for', (t) => {
  const ways = signingWays(
    spec({ signatures: [{ methods: [{ name: 'nemid-sign' }, { name: 'nemid-sign', handwritten: true }] }] }),
  );
  const documents = ['one', 'two'].map((documentId) => ({ documentId, action: 'sign' as const, ways }));
  const due = (progress: Record<string, DocumentProgress>, of = ways) =>
    dueStep(
      documents.map((document) => ({ ...document, ways: of })),
      progress,
    );
  const read = { readAt: 'then' };
  const [plain, drawn] = ways.map(({ id }) => id) as [string, string];
  t.same(due({ one: read }), { kind: 'choose-method', documentId: 'one' });
  t.same(due({ one: { ...read, way: plain } }), { kind: 'sign', documentId: 'one' });
  t.same(due({ one: { ...read, way: drawn } }), { kind: 'declare', documentId: 'one' });
  t.same(due({ one: { ...read, way: drawn, declaredAt: 'now' } }), { kind: 'sign', documentId: 'one' });
  const signed = { ...read, way: plain, signedAt: 'now' };
  t.same(due({ one: signed, two: read }), { kind: 'sign', documentId: 'two' }, 'the choice holds on');
  t.equal(wayOf(documents, { one: signed, two: read }, 'two')?.id, plain);
  t.same(due({ one: signed, two: { ...read, way: '' } }), { kind: 'choose-method', documentId: 'two' });
  t.same(due({ one: read }, [ways[0]!]), { kind: 'sign', documentId: 'one' }, 'one way: no page');
  t.same(due({ one: read }, []), { kind: 'choose-method', documentId: 'one' }, 'no way: a page that says so');
  t.equal(chosenWay(ways, 'signature-9.9'), undefined);
  t.end();
});
