/** Identity methods in tests: whose signatures count, and what a page hands to them. */
import { readFileSync } from 'node:fs';
import { EvidenceRegistry, type SignerTrust } from '@segl/identity/evidence/registry';
import type { MethodInput, Show } from '@segl/identity/method';
import { builtIn } from '@segl/identity/methods/index';
import type { SignerPage, SigningFlow } from '@segl/server/application/signing-api';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';

/** Of the methods that come along. */
export const knownEvidence = new EvidenceRegistry(builtIn);

/** Signers of NemID whose paths end here, DER. */
export const trusting = (anchors: readonly Uint8Array[]): SignerTrust => ({
  registry: knownEvidence,
  anchors: { nemid: anchors },
});

/** The parameters of a client in a frame. */
export function parametersOf({ show }: { readonly show: Show }): Readonly<Record<string, string>> {
  if (show.as !== 'frame') throw new Error(`it shows a ${show.as}`);
  return show.parameters;
}

/** What the page of a frame posts. */
export const posted = (response: string): { input: MethodInput } => ({
  input: { kind: 'message', data: response },
});

/** What the page of a form posts. */
export const typed = (values: Readonly<Record<string, string>>): { input: MethodInput } => ({
  input: { kind: 'fields', values },
});

export const pageOf = (client: SignerPage['client'], origin = 'http://localhost:1'): SignerPage => ({
  ...{ origin, client },
  language: 'da',
});

/** Gives the CPR number that NemID's page asks for, with consent. */
export const giveCpr = (
  flow: Pick<SigningFlow, 'answerIdentifying'>,
  key: SessionKey,
  documentId: string,
  cpr: string,
  { remembered = false } = {},
): Promise<void> =>
  flow.answerIdentifying(key, documentId, {
    ...typed({ cpr, consent: 'yes', ...(remembered && { remember: 'yes' }) }),
    ...pageOf({ ip: '192.0.2.7', userAgent: 'Test/1.0' }),
  });

/** Text of a packaging policy. */
export const textOf = (urn: string): string => readFileSync(knownEvidence.policy(urn)!.policy.text, 'utf8');
