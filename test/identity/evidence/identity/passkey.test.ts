/** Proofs of passkeys: what is judged of them, by which rule each failure is found, and what the library of others says. */
import { generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import fc from 'fast-check';
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import { canonicalJson } from '@segl/identity/evidence/identity/canonical-json';
import type { IdentityEvidence } from '@segl/identity/evidence/identity/content';
import { firstFailure, judgeIdentityEvidence } from '@segl/identity/evidence/identity/judge';
import { PASSKEY, type PasskeyRecord } from '@segl/identity/evidence/identity/proofs/passkey';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import {
  isWithin,
  readAttestation,
  readAuthenticatorData,
  readClientData,
  readCoseKey,
} from '@segl/identity/evidence/identity/webauthn';
import { carried, withId } from '@segl/identity/evidence/identity/write';
import { nonceOf } from '@segl/identity/evidence/identity/commitment';
import { ALGORITHMS, type AlgorithmName } from '@segl/sandbox/methods/passkey/authenticator';
import { writeCbor } from '@segl/sandbox/methods/passkey/cbor';
import { parsed } from '../../../support/signatures/identity-evidence.ts';
import {
  ORIGIN,
  passkeyEvidence,
  RP_ID,
  toldOfPasskey,
  UNSOUND_PASSKEYS,
} from '../../../support/signatures/passkey-evidence.ts';
import { every } from '../../../support/sweep.ts';

const failureOf = (bytes: Uint8Array): string | undefined => {
  const failure = firstFailure(judgeIdentityEvidence(readIdentityEvidence(bytes), toldOfPasskey));
  return failure && `${failure.check} ${failure.why.code}`;
};

const recordOf = ({ proofs }: IdentityEvidence): PasskeyRecord =>
  JSON.parse(Buffer.from(proofs[0]?.data ?? '', 'base64').toString()) as PasskeyRecord;

const names = Object.keys(ALGORITHMS) as readonly AlgorithmName[];

t.test('holds with every kind of key, and so says a library that is not ours', async (t) => {
  for (const algorithm of names) {
    for (const synced of [true, false]) {
      const bytes = passkeyEvidence({ algorithm, synced });
      t.equal(failureOf(bytes), undefined, `${algorithm}, ${synced ? 'synced' : 'on one device'}`);
      const evidence = readIdentityEvidence(bytes);
      const { algorithms } = judgeIdentityEvidence(evidence, toldOfPasskey);
      t.equal(algorithms.length, 1, 'what it was made with is told to the calendar');
      const {
        credentialId: id,
        clientDataJSON,
        authenticatorData,
        signature,
        publicKey,
      } = recordOf(evidence);
      const { verified } = await verifyAuthenticationResponse({
        response: {
          ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
          response: { clientDataJSON, authenticatorData, signature },
        },
        expectedChallenge: nonceOf(evidence.commitment),
        expectedOrigin: ORIGIN,
        expectedRPID: RP_ID,
        credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter: 0 },
      });
      t.ok(verified);
    }
  }
});

t.test('what does not hold, by the rule that finds it', (t) => {
  for (const [failure, options] of UNSOUND_PASSKEYS)
    t.equal(failureOf(passkeyEvidence(options)), failure, JSON.stringify(options));
  for (const [member, value] of Object.entries({
    at: '2026-03-01T11:57:11.000Z',
    aaguid: '01020304-0506-0708-090a-0b0c0d0e0f10',
    fmt: 'packed',
    backedUp: true,
    restsOn: { ...recordOf(parsed(passkeyEvidence())).registration.restsOn, at: '2026-02-02T00:00:00.000Z' },
  })) {
    const record = (r: PasskeyRecord) => ({ ...r, registration: { ...r.registration, [member]: value } });
    t.equal(failureOf(passkeyEvidence({ record })), 'registration passkey/registration', member);
  }
  t.equal(failureOf(passkeyEvidence({ level: 'substantial' })), 'level id-token/level-too-low');
  t.equal(
    failureOf(passkeyEvidence({ change: (c) => ({ ...c, assurance: { ...c.assurance, level: 'high' } }) })),
    'level passkey/level',
    'above its own scale',
  );
  const renamed = passkeyEvidence({
    change: (c) => ({
      ...c,
      proofs: c.proofs.map((proof) => ({ ...proof, role: 'other' })),
      subject: {
        ...c.subject,
        sources: Object.fromEntries(
          Object.entries(c.subject.sources).map(([field, source]) => [field, { ...source, proof: 'other' }]),
        ),
      },
    }),
  });
  t.equal(failureOf(renamed), 'other proof/unreadable', 'by another name');
  t.end();
});

t.test('of another key, of another signature', (t) => {
  const [mine, other] = [recordOf(parsed(passkeyEvidence())), recordOf(parsed(passkeyEvidence()))];
  const swapped = (member: keyof PasskeyRecord): string | undefined =>
    failureOf(passkeyEvidence({ record: (record) => ({ ...record, [member]: other[member] }) }));
  t.equal(swapped('publicKey'), 'core passkey/signature');
  t.equal(swapped('signature'), 'core passkey/signature');
  t.equal(swapped('credentialId'), 'registration passkey/registration');
  t.equal(swapped('registration'), 'registration passkey/registration');
  const replayed = passkeyEvidence({
    record: (record) => ({ ...mine, name: record.name }),
  });
  t.equal(failureOf(replayed), 'challenge passkey/challenge', 'all of an earlier signature');
  t.end();
});

t.test('every changed byte of what was signed is found, though all hashes fit again', (t) => {
  const bytes = passkeyEvidence();
  const evidence = parsed(bytes);
  const record = recordOf(evidence);
  let changed = 0;
  for (const member of [
    'clientDataJSON',
    'authenticatorData',
    'signature',
    'publicKey',
    'credentialId',
  ] as const) {
    const part = Buffer.from(record[member], 'base64url');
    for (let at = 0; at < part.length; at += every(7)) {
      for (const bit of [1, 0x80]) {
        const copy = Buffer.from(part);
        copy.writeUInt8(copy.readUInt8(at) ^ bit, at);
        const proof = { ...record, [member]: copy.toString('base64url') };
        const forged = {
          ...evidence,
          proofs: [{ ...evidence.proofs[0]!, ...carried(Buffer.from(JSON.stringify(proof))) }],
        };
        if (failureOf(Buffer.from(canonicalJson(withId(forged)))) === undefined)
          t.fail(`${member} at ${String(at)}`);
        changed++;
      }
    }
  }
  t.ok(changed > 100);
  t.end();
});

t.test('every changed byte of the evidence is found', (t) => {
  const bytes = passkeyEvidence();
  let changed = 0;
  for (let at = 0; at < bytes.length; at += every(11)) {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    let found = true;
    try {
      found = failureOf(copy) !== undefined;
    } catch {
      // it is not read at all
    }
    if (!found) t.fail(`at ${String(at)}`);
    changed++;
  }
  t.ok(changed > 100);
  t.end();
});

t.test('what authenticators write: only that, and all of it', (t) => {
  const data = Buffer.concat([Buffer.alloc(32), Buffer.of(0x05, 0, 0, 0, 9)]);
  t.match(readAuthenticatorData(data), { counter: 9, flags: { userPresent: true, userVerified: true } });
  t.equal(readAuthenticatorData(Buffer.concat([data, Buffer.of(0)])), undefined, 'more than it says');
  t.equal(readAuthenticatorData(data.subarray(0, 36)), undefined, 'less');
  const extended = Buffer.from(data);
  extended.writeUInt8(0x85, 32);
  const extensions = writeCbor(new Map([['credProtect', 2]]));
  t.match(readAuthenticatorData(Buffer.concat([extended, extensions])), { counter: 9 });
  t.equal(readAuthenticatorData(Buffer.concat([extended, Buffer.of(0x01)])), undefined, 'no map');
  t.equal(
    readAuthenticatorData(Buffer.concat([extended, Buffer.of(0xb8, 0x01, 0x01, 0x01)])),
    undefined,
    'long',
  );
  const deep = Buffer.concat([extended, Buffer.of(0xa1, 0x01), Buffer.alloc(5_000, 0x81)]);
  t.equal(readAuthenticatorData(deep), undefined, 'deep');
  t.equal(
    readAuthenticatorData(Buffer.concat([extended, Buffer.of(0xba, 0xff, 0xff, 0xff, 0xff)])),
    undefined,
  );
  const point = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.alloc(32)],
    [-3, Buffer.alloc(32)],
  ]);
  t.equal(readCoseKey(writeCbor(point)), undefined, 'no point of the curve');
  t.equal(readCoseKey(writeCbor(new Map([[1, 2]]))), undefined);
  const twice = Buffer.of(0xa2, 0x01, 0x01, 0x01, 0x01);
  t.equal(readAuthenticatorData(Buffer.concat([extended, twice])), undefined, 'a member twice');
  const key = Buffer.from(recordOf(parsed(passkeyEvidence())).publicKey, 'base64url');
  t.equal(readCoseKey(key)?.algorithm, -7);
  const more = Buffer.concat([Buffer.of(0xa6), key.subarray(1), Buffer.of(0x04, 0x20)]);
  t.equal(readCoseKey(more), undefined, 'a member that is not of the key');
  const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
    format: 'jwk',
  });
  const [modulus, exponent] = [n, e].map((part) => Buffer.from(part, 'base64url'));
  const short = new Map<number, number | Uint8Array>([
    [1, 3],
    [3, -257],
    [-1, modulus!],
    [-2, exponent!],
  ]);
  t.equal(readCoseKey(writeCbor(short)), undefined, 'too short a key');
  t.equal(readClientData(Buffer.from('[]')), undefined);
  t.equal(readClientData(Buffer.alloc(5_000, 0x20)), undefined);
  t.match(readClientData(Buffer.from('{"type":"t","challenge":"c","origin":"o","topOrigin":"x"}')), {
    crossOrigin: true,
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readAuthenticatorData(bytes);
      readAttestation(bytes);
      readCoseKey(bytes);
      readClientData(bytes);
    }),
    { numRuns: 2_000 },
  );
  t.end();
});

t.test('which pages may use a credential', (t) => {
  t.ok(isWithin('https://example.com', 'example.com'));
  t.ok(isWithin('https://sign.example.com:8443', 'example.com'));
  t.notOk(isWithin('https://badexample.com', 'example.com'));
  t.notOk(isWithin('https://example.com', 'sign.example.com'));
  t.notOk(isWithin('example.com', 'example.com'));
  t.equal(PASSKEY, 'passkey');
  t.end();
});
