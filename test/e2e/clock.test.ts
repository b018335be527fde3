/** The sandbox's clock moves the running service and its workers: packages of later days, and tasks that run out. */
import t from 'tap';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { testPersons } from '@segl/sandbox/methods/nemid/persons';
import { createPlace, until } from '../support/server/running.ts';

t.test('weeks pass in a moment', async (t) => {
  const place = await createPlace(t);
  await place.start('start');
  const { backEnd, sandboxUrl } = place;
  const order = async (title: string): Promise<string> =>
    backEnd.createRequest({
      sdsId: await backEnd.upload(Buffer.from(title), 'text/plain'),
      title,
      signers: testPersons.slice(0, 2).map(({ cpr }) => ({ nationalId: cpr, firstName: 'A', lastName: 'B' })),
      method: 'nemid-sign',
      callbackUrl: `${place.baseUrl}/nowhere`,
      language: 'en',
    });
  const move = async (to: string): Promise<string> => {
    const command = place.run('sandbox', {}, ['clock', to]);
    t.equal(await command.ended, 0);
    return command.output();
  };
  const signed = await order('Signed later');
  const forgotten = await order('Forgotten');

  t.match(await move('+10d'), /moved by 10\.00 days/);
  await signAsPerson({ taskUrl: backEnd.taskUrl(signed, 'task_1'), user: 'anna', sandboxUrl });
  await signAsPerson({ taskUrl: backEnd.taskUrl(signed, 'task_2'), user: 'bo', sandboxUrl });
  const done = await until('the PAdES', async () => {
    const result = await backEnd.getPackagingResult(signed);
    return result.status === 'completed' && result;
  });
  const pades = Buffer.from(await backEnd.download(done.resultUri ?? '')).toString('latin1');
  const day = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  t.match(pades, new RegExp(`/M ?\\(D:${day}`), 'the time of the seal is that of the moved clock');

  await move('+90d');
  await until(
    'the task to run out',
    async () => (await backEnd.getStatus(forgotten)).statuses.get('task_1') === 'expired',
  );
});
