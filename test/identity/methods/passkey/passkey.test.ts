/** Passkeys in the whole service: registered after MitID, signed and logged on with, refused, forgotten, and in no log. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { BackEnd } from '@segl/cli/demo/back-end';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { OWN_WORD } from '@segl/identity/evidence/identity/proofs/one-time-code';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import { LASTS } from '@segl/identity/methods/passkey/registration';
import { relyingParty } from '@segl/identity/methods/passkey/relying-party';
import { systemClock } from '@segl/problem/clock';
import type { SoftKey } from '@segl/sandbox/methods/passkey/authenticator';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { createRegistrations, forgetEndedRegistrations } from '@segl/server/application/access/registrations';
import { projectRoot } from '@segl/server/paths';
import { openValidator } from '@segl/server/composition/validator';
import { answer, approve, optionsOf, register } from '../../../support/passkey.ts';
import { until } from '../../../support/server/running.ts';
import { orderOverSoap, startTestService, textDocument } from '../../../support/server/service.ts';
import { Signer } from '../../../support/signatures/signer.ts';

const NAME = 'Anna Prøve Æblegård';
const NUMBER = '1405822042';

let sandboxUrl = '';
const logged: string[] = [];
const service = await startTestService(
  t,
  async (offered, folder) => {
    sandboxUrl = new URL(offered['SMS_GATEWAY_URL']!).origin;
    const written = JSON.parse(await readFile(offered['METHODS_FILE']!, 'utf8')) as {
      readonly methods: readonly object[];
    };
    const file = join(folder, 'own-methods.json');
    const numbered = {
      name: 'passkey-cpr',
      eid: 'passkey',
      provider: 'passkey',
      attributes: ['national-id'],
    };
    await writeFile(
      file,
      JSON.stringify({
        ...written,
        methods: [...written.methods, { ...numbered, uses: ['authenticate', 'sign'] }],
      }),
    );
    return { ...offered, METHODS_FILE: file };
  },
  (line) => logged.push(line),
);
const { application, backEnd } = service;
const { context } = application;
const validator = await openValidator(context.config, { clock: systemClock });
t.teardown(() => validator.close());
const other = { ...service, account: { service: 'other', password: 'another long password' } };
await setAccount(context.db, systemClock, other.account.service, other.account.password);

const registrations = createRegistrations(context, 'passkey');

const SIGN = '<document-action type="sign"><document-ref>doc</document-ref></document-action>';
const signedBy = (method: string): string => `${SIGN}<signature><method>${method}</method></signature>`;
const subject = (number: string): string => `<subject id="s"><national-id>${number}</national-id></subject>`;

async function ordered(
  task: string,
  from = service,
  documents = ['doc'],
): Promise<{ requestId: string; taskUrl: string }> {
  const requestId = await orderOverSoap(
    from,
    `${documents.map((id) => textDocument(id, `I promise ${id}.`)).join('')}<task id="a">${task}</task>`,
  );
  return { requestId, taskUrl: new BackEnd({ baseUrl: from.url, ...from.account }).taskUrl(requestId, 'a') };
}

const resultOf = async (requestId: string): Promise<Uint8Array> => {
  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  return backEnd.download(uri);
};

/** At the page where the document is to be signed. */
async function atSigning(task: string, from = service): Promise<Signer> {
  const signer = new Signer();
  await signer.open((await ordered(task, from)).taskUrl);
  await signer.read();
  return signer;
}

/** At the end, signed with MitID. */
async function identified(task: string, userId = 'anna', from = service): Promise<Signer> {
  const signer = await atSigning(task, from);
  await approve(signer, userId);
  t.equal(signer.page.step, 'send-in');
  return signer;
}

const refusals = (): readonly string[] =>
  logged.flatMap((line) => {
    const { code, check, msg } = JSON.parse(line) as Readonly<Record<string, string | undefined>>;
    return msg === 'signer must correct' ? [[code, check].filter(Boolean).join(' ')] : [];
  });

/** What the last answer was refused for. */
const refusal = (): string | undefined => refusals().at(-1);

let key: SoftKey | undefined;

t.test('registered after MitID, used to sign, and what the package says of it', async (t) => {
  const signer = await identified(subject(NUMBER) + signedBy('mitid-cpr'));
  t.match(signer.html, /Use a passkey next time/);
  const { create } = optionsOf(signer);
  t.match(create, {
    rp: { id: 'localhost' },
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: [],
  });
  const made = await register(signer, { synced: false });
  key = made.key;
  t.match(signer.html, /Your passkey is registered/);
  t.notOk(signer.page.forms.has('enrol'), 'offered once');
  await signer.send('send-in');
  const { requestId, taskUrl } = await ordered(subject(NUMBER) + signedBy('passkey'));
  const next = new Signer();
  await next.open(taskUrl);
  await next.read();
  t.notMatch(JSON.stringify(next.page.options), key.id, 'whose passkey it is to be is told to nobody');
  const signed = answer(next, key);
  key = signed.key;
  await next.send('signature', { result: signed.sent });
  t.equal(next.page.step, 'send-in');
  t.notOk(next.page.forms.has('enrol'), 'a passkey registers no passkey');
  await next.send('send-in');
  const bytes = await resultOf(requestId);
  const content = readLtvSdo(bytes);
  t.match(content, {
    signer: { displayName: NAME, nationalId: { id: NUMBER, nationality: 'DK', type: 'CPR' } },
    creation: { type: 'passkey' },
    signature: { typeFriendlyName: 'Passkey' },
  });
  const evidence = readIdentityEvidence(content.native.bytes);
  t.match(evidence, {
    method: { name: 'passkey', kind: 'passkey', provider: OWN_WORD, client: 'localhost' },
    subject: { id: { value: /^mitid:/ }, continuity: [{ scheme: 'mitid' }] },
    assurance: { level: 'low', value: 'single-device' },
    match: { rule: 'national-id', result: 'equal' },
    limits: ['registration-own-word', 'authenticator-not-certified', 'text-shown-by-service-alone'],
  });
  const { report } = await validator.validate({ bytes });
  t.match(report, { indication: 'TOTAL-PASSED', package: { signer: NAME } });
  t.match(report.signatures[1], { format: 'Identity evidence', indication: 'TOTAL-PASSED' });
});

t.test('several documents by one assertion, and the package of each proves it', async (t) => {
  const ids = ['one', 'two', 'three'];
  const actions = ids.map(
    (id) => `<document-action type="sign"><document-ref>${id}</document-ref></document-action>`,
  );
  const { requestId, taskUrl } = await ordered(
    `${actions.join('')}<signature><method>passkey</method></signature>`,
    service,
    ids,
  );
  const signer = new Signer();
  await signer.open(taskUrl);
  for (const id of ids) {
    t.equal(signer.page.documentId, id);
    await signer.read();
  }
  const signed = answer(signer, key!);
  key = signed.key;
  await signer.send('signature', { result: signed.sent });
  t.equal(signer.page.step, 'send-in', 'nothing is left to sign');
  await signer.send('send-in');
  const uris = await until('the packages', async () => {
    const { resultUris } = await backEnd.getStatus(requestId);
    return resultUris.length === ids.length && resultUris;
  });
  const natives = new Set<string>();
  for (const [place, uri] of uris.entries()) {
    const bytes = await backEnd.download(uri);
    t.match((await validator.validate({ bytes })).report, { indication: 'TOTAL-PASSED' });
    const { native, document } = readLtvSdo(bytes);
    t.equal(native.bundleIndex, place);
    const { commitment } = readIdentityEvidence(native.bytes);
    t.same(
      commitment.documents.map(({ id }) => id),
      ids,
    );
    t.equal(commitment.documents[place]!.sha256, Buffer.from(document.sha256).toString('hex'));
    natives.add(Buffer.from(native.bytes).toString());
  }
  t.equal(natives.size, 1, 'one act');
});

t.test('what is refused when it is signed, each for its own reason', async (t) => {
  const signer = await atSigning(signedBy('passkey'));
  const cases: readonly (readonly [string, Parameters<typeof answer>[2]])[] = [
    ['challenge', { challenge: 'A'.repeat(43) }],
    ['ceremony', { type: 'webauthn.create' }],
    ['origin', { origin: 'https://localhost.example.com' }],
    ['origin', { crossOrigin: true }],
    ['receiver', { rpId: 'example.com' }],
    ['user-present', { flags: 0x04 }],
    ['user-verified', { flags: 0x01 }],
    ['device', { flags: 0x0d }],
    ['counter', { counter: key!.counter }],
    ['counter', { counter: 0 }],
  ];
  for (const [check, lies] of cases) {
    await signer.send('signature', { result: answer(signer, key!, lies).sent });
    t.equal(refusal(), `NATIVE_SIGNATURE_REFUSED ${check}`, JSON.stringify(lies));
    t.equal(signer.page.step, 'sign');
  }
  const sound = JSON.parse(answer(signer, key!).sent) as Record<string, string>;
  for (const [check, change] of [
    ['core', { signature: `${sound['signature']!.slice(0, -4)}AAAA` }],
    ['format', { more: 'x' }],
    ['format', { signature: 1 }],
  ] as const) {
    await signer.send('signature', { result: JSON.stringify({ ...sound, ...change }) });
    t.equal(refusal(), `NATIVE_SIGNATURE_REFUSED ${check}`);
  }
  await signer.send('signature', { result: JSON.stringify({ ...sound, id: 'AAAA' }) });
  t.equal(refusal(), 'PASSKEY_UNKNOWN');
  t.match(signer.html, /not registered with this sender/);
  await signer.send('signature', { result: JSON.stringify({ ...sound, userHandle: 'AAAA' }) });
  t.equal(refusal(), 'PASSKEY_UNKNOWN');
});

t.test("another order's challenge, and an answer that was given before", async (t) => {
  const [one, two] = [await atSigning(signedBy('passkey')), await atSigning(signedBy('passkey'))];
  const meant = answer(one, key!);
  await two.send('signature', { result: meant.sent });
  t.equal(refusal(), 'NATIVE_SIGNATURE_REFUSED challenge');
  await one.send('signature', { result: meant.sent });
  t.equal(one.page.step, 'send-in', 'where it was meant for');
  key = meant.key;
  const before = refusals().length;
  await two.send('signature', { result: meant.sent });
  t.equal(refusals().length, before + 1);
  t.equal(refusal(), 'NATIVE_SIGNATURE_REFUSED replay', 'and not once more');
});

t.test('of somebody else, of another account', async (t) => {
  const numbered = await identified(signedBy('mitid-cpr'), 'bo');
  const { key: known } = await register(numbered);
  const again = await atSigning(subject(NUMBER) + signedBy('passkey'));
  await again.send('signature', { result: answer(again, known).sent });
  t.equal(refusal(), 'SIGNER_MISMATCH');
  const login = new Signer();
  const task = `${subject(NUMBER)}<authentication><method>passkey</method></authentication>${signedBy('passkey')}`;
  await login.open((await ordered(task)).taskUrl);
  await login.send('login', { result: answer(login, known).sent });
  t.equal(refusal(), 'LOGIN_MISMATCH');
  await login.send('login', { result: answer(login, key!, { challenge: 'A'.repeat(43) }).sent });
  t.equal(refusal(), 'LOGIN_REFUSED challenge');
  const logon = answer(login, key!);
  key = logon.key;
  await login.send('login', { result: logon.sent });
  await login.read();
  await login.send('signature', { result: answer(login, known).sent });
  t.equal(refusal(), 'SIGNER_MISMATCH', 'not whoever logged in');
  const mine = answer(login, key);
  key = mine.key;
  await login.send('signature', { result: mine.sent });
  t.equal(login.page.step, 'send-in');
  const { key: numberless } = await register(await identified(signedBy('freja'), 'bo'));
  const wanting = await atSigning(subject(NUMBER) + signedBy('passkey'));
  await wanting.send('signature', { result: answer(wanting, numberless).sent });
  t.equal(refusal(), 'NATIVE_SIGNATURE_REFUSED identity', 'no number was known when it was registered');
  const elsewhere = await atSigning(signedBy('passkey'), other);
  await elsewhere.send('signature', { result: answer(elsewhere, key).sent });
  t.equal(refusal(), 'PASSKEY_OTHER_ACCOUNT');
  const registered = await identified(signedBy('mitid'), 'anna', other);
  t.same(optionsOf(registered).create.excludeCredentials, [], 'an account knows nothing of the others');
});

t.test('what is refused when it is registered', async (t) => {
  const signer = await identified(signedBy('mitid'), 'carla');
  const cases: readonly (readonly [string, Parameters<typeof register>[1]])[] = [
    ['passkey/challenge', { challenge: 'A'.repeat(43) }],
    ['passkey/ceremony', { type: 'webauthn.get' }],
    ['passkey/origin', { origin: 'https://example.com' }],
    ['passkey/origin', { crossOrigin: true }],
    ['passkey/receiver', { rpId: 'example.com' }],
    ['passkey/user-present', { flags: 0x44 }],
    ['passkey/user-verified', { flags: 0x41 }],
  ];
  for (const [, how] of cases) {
    await register(signer, how);
    t.equal(refusal(), 'PASSKEY_REFUSED', JSON.stringify(how));
    t.ok(signer.page.forms.has('enrol'), 'it can be tried again');
  }
  await signer.send('enrol', { result: '{}' });
  t.equal(refusal(), 'PASSKEY_REFUSED');
  const { sent } = await register(signer);
  t.match(signer.html, /Your passkey is registered/);
  const later = await identified(signedBy('mitid'), 'carla');
  t.equal(optionsOf(later).create.excludeCredentials.length, 1, 'the browser is told which there are');
  await later.send('enrol', { result: sent });
  t.equal(refusal(), 'PASSKEY_REFUSED', 'an answer to an earlier offer');
});

t.test("a key that is registered is nobody else's, here or at another account", async (t) => {
  const { sent } = await register(await identified(signedBy('mitid'), 'anna'));
  const made = JSON.parse(sent) as { readonly clientDataJSON: string };
  const before = (await registrations.list()).length;
  for (const from of [service, other]) {
    const signer = await identified(signedBy('mitid'), 'bo', from);
    // whoever knows the public parts can answer with them, as nothing in them was signed
    const client = JSON.parse(Buffer.from(made.clientDataJSON, 'base64url').toString()) as object;
    const { challenge } = optionsOf(signer).create;
    const clientDataJSON = Buffer.from(JSON.stringify({ ...client, challenge })).toString('base64url');
    await signer.send('enrol', { result: JSON.stringify({ ...made, clientDataJSON }) });
    t.equal(refusal(), 'PASSKEY_KNOWN', from.account.service);
    t.match(signer.html, /registered already/);
  }
  t.equal((await registrations.list()).length, before);
});

t.test('not after a code: it does not tell who somebody is', async (t) => {
  const { taskUrl } = await ordered(
    `<subject id="s"><mobile>+4512345678</mobile></subject>${signedBy('sms-otp')}`,
  );
  const signer = new Signer();
  await signer.open(taskUrl);
  await signer.read();
  const messages = (await (await fetch(`${sandboxUrl}/sms/api/messages`)).json()) as readonly {
    text: string;
  }[];
  const [, code = ''] = /Code: (\d{6})/.exec(messages[0]?.text ?? '') ?? [];
  await signer.send('signature', { code });
  t.equal(signer.page.step, 'send-in');
  t.notOk(signer.page.forms.has('enrol'));
});

t.test('by the person of the sandbox, to confirm a statement', async (t) => {
  const first = await ordered(signedBy('nemid-sign'));
  const { steps } = await signAsPerson({ ...first, user: 'anna', sandboxUrl, registers: true });
  t.ok(steps.includes('registered for the next time'), steps.join('; '));
  const { requestId, taskUrl } = await ordered(
    `${SIGN}<authentication-based-signature><method>passkey</method></authentication-based-signature>`,
  );
  await signAsPerson({ taskUrl, user: 'anna', eid: 'passkey', sandboxUrl });
  const bytes = await resultOf(requestId);
  const { statement, login } = verifyWsd(readLtvSdo(bytes).native.bytes).content;
  t.equal(statement.method, 'passkey');
  const evidence = readIdentityEvidence(login!.message);
  t.match(evidence, {
    purpose: 'log-on',
    subject: { id: { value: /^nemid:/ } },
    assurance: { value: 'multi-device' },
  });
  t.equal(evidence.limits.at(-1), 'key-on-several-devices');
  t.match((await validator.validate({ bytes })).report, { indication: 'TOTAL-PASSED' });
});

t.test('listed and removed on the command line', async (t) => {
  const { dataDir } = context.config;
  // this process holds locks of the database, and must go on
  const segl = (...args: string[]) => {
    const program = [join(projectRoot, 'bin', 'segl.mjs'), 'passkey', ...args];
    const env = { ...process.env, DATA_DIR: dataDir };
    return new Promise<{ readonly status: unknown; readonly stdout: string; readonly stderr: string }>(
      (done) => {
        execFile(process.execPath, program, { env }, (error, stdout, stderr) => {
          done({ status: error?.code ?? 0, stdout, stderr });
        });
      },
    );
  };
  const listed = (await segl('list', '--account', 'demo')).stdout.split('\n');
  const numberless = listed.find((line) => line.includes(' freja '));
  t.match(numberless, /^[0-9a-f]{16} +demo +Bo Prøve Østerbølge +freja +\d{4}-\d\d-\d\d +- +multi-device$/);
  t.notMatch(listed.join('\n'), NUMBER);
  t.notOk(listed.some((line) => line.includes(' other ')));
  const ref = numberless!.split(' ')[0]!;
  t.equal((await segl('remove', ref)).status, 0);
  t.notOk((await segl('list')).stdout.includes(ref));
  const again = await segl('remove', ref);
  t.equal(again.status, 1);
  t.match(again.stderr, `there is no passkey ${ref}`);
});

t.test('kept encrypted, forgotten when the signer says so, and after a year', async (t) => {
  const { db, clock } = context;
  const dump = JSON.stringify(await db.query('select * from registrations'));
  for (const secret of [NAME, NUMBER, key!.id, Buffer.from(NAME).toString('hex')])
    t.notOk(dump.includes(secret));
  const before = await registrations.list('demo');
  t.ok(before.length >= 4);
  const [{ ref, counter }] = before.filter(({ value }) => value.includes(key!.id)) as [(typeof before)[0]];
  t.equal(counter, key!.counter);
  const use = { at: clock.now(), until: new Date(clock.now().getTime() + LASTS) };
  const both = [
    registrations.used(ref, { counter: counter + 9, ...use }),
    registrations.used(ref, { counter: counter + 9, ...use }),
  ];
  t.same((await Promise.all(both)).sort(), [false, true], 'of two at once, one');
  key = { ...key!, counter: counter + 9 };
  const signer = await atSigning(signedBy('passkey-cpr'));
  await signer.send('signature', { result: answer(signer, key).sent });
  t.match(signer.html, /Forget my passkeys/);
  await signer.send('forget');
  t.notMatch(signer.html, /Forget my passkeys/);
  t.equal(await registrations.find(key.id), undefined);
  const late = await atSigning(signedBy('passkey'));
  await late.send('signature', { result: answer(late, key).sent });
  t.equal(refusal(), 'PASSKEY_UNKNOWN');
  const after = (days: number) => ({ now: () => new Date(clock.now().getTime() + days * 86_400_000) });
  const left = (await registrations.list()).length;
  t.equal(await forgetEndedRegistrations({ db, clock: after(364) }), 0);
  t.equal(await forgetEndedRegistrations({ db, clock: after(366) }), left);
  t.same(await registrations.list(), []);
});

t.test('where passkeys can be used', (t) => {
  const at = (origin: string, rpId?: string) => {
    const party = relyingParty(origin, rpId);
    return 'problem' in party ? party.problem.code : party.rpId;
  };
  t.equal(at('https://sign.example.com'), 'sign.example.com');
  t.equal(at('https://sign.example.com', 'example.com'), 'example.com');
  t.equal(at('http://localhost:8080'), 'localhost');
  t.equal(at('http://sign.example.com'), 'passkey/no-https');
  t.equal(at('https://192.0.2.1'), 'passkey/ip-address');
  t.equal(at('http://127.0.0.1:8080'), 'passkey/ip-address');
  t.equal(at('https://[2001:db8::1]'), 'passkey/ip-address');
  t.equal(at('https://sign.example.com', 'example.org'), 'passkey/rp-id');
  t.equal(at('https://example.com', 'sign.example.com'), 'passkey/rp-id');
  t.end();
});

t.test('no log has a name, a number or a key', async (t) => {
  const all = logged.join('\n');
  t.ok(logged.length > 0);
  for (const secret of [NAME, NUMBER, key!.id]) t.notOk(all.includes(secret));
});
