/**
 * Links of a chain in identity evidence. The commitment of each says which link it is of which, and has the SHA-256 of the evidence
 * of the link before, which is itself a proof in it: so the evidence of the last link holds all, and none can be taken out.
 */
import type { Problem } from '@segl/problem/problem';
import { INK } from '../../chain.ts';
import type { MethodTask } from '../../method.ts';
import { identityProblems } from '../../problems.ts';
import { canonicalJson } from './canonical-json.ts';
import { IDENTITY_EVIDENCE, type IdentityEvidence, type Proof } from './content.ts';
import { carried, withId } from './write.ts';

/** Role of the evidence of the link before. */
export const LINK = 'link';

export const isLink = ({ mediaType }: Proof): boolean => mediaType === IDENTITY_EVIDENCE.mimeType;

/** The evidence that a method made, with that of the link before as a proof. */
export function withPreviousLink(
  bytes: Uint8Array,
  { id: _, ...evidence }: IdentityEvidence,
  chain: MethodTask['chain'],
): Uint8Array {
  if (!chain?.previous) return bytes;
  const link = { role: LINK, mediaType: IDENTITY_EVIDENCE.mimeType, ...carried(chain.previous) };
  return Buffer.from(canonicalJson(withId({ ...evidence, proofs: [...evidence.proofs, link] })), 'utf8');
}

/** How the evidence stands in its chain, if it is of one. `handwritten`: when the signer drew, where that is told. */
export function chainProblem(
  { commitment: { chain }, method, purpose, proofs, times }: IdentityEvidence,
  { isLink: isOneLink, handwritten }: { readonly isLink?: boolean; readonly handwritten?: Date | undefined },
): Problem | undefined {
  const previous = proofs.filter(isLink);
  if (!chain) return previous.length > 0 || isOneLink ? identityProblems.of('chain/not-asked') : undefined;
  const { links, link, previous: expected } = chain;
  const isOwn = purpose === 'sign' && links[link - 1] === method.name;
  if (!isOwn) return identityProblems.of('chain/other-method');
  const isFirst = link === 1;
  const isComplete = isFirst
    ? expected === undefined && previous.length === 0
    : previous.length === 1 && previous[0]!.sha256 === expected && previous[0]!.role === LINK;
  if (!isComplete) return identityProblems.of('chain/link-missing', { link: links[link - 2] ?? method.name });
  if (isOneLink) return undefined;
  const open = links.slice(link);
  const due = open.find((name) => name !== INK);
  if (due !== undefined) return identityProblems.of('chain/link-missing', { link: due });
  const isDrawn = handwritten !== undefined && handwritten.getTime() >= new Date(times.received).getTime();
  return open.length > 0 && !isDrawn ? identityProblems.of('chain/link-missing', { link: INK }) : undefined;
}

/** Whether the evidence of the link before is of the same act, and was made before this one began. */
export function previousLinkProblem(
  inner: IdentityEvidence,
  outer: IdentityEvidence['commitment'],
): Problem | undefined {
  const { commitment } = inner;
  const same = ({ service, task, documents, chain }: IdentityEvidence['commitment']): string =>
    canonicalJson([service, task, documents, chain?.name ?? '', chain?.links ?? []]);
  const isBefore =
    inner.form === 'full' &&
    same(commitment) === same(outer) &&
    commitment.chain?.link === (outer.chain?.link ?? 0) - 1 &&
    new Date(inner.times.received).getTime() <= new Date(outer.created).getTime();
  return isBefore ? undefined : identityProblems.of('chain/other-act');
}
