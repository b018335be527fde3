/** Registering a passkey (Web Authentication Level 3, section 7.1), for somebody whom another method has just identified. */
import type { Problem } from '@segl/problem/problem';
import type {
  AuditFact,
  IdentifiedPerson,
  IdentityMethod,
  MethodDeps,
  MethodInput,
  Registration,
  Visitor,
} from '../../method.ts';
import { identityProblems } from '../../problems.ts';
import { reaches } from '../../evidence/identity/proofs/id-token.ts';
import { deviceTypeOf, subjectIn, type PasskeyRegistration } from '../../evidence/identity/proofs/passkey.ts';
import { list, object, text } from '../../evidence/identity/shape.ts';
import {
  COSE_ALGORITHMS,
  readAttestation,
  readClientData,
  readCoseKey,
  rpIdHashOf,
} from '../../evidence/identity/webauthn.ts';
import { passkeyProblems } from './problems.ts';
import { relyingParty } from './relying-party.ts';

/** Id of the module. */
export const PASSKEY_MODULE = 'passkey';
/** Of the pages, to ask the browser with. */
export const SCRIPT = 'passkey.js';

/** A passkey is forgotten when it was not used for this long, in milliseconds. */
export const LASTS = 365 * 86_400_000;
/** Of one person at one account. */
export const MOST_PASSKEYS = 5;
/** That a page waits for a person, in milliseconds. */
export const TIMEOUT = 5 * 60_000;

/** What is kept of a passkey; binary parts are base64url. */
export interface KeptPasskey {
  readonly credentialId: string;
  /** COSE. */
  readonly publicKey: string;
  /** What the authenticator knows the person by. */
  readonly userHandle: string;
  readonly rpId: string;
  readonly name: string;
  readonly nationalId?: { readonly id: string; readonly nationality: string; readonly type: string };
  readonly registration: PasskeyRegistration;
}

/** A registration of one's own; undefined: its row was put in another's place. */
export function readKept(
  { value }: Registration,
  is: (kept: KeptPasskey) => boolean,
): KeptPasskey | undefined {
  const kept = JSON.parse(value) as KeptPasskey;
  return is(kept) ? kept : undefined;
}

/** From the offer to its answer. */
interface Offered {
  readonly challenge: string;
  readonly userHandle: string;
}

const binary = (most: number) => text(most, /^[\w-]+$/u);
const answerShape = object({
  id: binary(1_400),
  clientDataJSON: binary(6_000),
  attestationObject: binary(100_000),
  transports: list(text(32, /^[a-z-]+$/u), 8),
});

interface Answer {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly attestationObject: string;
  readonly transports: readonly string[];
}

const decode = (encoded: string): Buffer => Buffer.from(encoded, 'base64url');
const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

export const subjectOf = ({ by, subjectId }: IdentifiedPerson): string =>
  subjectIn({ eid: by.eid, subject: subjectId });

/** `configured`: the relying party's id, where METHODS_FILE names it. */
export function enrolment(
  configured: string | undefined,
  deps: MethodDeps,
): NonNullable<IdentityMethod['enrols']> {
  const keptOf = async (person: IdentifiedPerson): Promise<readonly KeptPasskey[]> => {
    const subject = subjectOf(person);
    const rows = await deps.registrations().of(person.service, subject);
    return rows.flatMap(
      (row) => readKept(row, (kept) => subjectIn(kept.registration.restsOn) === subject) ?? [],
    );
  };
  return {
    async start(person, visitor) {
      const party = relyingParty(visitor.origin, configured);
      // a passkey cannot make who somebody is surer than it was
      if ('problem' in party || !mayRegister(person)) return undefined;
      const kept = await keptOf(person);
      const isDone = kept.some(({ registration }) => registration.restsOn.sha256 === person.evidence.sha256);
      if (isDone || kept.length >= MOST_PASSKEYS) return undefined;
      const offered: Offered = {
        challenge: encode(deps.random(32)),
        userHandle: kept[0]?.userHandle ?? encode(deps.random(32)),
      };
      const { displayName, service } = person;
      return {
        state: JSON.stringify(offered),
        show: {
          as: 'script',
          module: SCRIPT,
          options: {
            create: {
              challenge: offered.challenge,
              rp: { id: party.rpId, name: new URL(visitor.origin).hostname },
              user: { id: offered.userHandle, name: `${displayName} (${service})`, displayName },
              pubKeyCredParams: COSE_ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
              authenticatorSelection: {
                ...{ residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
              },
              attestation: 'none',
              excludeCredentials: kept.map(({ credentialId: id }) => ({ type: 'public-key', id })),
              timeout: TIMEOUT,
            },
          },
        },
      };
    },
    take: (person, state, input, visitor) =>
      take(person, JSON.parse(state) as Offered, input, visitor, { configured, deps }),
  };
}

const mayRegister = ({ by, subjectId }: IdentifiedPerson): boolean =>
  by.module !== PASSKEY_MODULE && subjectId !== '' && reaches(by.assurance, 'substantial');

const refused = (why: Problem) => passkeyProblems.error('PASSKEY_REFUSED', { why });

/** Throws PASSKEY_REFUSED, PASSKEY_KNOWN. */
async function take(
  person: IdentifiedPerson,
  offered: Offered,
  input: MethodInput,
  visitor: Visitor,
  { configured, deps }: { readonly configured: string | undefined; readonly deps: MethodDeps },
): Promise<AuditFact> {
  const party = relyingParty(visitor.origin, configured);
  if ('problem' in party) throw refused(party.problem);
  if (!mayRegister(person)) throw refused(identityProblems.of('passkey/registration'));
  const answer = input.kind === 'script' ? input.result : undefined;
  if (answerShape(answer, '') !== undefined) throw refused(passkeyProblems.of('passkey/answer'));
  const { rpId } = party;
  const made = await judged(answer as Answer, { ...offered, rpId, origin: visitor.origin });
  const at = deps.clock.now();
  const { attested, publicKey } = made;
  const { by, evidence, nationalId, displayName: name } = person;
  const credentialId = (answer as Answer).id;
  const restsOn: PasskeyRegistration['restsOn'] = {
    ...{ method: by.name, eid: by.eid, subject: person.subjectId, level: by.assurance },
    ...{ format: evidence.format, sha256: evidence.sha256, at: evidence.at.toISOString() },
  };
  const kept: KeptPasskey = {
    ...{ credentialId, publicKey, userHandle: offered.userHandle, rpId, name },
    ...(nationalId && { nationalId }),
    registration: {
      ...{ at: at.toISOString(), aaguid: attested.credential.aaguid, fmt: made.fmt },
      ...{ deviceType: deviceTypeOf(attested), backedUp: attested.flags.backedUp },
      ...{ attestation: (answer as Answer).attestationObject, restsOn },
    },
  };
  const isNew = await deps.registrations().add({
    ...{ service: person.service, subjectId: subjectOf(person), key: credentialId },
    ...{ value: JSON.stringify(kept), counter: attested.counter },
    ...{ since: at, until: new Date(at.getTime() + LASTS) },
  });
  if (!isNew) throw passkeyProblems.error('PASSKEY_KNOWN');
  return {
    type: 'passkey-registered',
    of: 'creation',
    data: {
      'credential-id': credentialId,
      'device-type': kept.registration.deviceType,
      'identified-by': by.name,
      'evidence-sha256': Buffer.from(evidence.sha256, 'hex').toString('base64'),
      description: 'The signer registered a passkey for the next time, being identified by what was kept',
    },
  };
}

/** What was asked for was made, here, by somebody whom the authenticator verified. Throws PASSKEY_REFUSED. */
async function judged(
  { id, clientDataJSON, attestationObject, transports }: Answer,
  wanted: Offered & { readonly rpId: string; readonly origin: string },
) {
  const client = readClientData(decode(clientDataJSON));
  const attestation = readAttestation(decode(attestationObject));
  const credential = attestation?.data.credential;
  const publicKey = credential && readCoseKey(credential.publicKey);
  if (!client || !attestation || !credential || !publicKey || encode(credential.id) !== id)
    throw refused(passkeyProblems.of('passkey/answer'));
  const { flags } = attestation.data;
  const wrong =
    (client.type !== 'webauthn.create' && identityProblems.of('passkey/ceremony')) ||
    (client.challenge !== wanted.challenge && identityProblems.of('passkey/challenge')) ||
    ((client.origin !== wanted.origin || client.crossOrigin) && identityProblems.of('passkey/origin')) ||
    (attestation.data.rpIdHash !== rpIdHashOf(wanted.rpId) && identityProblems.of('passkey/receiver')) ||
    (!flags.userPresent && identityProblems.of('passkey/user-present')) ||
    (!flags.userVerified && identityProblems.of('passkey/user-verified'));
  if (wrong) throw refused(wrong);
  // it takes long to load, and most processes register nothing
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const { verified } = await verifyRegistrationResponse({
    response: {
      ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
      response: { clientDataJSON, attestationObject, transports: [...transports] as never },
    },
    expectedChallenge: wanted.challenge,
    expectedOrigin: wanted.origin,
    expectedRPID: wanted.rpId,
    supportedAlgorithmIDs: [...COSE_ALGORITHMS],
  }).catch((cause: unknown) => {
    const why = passkeyProblems.of('passkey/attestation');
    throw passkeyProblems.error('PASSKEY_REFUSED', { why }, { cause });
  });
  if (!verified) throw refused(passkeyProblems.of('passkey/attestation'));
  return {
    fmt: attestation.fmt,
    attested: { ...attestation.data, credential },
    publicKey: encode(credential.publicKey),
  };
}
