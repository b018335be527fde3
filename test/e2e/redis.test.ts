import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { testPersons } from '@segl/sandbox/methods/nemid/persons';
import { startReceiver } from '@segl/cli/demo/receiver';
import { createPlace, until } from '../support/server/running.ts';
import { tool } from '../support/tools.ts';

t.test('an order runs with the queue on Redis', async (t) => {
  const server = tool(t, 'redis-server');
  if (!server) return;
  const place = await createPlace(t);
  const socket = join(place.dataDir, 'redis.sock');
  const redis = spawn(
    server,
    ['--port', '0', '--unixsocket', socket, '--dir', place.dataDir, '--appendonly', 'yes'],
    { stdio: 'ignore' },
  );
  t.teardown(async () => {
    redis.kill();
    await once(redis, 'exit');
  });
  const receiver = await startReceiver(() => new Date());
  t.teardown(() => receiver.close());
  const program = await place.start('start', { REDIS_URL: `redis+unix://${socket}`, LOG_LEVEL: 'debug' });
  const { backEnd, sandboxUrl } = place;
  const requestId = await backEnd.createRequest({
    sdsId: await backEnd.upload(Buffer.from('Over Redis.'), 'text/plain'),
    title: 'Over Redis',
    signers: testPersons.slice(0, 2).map(({ cpr }) => ({ nationalId: cpr, firstName: 'A', lastName: 'B' })),
    method: 'nemid-sign',
    callbackUrl: receiver.url,
    language: 'en',
  });
  await signAsPerson({ taskUrl: backEnd.taskUrl(requestId, 'task_1'), user: 'anna', sandboxUrl });
  await signAsPerson({ taskUrl: backEnd.taskUrl(requestId, 'task_2'), user: 'bo', sandboxUrl });
  t.equal((await receiver.received).requestId, requestId);
  const { status } = await until('the PAdES', async () => {
    const result = await backEnd.getPackagingResult(requestId);
    return result.status === 'completed' && result;
  });
  t.equal(status, 'completed');
  const log = program.output();
  t.match(log, /A job is done/, 'the log tells what happens');
  for (const { name, cpr, password } of testPersons) {
    for (const secret of [name, cpr, password]) t.notMatch(log, secret, 'and nothing about persons');
  }
  t.notMatch(
    log.slice(log.indexOf('{"level"', log.indexOf('Segl is up'))),
    'Bond007',
    'nor passwords of services',
  );
});
