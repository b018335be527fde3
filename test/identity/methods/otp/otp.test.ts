/** One-time codes in the whole service: sent by SMS and mail, typed, tried too often, packaged, judged; and not in any log. */
import t from 'tap';
import { canonicalJson } from '@segl/identity/evidence/identity/canonical-json';
import type { IdentityEvidence } from '@segl/identity/evidence/identity/content';
import { firstFailure, judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { CODE_TRIES, OWN_WORD, type CodeRecord } from '@segl/identity/evidence/identity/proofs/one-time-code';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { carried, withId } from '@segl/identity/evidence/identity/write';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import { masked } from '@segl/identity/methods/otp/message';
import { MAX_SENT, MAX_WRONG, readAddress } from '@segl/identity/methods/otp/method';
import { systemClock } from '@segl/problem/clock';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { openValidator } from '@segl/server/composition/validator';
import { until } from '../../../support/server/running.ts';
import { orderOverSoap, startTestService, textDocument } from '../../../support/server/service.ts';
import { Signer } from '../../../support/signatures/signer.ts';

t.test('addresses', async (t) => {
  const sms = (mobile?: string) => readAddress('sms', { ...(mobile !== undefined && { mobile }) });
  t.equal(sms('+45 12 34 56 78'), '+4512345678');
  t.equal(sms('0045 (12) 34-56.78'), '+4512345678');
  for (const none of [
    undefined,
    '',
    '12345678',
    '+0512345678',
    '+45123',
    `+${'1'.repeat(16)}`,
    '+45x1234567',
  ])
    t.equal(sms(none), undefined, String(none));
  const mail = (email?: string) => readAddress('email', { ...(email !== undefined && { email }) });
  t.equal(mail(' anna@example.com '), 'anna@example.com');
  for (const none of [
    undefined,
    'anna',
    '@example.com',
    'a b@example.com',
    'a@b@example.com',
    '<a@b.c>',
    'a@b,c',
  ])
    t.equal(mail(none), undefined, String(none));
  t.equal(masked('sms', '+4512345678'), '+45••••••78');
  t.equal(masked('email', 'anna@example.com'), 'a•••@example.com');
});

let sandboxUrl = '';
const logged: string[] = [];
const service = await startTestService(
  t,
  async (offered) => {
    sandboxUrl = new URL(offered['SMS_GATEWAY_URL']!).origin;
    return offered;
  },
  (line) => logged.push(line),
);
const { application, backEnd } = service;
const validator = await openValidator(application.context.config, { clock: systemClock });
t.teardown(() => validator.close());

const SIGN = '<document-action type="sign"><document-ref>doc</document-ref></document-action>';
const codes: string[] = [];

async function ordered(subject: string, rest: string): Promise<{ requestId: string; taskUrl: string }> {
  const requestId = await orderOverSoap(
    service,
    `${textDocument('doc', 'I promise.')}<task id="a"><subject id="s">${subject}</subject>${SIGN}${rest}</task>`,
  );
  return { requestId, taskUrl: backEnd.taskUrl(requestId, 'a') };
}

const signedBy = (method: string): string => `<signature><method>${method}</method></signature>`;

async function messages(trap: 'sms' | 'mail'): Promise<readonly { to: string; text: string }[]> {
  return (await fetch(`${sandboxUrl}/${trap}/api/messages`)).json() as never;
}

async function lastCode(): Promise<string> {
  const [message] = await messages('sms');
  const [, code = ''] = /Code: (\d{6})$/m.exec(message?.text ?? '') ?? [];
  codes.push(code);
  return code;
}

const resultOf = async (requestId: string): Promise<Uint8Array> => {
  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  return backEnd.download(uri);
};

const ANNA = '<first-name>Anna</first-name><last-name>Prøve</last-name>';
let kept: IdentityEvidence | undefined;

t.test('by SMS: the message says what for, and the package says what it proves', async (t) => {
  const { requestId, taskUrl } = await ordered(
    `${ANNA}<mobile>+45 12 34 56 78</mobile>`,
    signedBy('sms-otp'),
  );
  const signer = new Signer();
  await signer.open(taskUrl);
  await signer.read();
  t.match(signer.html, /We have sent a code to \+45••••••78, with the reference/);
  const [message] = await messages('sms');
  t.equal(message?.to, '+4512345678');
  const [, reference = ''] = /Reference: ([A-Z2-7]{8})/.exec(message?.text ?? '') ?? [];
  t.match(message?.text, /^Sign: A promise\n/);
  t.ok(signer.html.includes(reference), 'the page names the same reference');
  const sent = (await messages('sms')).length;
  await signer.open(signer.url);
  t.equal((await messages('sms')).length, sent, 'no second message for a page that is opened again');
  const code = await lastCode();
  await signer.send('signature', { code: code === '000000' ? '000001' : '000000' });
  t.match(signer.html, /not the code that we sent/);
  t.match(signer.html, /4 attempts/);
  await signer.send('signature', { code: ` ${code.slice(0, 3)} ${code.slice(3)} ` });
  t.equal(signer.page.step, 'send-in');
  await signer.send('send-in');
  const bytes = await resultOf(requestId);
  const content = readLtvSdo(bytes);
  t.match(content.signer, { displayName: 'Anna Prøve' });
  kept = readIdentityEvidence(content.native.bytes);
  t.match(kept, {
    purpose: 'sign',
    method: { name: 'sms-otp', eid: 'sms-code', provider: OWN_WORD },
    assurance: { level: 'low' },
    limits: [
      'address-only',
      'own-word',
      'not-phishing-resistant',
      'name-told-by-sender',
      'sim-change-not-checked',
    ],
  });
  t.notOk(Buffer.from(content.native.bytes).includes(code), 'not the code itself');
  const { report } = await validator.validate({ bytes });
  t.match(report, { indication: 'TOTAL-PASSED', package: { signer: 'Anna Prøve' } });
});

t.test('one code signs several documents; choosing another way before it is typed starts anew', async (t) => {
  const action = (id: string): string =>
    `<document-action type="sign"><document-ref>${id}</document-ref></document-action>`;
  const requestId = await orderOverSoap(
    service,
    `${textDocument('one', 'I promise.')}${textDocument('two', 'I swear.')}<task id="a"><subject id="s">${ANNA}<mobile>+4512345670</mobile></subject>${action('one')}${action('two')}<signature><method>sms-otp</method><method handwritten="true"></method></signature></task>`,
  );
  const signer = new Signer();
  await signer.open(backEnd.taskUrl(requestId, 'a'));
  await signer.read();
  await signer.send('choose-method');
  t.match(signer.page, { step: 'read', documentId: 'two' }, 'everything is read before it is signed');
  await signer.read();
  t.match(signer.page, { step: 'sign', documentId: 'one' });
  t.equal(signer.html.match(/Look at the document again/g)?.length, 2, 'the page names both');
  const code = await lastCode();
  await signer.send('choose-method');
  await signer.send('choose-method');
  t.match(signer.page, { step: 'sign', documentId: 'one' });
  await signer.send('signature', { code });
  t.match(signer.html, /not the code that we sent/, 'a code is for what was shown then');
  await signer.send('signature', { code: await lastCode() });
  t.equal(signer.page.step, 'send-in', signer.html);
  await signer.send('send-in');
  const uris = await until('the packages', async () => {
    const { resultUris } = await backEnd.getStatus(requestId);
    return resultUris.length === 2 && resultUris;
  });
  const packages = await Promise.all(uris.map((uri) => backEnd.download(uri)));
  for (const bytes of packages)
    t.match((await validator.validate({ bytes })).report, { indication: 'TOTAL-PASSED' });
  const [one, two] = packages.map((bytes) => readLtvSdo(bytes).native);
  t.same([one!.bundleIndex, two!.bundleIndex], [0, 1]);
  t.same(Buffer.from(one!.bytes), Buffer.from(two!.bytes), 'the evidence of one act');
});

t.test('what is changed in the record is found', async (t) => {
  const evidence = kept!;
  const at = new Date(evidence.times.received);
  const record = JSON.parse(Buffer.from(evidence.proofs[0]!.data!, 'base64').toString()) as CodeRecord;
  const judged = (change: Partial<CodeRecord>, more: Partial<IdentityEvidence> = {}): string | undefined => {
    const proof = {
      ...evidence.proofs[0]!,
      ...carried(Buffer.from(JSON.stringify({ ...record, ...change }))),
    };
    const { id: _, ...rest } = { ...evidence, proofs: [proof], ...more };
    const again = readIdentityEvidence(Buffer.from(canonicalJson(withId(rest))));
    return firstFailure(judgeIdentityEvidence(again, { at }, undefined))?.check;
  };
  // no document is told to it
  t.equal(judged({}), 'binding');
  const later = new Date(new Date(record.sent).getTime() - 600_001).toISOString();
  const changes: [string, Partial<CodeRecord>][] = [
    ['challenge', { nonce: 'A'.repeat(43) }],
    ['address', { address: '+4587654321' }],
    ['address', { sub: '0'.repeat(64) }],
    ['address', { channel: 'email' }],
    ['valid-in-time', { sent: later }],
    ['valid-in-time', { verified: later }],
    ['valid-in-time', { tries: 0 }],
    ['identity', { name: 'Somebody Else' }],
    ['one-time-code', { tries: 6 }],
    ['one-time-code', { version: 2 as never }],
  ];
  for (const [check, change] of changes) t.equal(judged(change), check, JSON.stringify(change));
  const { assurance, method } = evidence;
  t.equal(judged({}, { assurance: { ...assurance, level: 'high', scale: { sms: 'high' } } }), 'level');
  t.equal(judged({}, { method: { ...method, provider: 'https://example.com' } }), 'issuer');
});

t.test('by mail, as a log-on that confirms a statement', async (t) => {
  const { requestId, taskUrl } = await ordered(
    '<email>anna@example.com</email>',
    '<authentication-based-signature><method>email-otp</method></authentication-based-signature>',
  );
  const { steps } = await signAsPerson({ taskUrl, user: 'anna', eid: 'otp', sandboxUrl, language: 'en' });
  t.ok(steps.includes('sent in'), steps.join('; '));
  const bytes = await resultOf(requestId);
  const { statement, login } = verifyWsd(readLtvSdo(bytes).native.bytes).content;
  t.equal(statement.method, 'email-otp');
  t.match(readIdentityEvidence(login!.message), {
    subject: { displayName: 'a•••@example.com' },
    limits: ['address-only', 'own-word', 'not-phishing-resistant', 'mailbox-only'],
  });
  t.match((await validator.validate({ bytes })).report, { indication: 'TOTAL-PASSED' });
});

t.test('five tries at a code, twenty for an address in a day, whatever number of codes', async (t) => {
  const { taskUrl } = await ordered('<mobile>+4511111111</mobile>', signedBy('sms-otp'));
  const signer = new Signer();
  await signer.open(taskUrl);
  await signer.read();
  const sentTo = async (): Promise<number> =>
    (await messages('sms')).filter(({ to }) => to === '+4511111111').length;
  const seen: string[] = [];
  const rounds = MAX_WRONG / CODE_TRIES;
  for (let round = 1; round <= rounds; round++) {
    t.equal(await sentTo(), round);
    const code = await lastCode();
    const guesses = ['111111', '222222', '333333', '444444', '555555', '666666'];
    const wrong = [...seen, ...guesses].filter((one) => one !== code).slice(0, CODE_TRIES);
    seen.push(code);
    for (const guess of wrong) await signer.send('signature', { code: guess });
    if (round < rounds) t.match(signer.html, /expired or was tried too often/);
  }
  t.equal(signer.page.errorCode, 'CODE_TOO_MANY_WRONG');
  t.equal(await sentTo(), rounds, 'and no code is sent any more');
});

t.test('five codes to an address in an hour, whoever orders them', async (t) => {
  for (let sent = 0; sent <= MAX_SENT; sent++) {
    const { taskUrl } = await ordered('<mobile>+4522222222</mobile>', signedBy('sms-otp'));
    const signer = new Signer();
    await signer.open(taskUrl);
    await signer.read();
    t.equal(signer.page.errorCode, sent < MAX_SENT ? undefined : 'CODE_TOO_MANY_SENT');
  }
});

t.test('an order that names no address', async (t) => {
  const { taskUrl } = await ordered('<email>anna@example.com</email>', signedBy('sms-otp'));
  const signer = new Signer();
  await signer.open(taskUrl);
  await signer.read();
  t.equal(signer.page.errorCode, 'CODE_ADDRESS_MISSING');
});

t.test('no log has a code, a number or an address', async (t) => {
  const all = logged.join('\n');
  t.ok(codes.length > 3 && logged.length > 0);
  t.same(
    codes.filter((code) => code !== '' && new RegExp(`\\b${code}\\b`).test(all)),
    [],
  );
  t.notMatch(all, /12345678|11111111|anna@example/);
});
