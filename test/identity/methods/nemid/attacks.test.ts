import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import { judgeNativeSignature } from '@segl/identity/methods/nemid/evidence/judge';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { attacks } from './attacks.ts';
import {
  base64,
  edit,
  environment,
  hidden,
  pki,
  shown,
  SIGN_TEXT,
  usual,
  writeMessage,
} from './native-kit.ts';

/** The check that refuses a message; undefined: it is accepted. */
function refusedBy(bytes: Uint8Array): unknown {
  try {
    readNativeMessage(bytes);
    return undefined;
  } catch (error) {
    if (isSeglError(error, 'NATIVE_SIGNATURE_REFUSED')) return error.params['check'];
    throw error;
  }
}

t.test('the message that the attacks are made from is accepted', async (t) => {
  const message = readNativeMessage(writeMessage());
  t.equal(Buffer.from(message.properties.get('signtext')!.value).toString('utf8'), SIGN_TEXT);
});

t.test('every attack is refused, by the check that it is meant for', async (t) => {
  const names = new Set(attacks.map(({ name }) => name));
  t.equal(names.size, attacks.length, 'each has a name of its own');
  for (const { check, name, make } of attacks) {
    const started = performance.now();
    t.equal(refusedBy(make()), check, `${check}: ${name}`);
    t.ok(performance.now() - started < 5000, `${name}: refused in no time`);
  }
});

t.test('a judgement says of every attack what failed, and leaves open what rests on it', async (t) => {
  for (const { check, name, make } of attacks) {
    const { outcome, verdicts, message, identity } = judgeNativeSignature(make(), {
      at: pki.clock.now(),
      environment,
    });
    const [failed, ...more] = verdicts.filter((verdict) => verdict.outcome === 'failed');
    t.strictSame([failed?.check, more], [check, []], name);
    t.ok(failed?.detail, 'with a reason');
    t.strictSame([outcome, message, identity], ['failed', undefined, undefined]);
    const behind = verdicts.slice(verdicts.indexOf(failed!) + 1);
    t.ok(behind.every((verdict) => verdict.outcome === 'undetermined'));
  }
});

t.test('CDATA is text like any other, whatever it spells', async (t) => {
  const cdata = edit(writeMessage(), '>1234567890<', '><![CDATA[1234567890]]><');
  const { properties } = readNativeMessage(cdata);
  t.equal(Buffer.from(properties.get('challenge')!.value).toString(), '1234567890');
  const digest = edit(writeMessage(), /<ds:DigestValue>([^<]+)</, '<ds:DigestValue><![CDATA[AAAA]]><');
  t.equal(refusedBy(digest), 'core', 'another digest');
  const markup = writeMessage({ properties: [...usual, hidden('x', '&lt;!--x--&gt;')] });
  t.equal(Buffer.from(readNativeMessage(markup).properties.get('x')!.value).toString(), '<!--x-->');
});

t.test('large messages are read in bounded time', async (t) => {
  const pdf = Buffer.alloc(30 << 20, 'x');
  const large = writeMessage({
    properties: [...usual, { ...shown('attachedpdf', ''), content: base64(pdf) }],
  });
  const started = performance.now();
  t.equal(readNativeMessage(large).properties.get('attachedpdf')?.value.length, pdf.length);
  t.ok(performance.now() - started < 10_000);
  const changed = Buffer.from(large);
  changed[changed.indexOf('eHh4') + 2_000_000]! ^= 1;
  t.match(String(refusedBy(changed)), /^(core|message)$/);
});
