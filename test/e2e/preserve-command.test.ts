/** `segl preserve` beside a running service, as an operator uses it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createWorld } from '../../conformance/world.ts';
import { signPades } from '@segl/ades/pades/sign';
import { readXades } from '@segl/ades/xades/read';
import { makePdf } from '../support/pdf/pdf.ts';
import { createPlace } from '../support/server/running.ts';

t.test('files from outside are taken in, planned, renewed, reported, and proven', async (t) => {
  const place = await createPlace(t);
  await place.start();
  const preserve = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
    const program = place.run('preserve', {}, args);
    return { code: await program.ended, output: program.output() };
  };
  const file = async (name: string, bytes: Uint8Array): Promise<string> => {
    await writeFile(join(place.dataDir, name), bytes);
    return join(place.dataDir, name);
  };
  const world = createWorld();
  const pdf = await signPades({
    pdf: await makePdf(1),
    attachments: [],
    key: world.signer('P-256', 'Somebody else'),
    signerName: 'Somebody else',
    signingTime: new Date(),
    timestamper: world.services.timestamp,
  });
  const text = Buffer.from('Aftale: æøå\n');

  const nowhere = join(place.dataDir, 'nowhere');
  const [unread, nobodys, bare, undated] = await Promise.all([
    preserve('add', nowhere, '--service', 'demo'),
    preserve('add', nowhere),
    preserve('add', '--service', 'demo'),
    preserve('plan', '--until', 'soon'),
  ]);
  t.match(unread, { code: 1, output: /nowhere cannot be used \(ENOENT\)/ });
  t.match(nobodys, { code: 2, output: /'--service <name>' not specified/ });
  t.match(bare, { code: 2, output: /missing required argument 'file'/ });
  t.match(undated, { code: 2, output: /'soon' is invalid/ });

  const added = await preserve('add', await file('signed.pdf', pdf), '--service', 'demo', '--json');
  t.equal(added.code, 0, added.output);
  const told = JSON.parse(added.output) as { archiveId: string };
  t.match(told, { contentType: 'application/pdf', indication: 'INDETERMINATE', signatures: 1 });
  const [, id = ''] =
    /preserved as (\S+)\.\n/.exec(
      (await preserve('add', await file('aftale.txt', text), '--service', 'demo')).output,
    ) ?? [];
  t.not(id, '');

  t.match(await preserve('plan', '--until', '2060-01-01'), { code: 0, output: told.archiveId });
  const ran = await preserve('run', '--json');
  t.match(JSON.parse(ran.output), { looked: Number });
  const reported = await preserve('report', '--service', 'demo');
  t.match(reported, { code: 0, output: /^demo\n[^]*proven until [^]*Calendar of algorithms: / });
  t.match(reported.output, told.archiveId, 'whose signer is not known here, so it says what is the matter');

  const out = join(place.dataDir, 'proof.xml');
  const [unknown, written] = await Promise.all([
    preserve('proof', 'nothing', '--out', `${out}.not`),
    preserve('proof', id, '--out', out),
  ]);
  t.match(unknown, { code: 1, output: /nothing/ });
  t.match(written, { code: 0 });
  const [proof] = readXades(await readFile(out), { detached: () => text });
  t.match(proof, { level: 'LTA', problem: undefined, isBound: true });
});
