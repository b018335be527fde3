import { PassThrough } from 'node:stream';
import t from 'tap';
import { generalProblems } from '@segl/problem/problems';
import { GiveUp } from '@segl/server/adapters/queue/handler';
import { serverProblems } from '@segl/server/problems';
import { createLogger } from '@segl/server/adapters/telemetry/log';

t.test('of an error, only what is known to be harmless is logged', (t) => {
  const lines = new PassThrough();
  const log = createLogger('info', lines);
  const cause = Object.assign(new Error('invalid input syntax for type json'), {
    code: '22P02',
    detail: 'Key (national_id)=(0101901234) exists.',
    where: 'JSON data, line 1: ..."nationalId": "0101901234',
  });
  log.error({ err: cause }, 'failed');
  log.error({ err: generalProblems.error('INTERNAL', { reference: 'abc' }, { cause }) }, 'failed');
  log.error({ err: 'thrown as a text' }, 'failed');
  log.error({ err: new GiveUp(serverProblems.of('delivery/answered', { status: 410 })) }, 'failed');
  const text = String(lines.read());
  t.notMatch(text, '0101901234');
  t.match(text, '"code":"22P02"');
  t.match(
    text,
    /"code":"INTERNAL","params":\{"reference":"abc"\},"cause":.*invalid input syntax for type json/,
    'the cause is told',
  );
  t.notMatch(text, 'Something failed inside', 'no sentence of ours');
  t.match(text, 'thrown as a text');
  t.match(text, '"code":"delivery/answered","params":{"status":410}', 'what a handler says');
  t.end();
});
