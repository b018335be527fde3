/** `segl doctor` beside a running service: all is well, and what it says when something is not. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createPlace, freePort } from '../support/running.ts';

t.test('segl doctor', async (t) => {
  const place = await createPlace(t);
  await place.start();
  const doctor = async (env: NodeJS.ProcessEnv = {}, ...args: string[]) => {
    const program = place.run('doctor', env, args);
    return { code: await program.ended, output: program.output() };
  };
  const well = await doctor();
  t.equal(well.code, 0, well.output);
  for (const check of [
    'seal',
    'seal-status',
    'tsa',
    'clock',
    'database',
    'queue',
    'disk',
    'mail',
    'public-url',
  ])
    t.match(well.output, new RegExp(`^ok {4}${check} `, 'm'), check);
  t.match(well.output, /voces: pid-cpr .*match is allowed[^]*Ready\.\n$/);

  const nowhere = await freePort();
  const other = join(place.dataDir, 'other.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(other, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const ill = await doctor({
    SEAL_KEY_FILE: other,
    TSA_URL: `http://localhost:${nowhere}/`,
    SMTP_URL: `smtp://user:not-told@localhost:${nowhere}`,
    PUBLIC_URL: `http://localhost:${nowhere}`,
    DATABASE_URL: `postgres://user:not-told@localhost:${nowhere}/none`,
    PID_CPR_URL: `https://localhost:${nowhere}/`,
  });
  t.equal(ill.code, 1);
  for (const [check, why] of Object.entries({
    seal: /does not belong to the certificate .*\n +→ Check the key file/,
    tsa: /gave no usable time-stamp: it does not answer.*\n +→ .*TSA_URL/,
    mail: /cannot be used \(ESOCKET\|ECONNECTION|cannot be used/,
    'public-url': /does not answer.*\n +→ Start the service/,
    database: /ECONNREFUSED/,
    'voces: pid-cpr': /ECONNREFUSED/,
  })) {
    const from = ill.output.indexOf(`FAIL  ${check} `);
    t.match(ill.output.slice(from, from + 600), why, check);
    t.not(from, -1, check);
  }
  t.notMatch(ill.output, /not-told/, 'no secret is printed');
  const json = await doctor({ PUBLIC_URL: `http://localhost:${nowhere}` }, '--json');
  const found = JSON.parse(json.output) as { check: string; verdict: string; todo?: string }[];
  t.match(
    found.find(({ check }) => check === 'public-url'),
    { verdict: 'fail', todo: /Start/ },
  );
});
