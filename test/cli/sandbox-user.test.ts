import t from 'tap';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { openSandbox } from '../sandbox/support.ts';
import { openCommands } from '../support/server/command.ts';

t.test('segl sandbox user', async (t) => {
  const sandbox = await openSandbox(t);
  const ask = openCommands(t);
  const segl = (...args: string[]) => ask(['sandbox', 'user', ...args], { SANDBOX_URL: sandbox.url });
  t.match(await segl('create', '--alias', 'Ny-Bruger', '--kind', 'youth', '--password', 'abcd1'), {
    code: 0,
    output: /^ny-bruger +abcd1 +\d{10} +active /,
  });
  const path = `${sandbox.url}/testtools/person/ny-bruger/certificate.cer`;
  const certificate = parseCertificate(new Uint8Array(await (await fetch(path)).arrayBuffer()));
  t.match(certificate.subject.attribute('2.5.4.11'), /15 til 18|15 og 18/, 'a youth');
  t.match(await segl('create', '--alias', 'ny-bruger'), { code: 1, output: /Somebody has this user id/ });
  t.match(await segl('find', 'NY-BR'), { output: /^ny-bruger/ });
  t.match(await segl('lock', 'ny-bruger'), { output: / locked / });
  t.match(await segl('unlock', 'ny-bruger'), { output: / active / });
  t.match(await segl('revoke', 'ny-bruger'), { output: /certificate revoked/ });
  t.match(await segl('password', 'ny-bruger', 'engang', '--temporary'), { output: /engang/ });
  t.match(await segl('card', 'ny-bruger', '--left', '7'), {
    output: /^[A-Z]-\d{3}-\d{3}-\d{3}, 7 keys left\n(\d{4} .+\n){37}$/,
  });
  const { output } = await segl('show', 'ny-bruger', '--json');
  t.match(JSON.parse(output), { userId: 'ny-bruger', certificate: 'revoked', passwordState: 'temporary' });
  t.match(await segl('show', 'nobody'), { code: 1, output: /no test person "nobody"/ });
  t.match(await segl('dance', 'ny-bruger'), { code: 2, output: /unknown command 'dance'/ });
});
