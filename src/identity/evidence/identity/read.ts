/** Reads identity evidence: bytes from anywhere, judged before they are believed. One form, known members, bounded sizes. */
import type { Problem } from '@segl/problem/problem';
import type { SeglError } from '@segl/problem/errors';
import { MOST_LINKS } from '../../chain.ts';
import { identityProblems } from '../../problems.ts';
import { canonicalJson } from './canonical-json.ts';
import { commitmentHash, shortCode, sha256Hex } from './commitment.ts';
import { EVIDENCE_VERSION, type IdentityEvidence } from './content.ts';
import { count, depthOf, either, list, object, oneOf, record, text, type Shape } from './shape.ts';
import { idOf } from './write.ts';

/** Bytes; far more than tokens and key sets take. */
export const MAX_EVIDENCE = 1_048_576;
const MAX_DEPTH = 8;
const MAX_DATA = 700_000;
const MANY = 32;

const word = text(256, /^[\x21-\x7e]+$/u);
const line = text(2_000);
const hex = text(64, /^[0-9a-f]{64}$/u);
const time = text(24, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u);
const language = text(2, /^[a-z]{2}$/u);
const level = oneOf('low', 'substantial', 'high');
const data = text(MAX_DATA, /^[A-Za-z0-9+/]+={0,2}$/u);
const mediaType = text(128, /^[a-z]+\/[a-z0-9.+-]+$/u);
const kind = { country: text(2, /^[A-Z]{2}$/u), type: word };

const shape: Shape = object(
  {
    version: oneOf(EVIDENCE_VERSION),
    id: text(75, /^urn:sha256:[0-9a-f]{64}$/u),
    form: oneOf('full', 'reduced'),
    purpose: oneOf('log-on', 'sign'),
    commitment: object(
      {
        version: oneOf(1),
        service: line,
        task: hex,
        documents: list(
          object({ id: line, title: line, mediaType: line, size: count(2 ** 40), sha256: hex }),
          MANY,
        ),
        consent: object({ text: line, language }),
        level,
        created: time,
        salt: text(43, /^[\w-]{43}$/u),
      },
      {
        binding: word,
        chain: object(
          { name: line, links: list(line, MOST_LINKS), link: count(MOST_LINKS) },
          { previous: hex },
        ),
      },
    ),
    commitmentSha256: hex,
    method: object(
      {
        name: line,
        kind: word,
        eid: word,
        provider: word,
        client: line,
        profile: word,
        test: oneOf(true, false),
      },
      { answered: object({ claim: word, values: list(line, MANY) }), flow: oneOf('backchannel') },
    ),
    subject: object(
      {
        id: object({ scheme: word, issuer: word, value: line }),
        displayName: line,
        continuity: list(object({ scheme: word, value: line }), MANY),
        sources: record(object({ proof: word, claims: list(word, 8) }), MANY),
      },
      {
        birthDate: text(10, /^\d{4}-\d\d-\d\d$/u),
        nationalId: either(
          object({ ...kind, value: line, salt: text(43, /^[\w-]+$/u) }),
          object({ ...kind, sha256: hex }),
        ),
        organisation: object({ id: line }, { name: line }),
      },
    ),
    assurance: object({
      level,
      claim: word,
      value: line,
      scale: record(level, MANY),
      factors: list(line, MANY),
    }),
    intent: object(
      { shown: line, limit: count(100_000), language, code: text(8, /^[A-Z2-7]{8}$/u) },
      { returned: object({ claim: word, value: line }) },
    ),
    match: object({ rule: oneOf('national-id', 'none'), result: oneOf('equal', 'not-compared') }),
    context: object({ ip: line, userAgent: line, origin: line }),
    times: object({ started: time, received: time }, { authenticated: time }),
    proofs: list(object({ role: word, mediaType, sha256: hex }, { data }), MANY),
    trust: list(object({ role: word, mediaType, source: line, fetched: time, sha256: hex, data }), MANY),
    limits: list(word, MANY),
  },
  { reducedFrom: text(75, /^urn:sha256:[0-9a-f]{64}$/u) },
);

const invalid = (why: Problem): SeglError => identityProblems.error('EVIDENCE_INVALID', { why });

/** Throws EVIDENCE_INVALID. What it gives is of one form, and its hashes hold; what its proofs are worth is not judged. */
export function readIdentityEvidence(bytes: Uint8Array): IdentityEvidence {
  if (bytes.length > MAX_EVIDENCE)
    throw invalid(identityProblems.of('identity-evidence/too-large', { limit: MAX_EVIDENCE }));
  const json = parse(bytes);
  const version = (json.value as { readonly version?: unknown } | null)?.version;
  if (typeof version === 'string' && version !== EVIDENCE_VERSION)
    throw invalid(identityProblems.of('identity-evidence/version-unknown'));
  const wrong = shape(json.value, '');
  if (wrong !== undefined)
    throw invalid(identityProblems.of('identity-evidence/member', { member: wrong.slice(0, 200) }));
  const evidence = json.value as IdentityEvidence;
  if (canonicalJson(evidence) !== json.text)
    throw invalid(identityProblems.of('identity-evidence/not-canonical'));
  const problem = inconsistency(evidence);
  if (problem) throw invalid(problem);
  return evidence;
}

function parse(bytes: Uint8Array): { readonly text: string; readonly value: unknown } {
  try {
    const json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (depthOf(json) > MAX_DEPTH) throw invalid(identityProblems.of('identity-evidence/too-deep'));
    return { text: json, value: JSON.parse(json) as unknown };
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
    throw identityProblems.error(
      'EVIDENCE_INVALID',
      { why: identityProblems.of('identity-evidence/no-json') },
      { cause },
    );
  }
}

/** Hashes that do not fit what they are over, and members that contradict each other. */
function inconsistency(evidence: IdentityEvidence): Problem | undefined {
  const { id, form, reducedFrom, commitment, commitmentSha256, intent, proofs, trust } = evidence;
  const isReduced = form === 'reduced';
  if (idOf(evidence) !== id) return identityProblems.of('identity-evidence/id');
  if (commitmentHash(commitment).toString('hex') !== commitmentSha256)
    return identityProblems.of('identity-evidence/commitment');
  if (intent.code !== shortCode(commitment)) return identityProblems.of('identity-evidence/code');
  const bare = proofs.some((proof) => (proof.data === undefined) !== isReduced);
  if (bare || isReduced !== (reducedFrom !== undefined)) return identityProblems.of('identity-evidence/form');
  const broken = [...proofs, ...trust].find(
    (one) => one.data !== undefined && sha256Hex(Buffer.from(one.data, 'base64')) !== one.sha256,
  );
  return broken && identityProblems.of('identity-evidence/data', { role: broken.role });
}

/** The bytes of a proof, or of what it is judged by. */
export const bytesOf = ({ data: encoded = '' }: { readonly data?: string }): Buffer =>
  Buffer.from(encoded, 'base64');
