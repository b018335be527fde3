import t from 'tap';
import type { TaskSpec } from '@segl/server/domain/order/model';
import { orderProblems } from '@segl/server/domain/order/problems';
import {
  chosenWay,
  declares,
  signingProblems,
  signingWays,
  waysFor,
} from '@segl/server/domain/signing-session/signing-options';
import {
  dueStep,
  MOST_TOGETHER,
  wayOf,
  type DocumentProgress,
} from '@segl/server/domain/signing-session/steps';
import { identityProblems } from '@segl/identity/problems';
import { methodOffer } from '../../../support/method-offer.ts';
import { inEnglish } from '../../../support/invalid-values.ts';
import { task } from '../../../support/server/orders.ts';

const offer = methodOffer({ signatureMethods: ['nemid-sign'], authenticationMethods: ['nemid'] });
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
  t.match(signingWays(both, offer), [
    { id: 'signature-1.1', kind: 'eid', handwritten: false, dialog: { title: 'Sign' } },
    { id: 'signature-1.2', kind: 'hand', method: '', handwritten: true, dialog: { title: 'Sign' } },
    { id: 'signature-2.1', kind: 'eid', ifAuthentication: 'nemid' },
    { id: 'authentication-based-signature-1.1', kind: 'login', method: 'nemid', handwritten: true },
  ]);
  const ids = (login?: string) => waysFor(both, login, offer).map(({ id }) => id);
  const three = ['signature-1.1', 'signature-1.2', 'authentication-based-signature-1.1'];
  t.same(ids(), three);
  t.same(ids('nemid'), three, 'the same way twice is one');
  t.same(
    waysFor(
      spec({ signatures: [{ methods: [{ name: 'nemid-sign' }], ifAuthentication: 'nemid' }] }),
      'other',
      offer,
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

const kindsOf = (more: Partial<TaskSpec>, names: readonly string[]) => {
  const offered = methodOffer({
    signatureMethods: ['own', 'both', 'seen'],
    authenticationMethods: ['both', 'seen', 'log-on'],
    witnessed: ['seen'],
  });
  return names.map((name) => {
    const element = { methods: [{ name }], ...(more.configuration === 'responsive' && { responsive: true }) };
    return waysFor(spec({ ...more, signatures: [element] }), undefined, offered)[0]?.kind;
  });
};

t.test('the element, bundle and responsive decide who signs, not the name', (t) => {
  const names = ['own', 'both', 'seen', 'log-on'];
  t.same(kindsOf({}, names), ['eid', 'eid', 'login', 'eid'], 'the eID signs, where it can');
  const responsive = { configuration: 'responsive' };
  const statement = ['eid', 'login', 'login', 'login'];
  t.same(kindsOf({ ...responsive, bundle: true }, names), statement, 'a Signed Statement');
  t.same(kindsOf(responsive, names), statement, 'bundle is true unless said');
  t.same(kindsOf({ ...responsive, bundle: false }, names), ['eid', 'eid', 'login', 'eid']);
  t.same(kindsOf({ bundle: true }, names), ['eid', 'eid', 'login', 'eid']);
  t.end();
});

t.test('one method that is on is enough, unless the account is strict', (t) => {
  const why = identityProblems.of('method/no-provider', { eid: 'mitid', setting: 'providers.x' });
  const off = new Map([['mitid', why]]);
  const problems = (
    names: readonly string[],
    strict: boolean,
    authentication?: TaskSpec['authentication'],
  ) => {
    const methods = methodOffer({
      signatureMethods: ['own'],
      authenticationMethods: ['log-on'],
      off,
      strict,
    });
    const signatures = [{ methods: names.map((name) => ({ name })) }];
    return inEnglish(
      signingProblems(spec({ signatures, ...(authentication && { authentication }) }), 'task', methods),
    );
  };
  const told =
    'task/signature/method: "mitid" is off here: nobody answers for mitid: providers.x must be set';
  t.same(problems(['mitid', 'own', 'other'], false), []);
  t.match(problems(['mitid', 'own', 'other'], true), [
    new RegExp(`^${told}.*allowed: own$`),
    /"other" is not offered here; allowed: own$/,
  ]);
  t.match(problems(['mitid'], false), [new RegExp(`^${told}`)], 'none is on');
  const methods = methodOffer({ signatureMethods: ['own'], off });
  const both = spec({ signatures: [{ methods: [{ name: 'mitid' }, { name: 'own' }] }] });
  t.match(waysFor(both, undefined, methods), [{ method: 'own' }], 'what is off is not shown');
  const gone = methodOffer({ off });
  t.match(
    waysFor(both, undefined, gone),
    [{ method: 'mitid' }, { method: 'own' }],
    'unless all is off by now',
  );
  const conditional = spec({
    signatures: [{ methods: [{ name: 'own' }], ifAuthentication: 'log-on' }],
    authentication: { methods: ['log-on', 'mitid'] },
  });
  const logins = methodOffer({ ...methods, authenticationMethods: ['log-on'] });
  t.same(inEnglish(signingProblems(conditional, 'task', logins)), [], 'nobody begins with what is off');
  t.end();
});

t.test('what is due: a choice where there is one, then what the way asks for', (t) => {
  const ways = signingWays(
    spec({ signatures: [{ methods: [{ name: 'nemid-sign' }, { name: 'nemid-sign', handwritten: true }] }] }),
    offer,
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

t.test('one act signs all documents of a task, where the method can and the task does not forbid it', (t) => {
  const names = ['all', 'each'];
  const methods = methodOffer({
    signatureMethods: names,
    authenticationMethods: ['all'],
    together: ['all'],
  });
  const element = { methods: names.map((name) => ({ name })) };
  const waysWith = (more: Partial<TaskSpec>) =>
    signingWays(spec({ signatures: [element], ...more }), methods);
  const together = (more: Partial<TaskSpec>) => waysWith(more).map((way) => way.together === true);
  t.same(together({}), [true, false], 'unless said otherwise');
  t.same(together({ bundle: true }), [true, false]);
  t.same(together({ bundle: false }), [false, false]);
  t.same(
    together({
      signatures: [{ ...element, responsive: true }],
      authenticationBasedSignatures: [{ methods: [{ name: 'all' }] }],
    }),
    [true, false, false],
    'one log-on confirms a statement about all documents, where the eID is asked to sign',
  );

  const ways = waysWith({});
  const [all, each] = ways.map(({ id }) => id) as [string, string];
  const documents = ['one', 'two', 'three'].map((documentId) => ({
    documentId,
    action: 'sign' as const,
    ways,
  }));
  const due = (progress: Record<string, DocumentProgress>) => dueStep(documents, progress);
  const read = { readAt: 'then' };
  const chosen = { ...read, way: all };
  t.same(due({ one: chosen }), { kind: 'read', documentId: 'two' }, 'all of it is read first');
  t.same(due({ one: chosen, two: read }), { kind: 'read', documentId: 'three' });
  t.same(due({ one: chosen, two: read, three: read }), {
    ...{ kind: 'sign', documentId: 'one' },
    together: ['one', 'two', 'three'],
  });
  t.same(
    due({ one: chosen, two: { skippedAt: 'then' }, three: read }),
    { kind: 'sign', documentId: 'one', together: ['one', 'three'] },
    'not what is left out',
  );
  t.same(
    due({ one: { ...chosen, signedAt: 'now' }, two: read, three: read }),
    { kind: 'sign', documentId: 'two', together: ['two', 'three'] },
    'nor what is signed already',
  );
  t.same(
    due({ one: chosen, two: { ...read, way: each }, three: { ...read, way: all } }),
    { kind: 'sign', documentId: 'one' },
    'nor what is signed in another way, and what comes after that',
  );
  t.same(due({ one: { ...read, way: each } }), { kind: 'sign', documentId: 'one' }, 'one at a time');
  t.same(due({ one: chosen, two: { ...read, way: '' } }), { kind: 'choose-method', documentId: 'two' });
  t.same(
    due({ one: { ...chosen, signedAt: 'now', identifyDue: true }, two: read, three: read }),
    { kind: 'identify', documentId: 'one' },
    'who signed before is settled first',
  );
  const declaring = waysWith({ signatures: [{ ...element, responsive: true }] }).slice(0, 1);
  const [statement] = declaring.map(({ id }) => id) as [string];
  const stated = documents.map((document) => ({ ...document, ways: declaring }));
  const dueStated = (progress: Record<string, DocumentProgress>) => dueStep(stated, progress);
  const three = ['one', 'two', 'three'];
  const shown = { ...read, way: statement };
  const declared = { ...shown, declaredAt: 'now', act: three };
  const all3 = <T>(of: T) => ({ one: of, two: of, three: of });
  t.same(
    dueStated({ one: shown, two: read }),
    { kind: 'read', documentId: 'three' },
    'all of it is read first',
  );
  t.same(
    dueStated(all3(shown)),
    { kind: 'declare', documentId: 'one', together: three },
    'one statement about all',
  );
  t.same(dueStated(all3(declared)), { kind: 'sign', documentId: 'one', together: three });
  t.same(
    dueStated({ ...all3(declared), two: shown }),
    { kind: 'declare', documentId: 'one', together: three },
    'what was filled in anew has to be declared again, with all',
  );
  t.same(
    dueStated({ ...all3(declared), two: { skippedAt: 'then' } }),
    { kind: 'declare', documentId: 'one', together: ['one', 'three'] },
    'a statement that names what is left out by now counts for nothing',
  );
  t.same(
    dueStated({ ...all3(declared), one: { ...declared, signedAt: 'now' } }),
    { kind: 'declare', documentId: 'two', together: ['two', 'three'] },
    'nor does one about what is signed already',
  );
  const many = Array.from({ length: MOST_TOGETHER + 1 }, (_, index) => ({
    ...documents[0]!,
    documentId: `${index}`,
  }));
  const step = dueStep(many, Object.fromEntries(many.map(({ documentId }) => [documentId, chosen])));
  t.equal(step.kind === 'sign' && step.together?.length, MOST_TOGETHER, 'the rest is another act');
  t.end();
});

t.test('a chain is done link by link, each about all documents that are signed together', (t) => {
  const chains = new Map([
    ['code-eid', ['code', 'eid']],
    ['eid-ink', ['eid', 'ink']],
  ]);
  const methods = methodOffer({
    signatureMethods: ['code-eid', 'eid-ink'],
    together: ['code-eid', 'eid-ink'],
    chains,
  });
  const waysOf = (name: string, more: Partial<TaskSpec> = {}, handwritten = false) =>
    signingWays(
      spec({ signatures: [{ methods: [{ name, ...(handwritten && { handwritten }) }] }], ...more }),
      methods,
    );
  t.match(waysOf('code-eid'), [{ kind: 'eid', chain: ['code', 'eid'], together: true }]);
  t.match(waysOf('code-eid', { bundle: false })[0]?.together, undefined);
  t.match(waysOf('code-eid', {}, true), [{ handwritten: true }], 'a drawing before it');
  t.match(waysOf('eid-ink', {}, true), [{ handwritten: false }], 'a drawing is asked for once');

  const ids = ['one', 'two'];
  const due = (ways: ReturnType<typeof waysOf>, progress: Record<string, DocumentProgress>) =>
    dueStep(
      ids.map((documentId) => ({ documentId, action: 'sign' as const, ways })),
      progress,
    );
  const read = { readAt: 'then' };
  const both = (one: DocumentProgress) => ({ one, two: one });
  const at = (kind: string, link: number, together: readonly string[] = ids) => ({
    ...{ kind, link, documentId: together[0] },
    ...(together.length > 1 && { together }),
  });
  const code = waysOf('code-eid');
  const made = { ...read, links: 1, act: ids };
  t.same(due(code, both(read)), at('sign', 0));
  t.same(due(code, both(made)), at('sign', 1));
  t.same(
    due(code, { one: made, two: read }),
    at('sign', 0),
    'a document that is new to the act: from the first link',
  );
  t.same(due(code, { one: made, two: { skippedAt: 'then' } }), at('sign', 0, ['one']), 'or one that left it');
  t.same(due(code, { one: made, two: { ...read, links: 1 } }), at('sign', 0), 'or links of another act');
  t.same(due(code, both({ ...made, signedAt: 'now' })), { kind: 'send-in' });
  const ink = waysOf('eid-ink');
  t.same(due(ink, both(read)), at('sign', 0));
  t.same(due(ink, both(made)), at('declare', 1), 'the drawing is on our own page');
  const drawnFirst = waysOf('code-eid', {}, true);
  t.same(due(drawnFirst, both(read)), { kind: 'declare', documentId: 'one', together: ids });
  t.same(due(drawnFirst, both({ ...read, declaredAt: 'now', act: ids })), at('sign', 0));
  const alone = waysOf('code-eid', { bundle: false });
  t.same(due(alone, { one: { ...read, links: 1, act: ['one'] }, two: read }), at('sign', 1, ['one']));
  t.same(due(alone, { one: { ...read, links: 1, signedAt: 'now' }, two: read }), at('sign', 0, ['two']));
  t.end();
});

t.test('a way has what its element says, and nothing else', (t) => {
  const dialog = { title: 'Sign' };
  t.strictSame(
    signingWays(
      spec({
        signatures: [{ methods: [{ name: 'nemid-sign' }], dialog, ifAuthentication: '' }],
        authenticationBasedSignatures: [
          { methods: [{ name: '', handwritten: false }, { name: 'nemid' }, { name: '', handwritten: true }] },
        ],
      }),
      offer,
    ),
    [
      {
        id: 'signature-1.1',
        kind: 'eid',
        method: 'nemid-sign',
        handwritten: false,
        dialog,
        ifAuthentication: '',
      },
      { id: 'authentication-based-signature-1.2', kind: 'login', method: 'nemid', handwritten: false },
      { id: 'authentication-based-signature-1.3', kind: 'hand', method: '', handwritten: true },
    ],
  );
  t.end();
});

t.test('ways differ by kind, method and drawing; of the same, the first counts', (t) => {
  const name = 'nemid';
  const both = spec({
    signatures: [
      { methods: [{ name, handwritten: true }, { name }], ifAuthentication: 'other' },
      { methods: [{ name }, { name, handwritten: true }, { name: 'nemid-sign' }, { name }] },
    ],
    authenticationBasedSignatures: [{ methods: [{ name }] }],
  });
  const all = methodOffer({ signatureMethods: [name, 'nemid-sign'], authenticationMethods: [name] });
  const ids = (login?: string) => waysFor(both, login, all).map(({ id }) => id);
  const last = ['signature-2.3', 'authentication-based-signature-1.1'];
  t.strictSame(ids(), ['signature-2.1', 'signature-2.2', ...last]);
  t.strictSame(ids('other'), ['signature-1.1', 'signature-1.2', ...last]);
  t.end();
});

t.test('who declares something on our own page', (t) => {
  const way = { id: 'x', method: 'nemid' };
  t.notOk(declares({ ...way, kind: 'eid', handwritten: false }));
  t.ok(declares({ ...way, kind: 'eid', handwritten: true }));
  t.ok(declares({ ...way, kind: 'login', handwritten: false }));
  t.ok(declares({ ...way, kind: 'hand', handwritten: true }));
  t.end();
});

t.test('every reason that a task cannot be signed', (t) => {
  const problems = (more: Partial<TaskSpec>, of = offer) => signingProblems(spec(more), 'task', of);
  const method = { name: 'nemid-sign' };
  t.strictSame(
    problems({ authenticationBasedSignatures: [{ methods: [{ name: '', handwritten: true }] }] }),
    [],
  );
  t.strictSame(problems({ signatures: [{ methods: [{ name: 'x' }] }] }), [
    {
      element: 'task/signature/method',
      problem: orderProblems.of('value/not-offered', { name: 'x', allowed: ['nemid-sign'] }),
    },
  ]);
  t.strictSame(problems({ authenticationBasedSignatures: [{ methods: [{ name: 'x' }] }] }), [
    {
      element: 'task/authentication-based-signature/method',
      problem: orderProblems.of('value/not-offered', { name: 'x', allowed: ['nemid'] }),
    },
  ]);
  const element = 'task/signature/@if-authentication';
  const conditional = [{ methods: [method], ifAuthentication: 'nemid' }];
  t.strictSame(problems({ signatures: conditional }), [
    { element, problem: orderProblems.of('task/condition-never-met') },
  ]);
  t.strictSame(
    problems(
      { signatures: conditional, authentication: { methods: ['nemid', 'mitid'], artifact: true } },
      { ...offer, authenticationMethods: ['nemid', 'mitid'] },
    ),
    ['mitid', 'artifact'].map((login) => ({
      element,
      problem: orderProblems.of('task/no-method-after-login', { login }),
    })),
  );
  t.end();
});

t.test('the way of a document: chosen for it, or for one before it', (t) => {
  const ways = signingWays(spec({ signatures: [{ methods: [{ name: 'a' }, { name: 'b' }] }] }), offer);
  const documents = ['one', 'two'].map((documentId) => ({ documentId, action: 'sign' as const, ways }));
  const [a, b] = ways as [(typeof ways)[number], (typeof ways)[number]];
  t.equal(wayOf(documents, {}, 'one'), undefined);
  t.equal(wayOf(documents, { one: { way: a.id } }, 'two'), a);
  t.equal(wayOf(documents, { one: { way: a.id }, two: { way: b.id } }, 'two'), b);
  t.equal(wayOf(documents, { one: { way: a.id }, two: { way: b.id } }, 'one'), a);
  t.equal(wayOf(documents, { two: { way: b.id } }, 'one'), undefined, 'not by one after it');
  t.equal(wayOf(documents, { one: { way: a.id } }, 'three'), undefined);
  t.equal(wayOf([{ documentId: 'one', action: 'sign' }], { one: { way: a.id } }, 'one'), undefined);
  t.equal(chosenWay([a], undefined), a);
  t.equal(chosenWay([a], b.id), a, 'where there is one, it needs no choice');
  t.equal(chosenWay([], a.id), undefined);
  t.end();
});

t.test('every step, in order', (t) => {
  const due = (more: object, progress: DocumentProgress) =>
    dueStep(
      [
        { documentId: 'd', action: 'view', ...more },
        { documentId: 'e', action: 'view' },
      ],
      {
        d: progress,
        e: { readAt: 'x' },
      },
    );
  const at = (kind: string) => ({ kind, documentId: 'd' });
  const end = { kind: 'send-in' };
  t.strictSame(due({}, {}), at('read'));
  t.strictSame(due({}, { readAt: 'x' }), end);
  t.strictSame(due({ hasForm: true }, { readAt: 'x' }), at('form'), 'what was read was not filled in');
  t.strictSame(due({ hasForm: true }, { filledAt: 'x' }), at('read'));
  t.strictSame(due({ hasForm: true }, { filledAt: 'x', readAt: 'x' }), end);
  t.strictSame(due({ hasForm: false }, { readAt: 'x' }), end);
  t.strictSame(due({ action: 'upload' }, { readAt: 'x' }), at('upload'));
  t.strictSame(due({ action: 'upload' }, { uploadedAt: 'x', readAt: 'x' }), end);
  t.strictSame(due({ action: 'upload', hasForm: true }, { uploadedAt: 'x' }), at('form'));
  t.strictSame(due({ action: 'sign' }, { uploadedAt: 'x', readAt: 'x' }), at('sign'));
  t.strictSame(due({ action: 'sign' }, { skippedAt: 'x' }), end);
  t.strictSame(due({}, { readAt: 'x', identifyDue: true }), end, 'nobody signed it');
  t.strictSame(due({ action: 'sign' }, { readAt: 'x', identifyDue: true }), at('sign'));
  t.strictSame(due({ action: 'sign' }, { readAt: 'x', signedAt: 'x', identifyDue: true }), at('identify'));
  t.strictSame(due({ action: 'sign' }, { readAt: 'x', signedAt: 'x' }), end);
  const drawn = signingWays(spec({ signatures: [{ methods: [{ name: 'a', handwritten: true }] }] }), offer);
  t.strictSame(due({ action: 'sign', ways: drawn }, { readAt: 'x' }), at('declare'));
  t.strictSame(due({ action: 'sign', ways: drawn }, { readAt: 'x', declaredAt: 'x' }), at('sign'));
  t.end();
});
