/**
 * Identity evidence as a kind of evidence that belongs to no one method: its format, its policy, and how it is told in
 * validation reports. Known wherever evidence is.
 */
import { isSeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import { failed, NO_EVIDENCE, passed, type SignatureFacts } from '@segl/ades/validation/facts';
import type { EvidenceFormat, MethodModule, MethodValidation, ReadAbout } from '../../method.ts';
import { EVIDENCE_VERSION, IDENTITY_EVIDENCE } from './content.ts';
import { judgeIdentityEvidence, requireIdentityEvidence, type ToldEvidence } from './judge.ts';
import { dataBeside, IDENTITY_CHECKS, identityPolicies, toldBy } from './policy.ts';
import { constraint, type ProofTrust } from './proofs/verifier.ts';
import { handedOut } from './hand-out.ts';
import { readIdentityEvidence } from './read.ts';
import { openProofTrust } from './trust.ts';

const TITLE = 'Identity evidence';

/** Canonical JSON begins with the first member in order. */
const BEGINNING = Buffer.from('{"assurance":', 'latin1');

/** Cheap, and no judgement: what it claims to be. */
const recognises = (message: Uint8Array): boolean =>
  Buffer.compare(message.subarray(0, BEGINNING.length), BEGINNING) === 0 &&
  Buffer.from(message).includes(`"version":"${EVIDENCE_VERSION}"`);

const formats: readonly EvidenceFormat[] = [
  {
    id: IDENTITY_EVIDENCE.format,
    mimeType: IDENTITY_EVIDENCE.mimeType,
    version: IDENTITY_EVIDENCE.version,
    title: TITLE,
    handedOut,
    login: {
      names: [],
      recognises,
      checks: IDENTITY_CHECKS,
      verify({ message, receivedAt }, told, anchors) {
        requireIdentityEvidence(readIdentityEvidence(message), { ...told, at: receivedAt }, { anchors });
        return { path: [] };
      },
      // verifying the log-on compares it with what the proofs tell
      nationalIdGap: () => undefined,
    },
  },
];

function factsOf(bytes: Uint8Array, told: ToldEvidence, trust: ProofTrust): SignatureFacts {
  const common = { format: TITLE, certificates: [], stamps: [], evidence: NO_EVIDENCE } as const;
  const fate = { role: 'native', freshness: 'kept' } as const;
  try {
    const evidence = readIdentityEvidence(bytes);
    const { findings, algorithms, core } = judgeIdentityEvidence(evidence, told, trust);
    return {
      ...common,
      ...fate,
      findings: [passed('format', 'evidence'), ...findings],
      algorithms,
      name: evidence.subject.displayName,
      signer: evidence.subject.displayName,
      ...(core && { core }),
    };
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    const finding = failed('format', 'evidence', 'FORMAT_FAILURE', reasonOf(error));
    return { ...common, ...fate, findings: [finding], algorithms: [] };
  }
}

/** With anchors that a caller trusts for everything. */
const trusting = (own: ProofTrust, { named }: ReadAbout): ProofTrust => ({
  anchors: [...own.anchors, ...named],
});

const validation: MethodValidation<ProofTrust> = {
  trust: openProofTrust,
  // they vouch for certificates of providers, and no signer has one
  anchors: () => [],
  readers: () => [],
  readNative(content, trust, about) {
    const facts = factsOf(content.native.bytes, toldBy(content), trusting(trust, about));
    const beside = constraint('nothing-beside', dataBeside(content));
    return { facts: { ...facts, findings: [...facts.findings, beside] }, documents: [], isXml: false };
  },
  readLogin: ({ message, receivedAt }, told, trust, about) =>
    factsOf(message, { ...told, at: receivedAt }, trusting(trust, about)),
};

export const identityEvidence: Pick<MethodModule, 'id' | 'formats' | 'policies' | 'validation'> = {
  id: 'identity-evidence',
  formats,
  policies: identityPolicies,
  validation,
};
