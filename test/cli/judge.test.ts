import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { judgeFile } from '@segl/cli/methods/nemid/judge';
import type { JudgeOptions } from '@segl/cli/methods/nemid/judge';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { projectFile } from '@segl/server/paths';
import { POLICY_PREFIX } from '../identity/methods/nemid/local-pki.ts';
import { base64, edit, pki, SIGN_TEXT, writeMessage } from '../identity/methods/nemid/native-kit.ts';
import { vector } from '../support/signatures/vectors.ts';

const folder = t.testdir({
  'anchors.pem': certificatesToPem([pki.root]),
  'text.txt': SIGN_TEXT,
  'other.txt': 'x',
});
const save = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const env = {
  NEMID_ENVIRONMENT: 'sandbox',
  NEMID_TRUST_FILE: join(folder, 'anchors.pem'),
  NEMID_POLICY_PREFIX: POLICY_PREFIX,
};
const judge = (file: string, options: Partial<JudgeOptions> = {}) =>
  judgeFile(file, { at: pki.clock.now(), authorities: 'told', ...options }, env);

t.test('segl judge prints every verdict and says the outcome by its exit code', async (t) => {
  const message = save('message.xml', writeMessage());
  const posted = save('posted.txt', base64(writeMessage()));
  const text = join(folder, 'text.txt');
  const known = { text, format: 'TEXT', name: 'Prøvebanken', challenge: '1234567890' } as const;
  const { exitCode, text: printed } = await judge(posted, known);
  t.match(printed, /^sign-text +passed$/m);
  t.match(printed, /^revocation +undetermined +nothing was kept/m);
  t.match(printed, /^signer: Åse Prøve \(PID:/m);
  t.equal(exitCode, 3);
  const wrong = await judge(message, { text: join(folder, 'other.txt'), json: true });
  t.equal(wrong.exitCode, 1);
  const { outcome, verdicts } = JSON.parse(wrong.text) as {
    outcome: string;
    verdicts: { check: string; outcome: string }[];
  };
  t.equal(outcome, 'failed');
  t.match(
    verdicts.find(({ check }) => check === 'sign-text'),
    { outcome: 'failed' },
  );
  t.notOk(wrong.text.includes(base64(SIGN_TEXT)), 'no document in it');
  const changed = await judge(save('changed.xml', edit(writeMessage(), '>sign<', '>sigm<')));
  t.match(changed.text, /^core +failed +the digest/m);
  const code = await judge(save('code', base64('CAN002')));
  t.match(code.text, /^message +failed +it is the error code CAN002/m);
});

t.test('a real message of 2021 is judged with a list of its time', async (t) => {
  const vectors = vector(t, 'nemid');
  if (!vectors) return;
  const args = [
    join(vectors, 'signatures', 'XMLDSigMessage-POCES.base64'),
    ...['--at', '2021-04-20T13:26:05Z', '--environment', 'test', '--logon', '--authorities', 'answered'],
    ...['--evidence', join(vectors, 'crl', 'systemtest34.crl')],
  ];
  const segl = ['--disable-proto=delete', projectFile('cli', 'dist', 'main.js'), 'judge'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...segl, ...args], {
    encoding: 'utf8',
    env: {},
  });
  t.equal(stderr, '');
  t.match(stdout, /^outcome: passed$/m);
  t.equal(status, 0);
});
