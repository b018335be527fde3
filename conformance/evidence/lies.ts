/** Identity evidence of those who have keys that are trusted, and break one rule each. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJws } from '@segl/identity/evidence/identity/jws';
import {
  hiddenData,
  NATIVE_SIGNATURE,
  NATIVE_STATUS,
  NATIVE_TYPE,
} from '@segl/identity/evidence/identity/proofs/bankid-signature';
import { carried } from '@segl/identity/evidence/identity/write';
import { systemClock } from '@segl/problem/clock';
import { bankIdRoot, nativeClaims } from '@segl/sandbox/methods/oidc/bankid';
import { NATIVE_LIES, type NativeLie } from '@segl/sandbox/methods/oidc/lies';
import { oidcPersons } from '@segl/sandbox/methods/oidc/persons';
import { World } from '@segl/sandbox/world/world';
import { parsed, RECEIVED, tokenKey, writeToken } from '../../test/support/signatures/identity-evidence.ts';
import { passkeyEvidence, UNSOUND_PASSKEYS } from '../../test/support/signatures/passkey-evidence.ts';
import {
  answeredWith,
  broker,
  NO_BROKERS,
  NO_STATUS,
  OTHER_TRANSACTIONS,
  statusOf,
  transactionEvidence,
  type TransactionOptions,
} from '../../test/support/signatures/transaction-evidence.ts';
import { changed } from './changes.ts';
import type { Specimen } from './specimen.ts';
import { OWN_BROKER, type TestHandle } from './specimens.ts';

/** Those of the kind that this sound specimen is the example of. What was begun for them ends with `t`. */
export async function* lyingSpecimens(t: TestHandle, sound: Specimen): AsyncGenerator<Specimen> {
  if (sound.name === 'a passkey with ES256')
    for (const [failure, options] of UNSOUND_PASSKEYS)
      yield {
        ...{ name: `a passkey: ${failure}`, bytes: passkeyEvidence(options), at: RECEIVED },
      };
  if (sound.name === 'a broker of our own 1') {
    const lie = (name: string, options: TransactionOptions): Specimen => ({
      ...{ name: `a broker: ${name}`, bytes: transactionEvidence(options) },
      ...{ at: RECEIVED, trust: OWN_BROKER },
    });
    for (const [failure, options] of OTHER_TRANSACTIONS) yield lie(failure, options);
    for (const [failure, variant] of NO_BROKERS) {
      const signer = broker(variant);
      yield lie(failure, { signer, status: await statusOf(signer) });
    }
    for (const [name, status] of Object.entries(NO_STATUS)) yield lie(`a status ${name}`, { status });
    yield lie('a status with another nonce', await answeredWith(Buffer.alloc(32, 8)));
  }
  if (sound.name === 'an eID that signs') yield* lyingSignatures(t, sound);
}

/** Signatures by eIDs that lie, handed on in log-ons of a provider that is believed; `sound`: one that does not. */
async function* lyingSignatures(t: TestHandle, sound: Specimen): AsyncGenerator<Specimen> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-bankid-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const world = await World.open({ folder, url: 'http://localhost:1', clock: systemClock });
  await world.add([bankIdRoot]);
  const trust = { brokers: [], people: [world.certificate(bankIdRoot.id)] };
  for (const lie of NATIVE_LIES) {
    const bytes = await handedOn(sound.bytes, world, lie);
    yield { name: `an eID that signs: ${lie}`, bytes, at: sound.at, trust };
  }
}

/** The same log-on under keys of our own, with another signature in it. */
async function handedOn(bytes: Buffer, world: World, lie: NativeLie): Promise<Buffer> {
  const whole = parsed(bytes);
  const [token] = whole.proofs.filter(({ role }) => role === 'id-token');
  const { claims } = readJws(Buffer.from(token!.data!, 'base64'));
  const person = oidcPersons.find(({ numbers }) => numbers['SE'] === claims['ssn'])!;
  const about = { visible: whole.intent.shown, hidden: hiddenData(whole.commitment) };
  const told = await nativeClaims(world, person, about, { lie, now: systemClock.now() });
  const key = tokenKey();
  const { evidence: _, ocspResponse: __, ...others } = claims;
  const given = (role: string, mediaType: string, claim: string) => {
    const data = told[claim];
    return typeof data === 'string' ? [{ role, mediaType, ...carried(Buffer.from(data, 'base64')) }] : [];
  };
  return changed(bytes, () => ({
    ...whole,
    proofs: [
      { ...token!, ...carried(writeToken({ ...others, ...told }, key)) },
      ...given(NATIVE_SIGNATURE, NATIVE_TYPE, 'evidence'),
      ...given(NATIVE_STATUS, 'application/ocsp-response', 'ocspResponse'),
      ...whole.proofs.filter(({ role }) => ['request', 'userinfo'].includes(role)),
    ],
    trust: whole.trust.map((part) => (part.role === 'keys' ? { ...part, ...carried(key.jwks) } : part)),
  }));
}
