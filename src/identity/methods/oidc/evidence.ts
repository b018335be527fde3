/** Puts the identity evidence of a log-on together. */
import { shortCode, shownText, type Commitment } from '../../evidence/identity/commitment.ts';
import type { IdentityEvidence, Subject, Trusted } from '../../evidence/identity/content.ts';
import type { Claims } from '../../evidence/identity/jws.ts';
import { BACKCHANNEL, backchannelLimits, CLIENT_KEYS } from '../../evidence/identity/proofs/backchannel.ts';
import { authenticatedAt, ID_TOKEN } from '../../evidence/identity/proofs/id-token.ts';
import { entryName, KEY_LOG, KEY_LOG_STAMP } from '../../evidence/identity/proofs/key-log.ts';
import { TRANSACTION_TOKEN } from '../../evidence/identity/proofs/transaction-token.ts';
import {
  NATIVE_SIGNATURE,
  NATIVE_STATUS,
  NATIVE_TYPE,
  nativeAnchors,
} from '../../evidence/identity/proofs/bankid-signature.ts';
import { textOf } from '../../evidence/identity/proofs/verifier.ts';
import { carried, writeIdentityEvidence } from '../../evidence/identity/write.ts';
import type { CatalogueEntry, LoggedKeys, Visitor } from '../../method.ts';
import type { BrokerAuthorities } from '../../oces/broker-certificate.ts';
import { readAssurance, readSubject, type ClaimSources } from './claims.ts';
import type { Exchanged, ReceivedProof } from './exchange.ts';
import type { OidcEid } from './profiles/profile.ts';
import { CONFIGURED, type OidcProvider } from './provider.ts';

export interface EvidenceInput {
  readonly entry: CatalogueEntry;
  readonly provider: OidcProvider;
  readonly eid: OidcEid;
  readonly purpose: IdentityEvidence['purpose'];
  readonly commitment: Commitment;
  /** ISO 8601. */
  readonly started: string;
  readonly at: Date;
  readonly exchanged: Exchanged;
  /** What was asked, and what was said to that. */
  readonly asked: readonly ReceivedProof[];
  /** The person was asked in their app, by a request that a key of this set signed, where it was signed. */
  readonly inApp?: { readonly clientKeys?: Uint8Array };
  readonly visitor: Visitor;
  /** Of certificates that the provider, or the person, may sign with. */
  readonly authorities: BrokerAuthorities;
  /** Entry of the log of keys in which the key of the token stands. */
  readonly logged?: LoggedKeys;
  /** As the order writes it. */
  readonly expected: string | undefined;
  /** Of the national id. */
  readonly salt: string;
}

/** Characters of the text where no app shows it. */
export const PAGE_TEXT = 1_000;

/** What the eID itself signed, as the token has it. */
function nativeProofs(token: Claims, { native }: OidcEid): readonly ReceivedProof[] {
  const inBase64 = (claim: string): Buffer => Buffer.from(textOf(token, claim) ?? '', 'base64');
  const signature = native ? inBase64(native.claims.signature) : Buffer.alloc(0);
  if (!native || signature.length === 0) return [];
  const status = inBase64(native.claims.status);
  return [
    { role: NATIVE_SIGNATURE, mediaType: NATIVE_TYPE, bytes: signature },
    ...(status.length > 0
      ? [{ role: NATIVE_STATUS, mediaType: 'application/ocsp-response', bytes: status }]
      : []),
  ];
}

/** The entry, and the time-stamp over it. */
const logEntry = ({ id, bytes, at: fetched, stamp }: LoggedKeys, at: Date): Trusted[] => {
  const source = entryName(id);
  return [
    {
      ...{ role: KEY_LOG, mediaType: 'application/jwk-set+json', source },
      ...{ fetched: fetched.toISOString(), ...carried(bytes) },
    },
    {
      ...{ role: KEY_LOG_STAMP, mediaType: 'application/timestamp-token', source },
      ...{ fetched: at.toISOString(), ...carried(stamp) },
    },
  ];
};

/** Undefined: the claims tell of nobody. What it says is not judged yet. */
export function makeEvidence(
  input: EvidenceInput,
): { readonly bytes: Buffer; readonly subject: Subject } | undefined {
  const { entry, provider, eid, purpose, commitment, started, at, exchanged, asked, visitor, inApp } = input;
  const sources: ClaimSources = exchanged.proofs.flatMap(({ role, claims }) =>
    claims ? [[role, claims]] : [],
  );
  const token = sources.find(([role]) => role === ID_TOKEN)?.[1] ?? {};
  const subject = readSubject(sources, eid, { issuer: provider.issuer, salt: input.salt });
  if (!subject) return undefined;
  const authenticated = authenticatedAt(token);
  const received = [...exchanged.proofs, ...(purpose === 'sign' ? nativeProofs(token, eid) : [])];
  const has = (wanted: string): boolean => received.some(({ role }) => role === wanted);
  const isSealed = has(TRANSACTION_TOKEN);
  const isSigned = has(NATIVE_SIGNATURE);
  const isJudged = isSigned && nativeAnchors(input.authorities.anchors).length > 0;
  const limit = eid.textLimit ?? PAGE_TEXT;
  const shown = shownText(commitment, limit);
  const isCompared = input.expected !== undefined && subject.nationalId !== undefined;
  const bytes = writeIdentityEvidence({
    purpose,
    commitment,
    method: {
      name: entry.name,
      kind: 'oidc',
      eid: entry.eid ?? entry.name,
      ...(inApp && { flow: BACKCHANNEL }),
      ...(eid.answered && { answered: eid.answered }),
      provider: provider.issuer,
      client: provider.clientId,
      profile: provider.profileName,
      test: provider.settings.test,
    },
    subject,
    assurance: readAssurance(token, eid),
    intent: {
      shown,
      limit,
      ...(eid.textClaim !== undefined && {
        returned: { claim: eid.textClaim, value: textOf(token, eid.textClaim) ?? '' },
      }),
      language: commitment.consent.language,
      code: shortCode(commitment),
    },
    match: isCompared ? { rule: 'national-id', result: 'equal' } : { rule: 'none', result: 'not-compared' },
    context: {
      ip: visitor.ip.slice(0, 64),
      userAgent: visitor.userAgent.slice(0, 1_000),
      origin: visitor.origin.slice(0, 256),
    },
    times: {
      started,
      ...(authenticated && { authenticated: authenticated.toISOString() }),
      received: at.toISOString(),
    },
    proofs: [
      ...[...received, ...asked].map(({ role, mediaType, bytes: proof }) => ({
        role,
        mediaType,
        ...carried(proof),
      })),
    ],
    trust: [
      ...(exchanged.keys
        ? [
            {
              role: 'keys',
              mediaType: 'application/jwk-set+json',
              source: exchanged.keys.source,
              fetched: exchanged.keys.fetched.at.toISOString(),
              ...carried(exchanged.keys.fetched.bytes),
            },
          ]
        : []),
      {
        role: 'discovery',
        mediaType: 'application/json',
        source: provider.issuer,
        fetched: exchanged.discovery.at.toISOString(),
        ...carried(exchanged.discovery.bytes),
      },
      ...(inApp?.clientKeys
        ? [
            {
              ...{ role: CLIENT_KEYS, mediaType: 'application/jwk-set+json', source: CONFIGURED },
              ...{ fetched: at.toISOString(), ...carried(inApp.clientKeys) },
            },
          ]
        : []),
      ...(input.logged ? logEntry(input.logged, at) : []),
      ...(isSealed ? input.authorities.intermediates : []).map((der) => ({
        ...{ role: 'certificate', mediaType: 'application/pkix-cert', source: 'configured' },
        fetched: at.toISOString(),
        ...carried(der),
      })),
    ],
    limits: [
      ...(isSealed || isJudged ? [] : ['provider-keys-not-certified']),
      ...(input.logged || exchanged.keys?.source === CONFIGURED ? [] : ['provider-key-not-logged']),
      ...(isSigned && !isJudged ? ['native-certificate-not-judged'] : []),
      ...(eid.textLimit === undefined ? ['text-shown-by-service-alone'] : []),
      ...(eid.answered ? [] : ['eid-told-by-claims-alone']),
      ...(inApp ? backchannelLimits(token, inApp.clientKeys !== undefined) : []),
    ],
  });
  return { bytes, subject };
}
