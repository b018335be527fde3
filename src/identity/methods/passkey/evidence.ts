/** Puts the identity evidence of an assertion together. */
import { shortCode, shownText, type Commitment } from '../../evidence/identity/commitment.ts';
import type { IdentityEvidence } from '../../evidence/identity/content.ts';
import { OWN_WORD } from '../../evidence/identity/proofs/one-time-code.ts';
import {
  PASSKEY,
  PASSKEY_SCALE,
  PASSKEY_TYPE,
  subjectIn,
  type PasskeyRecord,
} from '../../evidence/identity/proofs/passkey.ts';
import { carried, writeIdentityEvidence } from '../../evidence/identity/write.ts';
import type { CatalogueEntry, Visitor } from '../../method.ts';
import { PASSKEY_MODULE, type KeptPasskey } from './registration.ts';

/** Characters of what the signer agrees to, as the page quotes it: no authenticator shows anything. */
const SHOWN = 1_000;

export interface Assertion {
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
}

export function makeEvidence({
  entry,
  purpose,
  commitment,
  kept,
  counter,
  assertion,
  numbered,
  visitor,
  at,
}: {
  readonly entry: CatalogueEntry;
  readonly purpose: IdentityEvidence['purpose'];
  readonly commitment: Commitment;
  readonly kept: KeptPasskey;
  /** Before this assertion. */
  readonly counter: number;
  readonly assertion: Assertion;
  /** Of the national id, where it is asked for; `compared`: with that of the order. */
  readonly numbered: { readonly salt: string; readonly compared: boolean } | undefined;
  readonly visitor: Visitor;
  readonly at: Date;
}): Buffer {
  const { registration, nationalId } = kept;
  const number = numbered && nationalId;
  const { clientDataJSON, authenticatorData, signature } = assertion;
  const record: PasskeyRecord = {
    ...{ version: 1, credentialId: kept.credentialId, clientDataJSON, authenticatorData, signature },
    ...{ publicKey: kept.publicKey, sub: subjectIn(registration.restsOn), name: kept.name },
    ...(number && { nationalId: number.id }),
    ...{ counter, registration },
  };
  const source = (claim: keyof PasskeyRecord) => ({ proof: PASSKEY, claims: [claim] });
  const isCompared = number !== undefined && numbered?.compared === true;
  return writeIdentityEvidence({
    purpose,
    commitment,
    method: {
      ...{ name: entry.name, kind: PASSKEY_MODULE, eid: entry.eid ?? PASSKEY_MODULE },
      ...{ provider: OWN_WORD, client: kept.rpId, profile: PASSKEY_MODULE, test: false },
    },
    subject: {
      id: { scheme: 'registered-subject', issuer: OWN_WORD, value: record.sub },
      displayName: record.name,
      ...(number && {
        nationalId: {
          ...{ country: number.nationality, type: number.type, value: number.id },
          salt: numbered.salt,
        },
      }),
      continuity: [{ scheme: registration.restsOn.eid, value: registration.restsOn.subject }],
      sources: {
        ...{ id: source('sub'), displayName: source('name') },
        ...(number && { nationalId: source('nationalId') }),
      },
    },
    assurance: {
      ...{ level: PASSKEY_SCALE[registration.deviceType], claim: 'registration.deviceType' },
      ...{ value: registration.deviceType, scale: PASSKEY_SCALE },
      factors: ['possession', 'user-verification'],
    },
    intent: {
      ...{ shown: shownText(commitment, SHOWN), limit: SHOWN },
      ...{ language: commitment.consent.language, code: shortCode(commitment) },
    },
    match: isCompared ? { rule: 'national-id', result: 'equal' } : { rule: 'none', result: 'not-compared' },
    context: {
      ip: visitor.ip.slice(0, 64),
      userAgent: visitor.userAgent.slice(0, 1_000),
      origin: visitor.origin.slice(0, 256),
    },
    times: { started: commitment.created, received: at.toISOString() },
    proofs: [
      { ...{ role: PASSKEY, mediaType: PASSKEY_TYPE }, ...carried(Buffer.from(JSON.stringify(record))) },
    ],
    trust: [],
    limits: [
      ...['registration-own-word', 'authenticator-not-certified', 'text-shown-by-service-alone'],
      ...(registration.deviceType === 'multi-device' ? ['key-on-several-devices'] : []),
    ],
  });
}
