/** Tokens that providers really issued, by the keys beside them: valid, and no byte can be changed. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { readJws, readKeySet, verifyJws, type Jwk } from '@segl/identity/evidence/identity/jws';
import { X509Certificate } from 'node:crypto';
import { tokenKey, writeToken } from '../../../support/signatures/identity-evidence.ts';
import { vector } from '../../../support/signatures/vectors.ts';
import { every } from '../../../support/sweep.ts';

const trimmed = (file: string): Buffer => Buffer.from(readFileSync(file, 'latin1').trim(), 'latin1');

/** Every single byte, changed in more than one way. */
function sweep(
  t: { same(found: unknown, wanted: unknown, about: string): unknown },
  token: Buffer,
  keys: readonly Jwk[],
): void {
  const found: number[] = [];
  for (let place = 0; place < token.length; place += every(3)) {
    for (const by of [1, 2, 0x20, 0x80]) {
      const changed = Buffer.from(token);
      changed[place]! ^= by;
      try {
        verifyJws(changed, keys);
        found.push(place);
      } catch (error) {
        if ((error as { code?: string }).code !== 'EVIDENCE_INVALID') throw error;
      }
    }
  }
  t.same(found, [], 'every change is found');
}

for (const name of ['idura-mitid-1', 'idura-mitid-2']) {
  t.test(name, (t) => {
    const file = vector(t, 'oidc', `${name}.jwt`);
    const set = vector(t, 'oidc', `${name}.jwks.json`);
    if (file !== undefined && set !== undefined) {
      const keys = readKeySet(readFileSync(set));
      const token = trimmed(file);
      const { claims, scheme } = verifyJws(token, keys);
      t.match(claims, { iss: /^https:/, loA: 'SUBSTANTIAL', identityscheme: 'dkmitid', refTextBody: String });
      t.equal(scheme, 'RSA');
      sweep(t, token, keys);
    }
    t.end();
  });
}

t.test('neb-workflow-token', (t) => {
  const file = vector(t, 'oces3', 'neb-workflow-token.jwt');
  const pem = vector(t, 'oces3', 'leaf-organisation-test-neb.pem');
  if (file !== undefined && pem !== undefined) {
    const token = trimmed(file);
    const { publicKey } = new X509Certificate(readFileSync(pem));
    const kid = readJws(token).header['kid'];
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' } as Jwk];
    t.match(verifyJws(token, keys).claims, { token_type: 'workflow_token_v1' });
    sweep(t, token, keys);
  }
  t.end();
});

t.test('one encoding, and only keys for signatures', (t) => {
  const key = tokenKey('RS256');
  const token = writeToken({ sub: 'x' }, key);
  const keys = readKeySet(key.jwks);
  t.match(verifyJws(token, keys).claims, { sub: 'x' });
  const text = token.toString();
  const refused = (given: string | Buffer, set: readonly Jwk[] = keys): void => {
    t.throws(() => verifyJws(Buffer.from(given), set), { code: 'EVIDENCE_INVALID' });
  };
  for (const given of [
    `${text}=`,
    `${text}.`,
    ` ${text}`,
    `${text}\n`,
    text.replace('.', '..'),
    text.slice(0, -1),
    '',
  ])
    refused(given);
  refused(text, []);
  refused(
    text,
    keys.map((one) => ({ ...one, use: 'enc' })),
  );
  refused(
    text,
    keys.map((one) => ({ ...one, alg: 'PS256' })),
  );
  refused(text, [...keys, ...keys]);
  refused(text, readKeySet(tokenKey('RS256').jwks));
  for (const none of ['', 'null', '[]', '{"keys":1}'])
    t.throws(() => readKeySet(Buffer.from(none)), { code: 'EVIDENCE_INVALID' });
  t.end();
});
