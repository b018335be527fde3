/**
 * A passkey's assertion: a key that its holder registered after another method had identified them has signed the hash of the
 * commitment (Web Authentication Level 3, section 7.2). That the key signed it anybody can see; whose key it is, is the
 * service's own word about the registration.
 */
import { failed, passed, type Finding } from '@segl/ades/validation/facts';
import type { Problem } from '@segl/problem/problem';
import { ASSURANCES, type Assurance } from '../../../method.ts';
import { identityProblems } from '../../../problems.ts';
import { nonceOf } from '../commitment.ts';
import type { IdentityEvidence, Proof } from '../content.ts';
import { bytesOf } from '../read.ts';
import { count, object, oneOf, text } from '../shape.ts';
import {
  holdsAssertion,
  isWithin,
  readAttestation,
  readAuthenticatorData,
  readClientData,
  readCoseKey,
  rpIdHashOf,
  signedByAssertion,
  type AuthenticatorData,
  type ClientData,
  type CredentialKey,
} from '../webauthn.ts';
import { moreTold, OWN_WORD } from './one-time-code.ts';
import { constraint, digest, type JudgedProof, type ProofVerifier } from './verifier.ts';

export const PASSKEY = 'passkey';
export const PASSKEY_TYPE = 'application/vnd.segl.passkey+json';

export const DEVICE_TYPES = ['single-device', 'multi-device'] as const;
/** Whether the key may be on several devices, as the authenticator said. */
export type DeviceType = (typeof DEVICE_TYPES)[number];

export const deviceTypeOf = ({ flags }: AuthenticatorData): DeviceType =>
  flags.backupEligible ? 'multi-device' : 'single-device';

/** What a passkey shows is not more than this, whatever its registration rests on. */
export const PASSKEY_SCALE: Readonly<Record<DeviceType, Assurance>> = {
  'single-device': 'low',
  'multi-device': 'low',
};

/** Who was identified, how, and what was kept of that, when the key was registered. Times are ISO 8601, UTC. */
export interface RestsOn {
  /** As the order wrote it. */
  readonly method: string;
  readonly eid: string;
  /** That method's id of the person. */
  readonly subject: string;
  readonly level: Assurance;
  /** Of the evidence that was kept then, and its SHA-256 in lower-case hex. */
  readonly format: string;
  readonly sha256: string;
  readonly at: string;
}

export interface PasskeyRegistration {
  readonly at: string;
  /** Of the kind of authenticator, as a UUID; zeros where it does not say. */
  readonly aaguid: string;
  readonly fmt: string;
  readonly deviceType: DeviceType;
  readonly backedUp: boolean;
  /** Base64url. */
  readonly attestation: string;
  readonly restsOn: RestsOn;
}

/** Binary parts are base64url. */
export interface PasskeyRecord {
  readonly version: 1;
  readonly credentialId: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  /** COSE. */
  readonly publicKey: string;
  /** `subjectIn` what the registration rests on. */
  readonly sub: string;
  readonly name: string;
  /** Of the person, where it was asked for. */
  readonly nationalId?: string;
  /** Of the assertion before this one, or of the registration. */
  readonly counter: number;
  readonly registration: PasskeyRegistration;
}

/** The id of a person as passkeys have it: ids of different eIDs are never the same. */
export const subjectIn = ({ eid, subject }: Pick<RestsOn, 'eid' | 'subject'>): string => `${eid}:${subject}`;

const time = text(24, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u);
const binary = (most: number) => text(most, /^[\w-]+$/u);
const line = text(2_000);
const shape = object(
  {
    version: oneOf(1),
    credentialId: binary(1_400),
    clientDataJSON: binary(6_000),
    authenticatorData: binary(3_000),
    signature: binary(1_400),
    publicKey: binary(3_000),
    sub: line,
    name: line,
    counter: count(2 ** 32),
    registration: object({
      at: time,
      aaguid: text(36, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u),
      fmt: text(32, /^[a-z0-9-]+$/u),
      deviceType: oneOf(...DEVICE_TYPES),
      backedUp: oneOf(true, false),
      attestation: binary(100_000),
      restsOn: object({
        method: line,
        eid: line,
        subject: line,
        level: oneOf(...ASSURANCES),
        format: line,
        sha256: text(64, /^[0-9a-f]{64}$/u),
        at: time,
      }),
    }),
  },
  { nationalId: line },
);

interface Read {
  readonly record: PasskeyRecord;
  readonly data: AuthenticatorData;
  readonly client: ClientData;
  readonly key: CredentialKey;
  readonly attested: NonNullable<ReturnType<typeof readAttestation>>;
}

/** The one encoding of bytes: without bits that count for nothing. */
const isBinary = (encoded: string): boolean =>
  Buffer.from(encoded, 'base64url').toString('base64url') === encoded;

const decode = (encoded: string): Buffer => Buffer.from(encoded, 'base64url');

function readRecord(proof: Proof): PasskeyRecord | undefined {
  try {
    const value: unknown = JSON.parse(bytesOf(proof).toString('utf8'));
    if (shape(value, '') !== undefined) return undefined;
    const record = value as PasskeyRecord;
    const { credentialId, clientDataJSON, authenticatorData, signature, publicKey, registration } = record;
    const parts = [credentialId, clientDataJSON, authenticatorData, signature, publicKey];
    return [...parts, registration.attestation].every(isBinary) ? record : undefined;
  } catch {
    return undefined;
  }
}

function read(proof: Proof): Read | undefined {
  const record = proof.role === PASSKEY ? readRecord(proof) : undefined;
  if (!record) return undefined;
  const data = readAuthenticatorData(decode(record.authenticatorData));
  const client = readClientData(decode(record.clientDataJSON));
  const key = readCoseKey(decode(record.publicKey));
  const attested = readAttestation(decode(record.registration.attestation));
  return data && client && key && attested ? { record, data, client, key, attested } : undefined;
}

type Code = Extract<Parameters<typeof identityProblems.of>[0], `passkey/${string}`>;

const when = (isWrong: boolean, code: Code): Problem | undefined =>
  isWrong ? identityProblems.of(code) : undefined;

/** A page of this origin asked for it, and not in a frame of somebody else's. */
const originProblem = ({ client }: Read, { context, method }: IdentityEvidence): Problem | undefined =>
  when(
    client.origin !== context.origin || !isWithin(client.origin, method.client) || client.crossOrigin,
    'passkey/origin',
  );

/** Higher each time, or never counted (section 6.1.1). */
export const isCountedOn = (before: number, now: number): boolean =>
  now > before || (now === 0 && before === 0);

/** The key is the one that was registered, before this was begun, by somebody who had been identified. */
function registrationProblem({ record, attested }: Read, evidence: IdentityEvidence): Problem | undefined {
  const { registration, credentialId, publicKey, sub } = record;
  const { data, fmt } = attested;
  const { credential, flags } = data;
  const isAttested =
    credential !== undefined &&
    Buffer.from(credential.id).toString('base64url') === credentialId &&
    Buffer.from(credential.publicKey).toString('base64url') === publicKey &&
    credential.aaguid === registration.aaguid &&
    fmt === registration.fmt &&
    data.rpIdHash === rpIdHashOf(evidence.method.client) &&
    flags.userPresent &&
    flags.userVerified &&
    flags.backedUp === registration.backedUp &&
    deviceTypeOf(data) === registration.deviceType;
  const isOrdered =
    registration.restsOn.at <= registration.at && registration.at <= evidence.commitment.created;
  return when(!isAttested || !isOrdered || sub !== subjectIn(registration.restsOn), 'passkey/registration');
}

/** Control of a key is never more than the least assurance. */
function levelProblem({ record }: Read, { assurance, commitment }: IdentityEvidence): Problem | undefined {
  const { claim, value, level, scale } = assurance;
  const { deviceType } = record.registration;
  const own = PASSKEY_SCALE[deviceType];
  const isOwn = level === own && scale[deviceType] === own;
  if (claim !== 'registration.deviceType' || value !== deviceType || !isOwn)
    return identityProblems.of('passkey/level');
  return commitment.level === 'low'
    ? undefined
    : identityProblems.of('id-token/level-too-low', { level, wanted: commitment.level });
}

function findingsOf(read: Read, evidence: IdentityEvidence): readonly Finding[] {
  const { record, data, client } = read;
  const { flags } = data;
  const isOwn = evidence.method.provider === OWN_WORD;
  return [
    digest('challenge', when(client.challenge !== nonceOf(evidence.commitment), 'passkey/challenge')),
    constraint('issuer', isOwn ? undefined : identityProblems.of('id-token/issuer')),
    constraint('ceremony', when(client.type !== 'webauthn.get', 'passkey/ceremony')),
    constraint('origin', originProblem(read, evidence)),
    constraint('receiver', when(data.rpIdHash !== rpIdHashOf(evidence.method.client), 'passkey/receiver')),
    constraint('user-present', when(!flags.userPresent, 'passkey/user-present')),
    constraint('user-verified', when(!flags.userVerified, 'passkey/user-verified')),
    constraint('device', when(deviceTypeOf(data) !== record.registration.deviceType, 'passkey/device')),
    constraint('counter', when(!isCountedOn(record.counter, data.counter), 'passkey/counter')),
    constraint('registration', registrationProblem(read, evidence)),
    constraint('level', levelProblem(read, evidence)),
    constraint('nothing-else', moreTold(evidence)),
  ];
}

export const passkeyVerifier: ProofVerifier = {
  mediaType: PASSKEY_TYPE,
  judge(proof, evidence): JudgedProof {
    const found = read(proof);
    if (!found) {
      const problem = identityProblems.of('proof/unreadable', { role: proof.role });
      return { findings: [failed('format', proof.role, 'FORMAT_FAILURE', problem)], binds: false };
    }
    const { record, client, key } = found;
    const signed = signedByAssertion(decode(record.authenticatorData), decode(record.clientDataJSON));
    const value = decode(record.signature);
    if (!holdsAssertion(key, signed, value)) {
      const problem = identityProblems.of('passkey/signature');
      return { findings: [failed('cryptography', 'core', 'SIG_CRYPTO_FAILURE', problem)], binds: false };
    }
    return {
      findings: [passed('cryptography', 'core'), ...findingsOf(found, evidence)],
      binds: client.challenge === nonceOf(evidence.commitment),
      claims: { ...record },
      core: { signed, value },
      algorithms: [key],
    };
  },
};
