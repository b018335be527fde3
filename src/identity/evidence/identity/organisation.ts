/** For which organisation somebody acted, where the eID tells that: the event of the trail, and what a package must tell. */
import type { Problem } from '@segl/problem/problem';
import type { AuditFact, VerifiedIdentity } from '../../method.ts';
import { identityProblems } from '../../problems.ts';
import type { LtvSdoContent } from '../ltvsdo/content.ts';
import { countUnlessTold } from '../told-event.ts';
import { readIdentityEvidence } from './read.ts';

export const ORGANISATION_EVENT = 'organisation-identified';

const ID = 'organisation-id';
const NAME = 'organisation-name';

/** One fact where an organisation was told of, none about a private person. */
export function organisationFact({ attributes }: Pick<VerifiedIdentity, 'attributes'>): readonly AuditFact[] {
  if (!attributes.some(({ name }) => name === ID)) return [];
  const told = attributes.filter(({ name }) => name === ID || name === NAME);
  const description = 'The identity provider told for which organisation the signer acts';
  const data = { ...Object.fromEntries(told.map(({ name, value }) => [name, value])), description };
  return [{ type: ORGANISATION_EVENT, of: 'verification', data }];
}

/** The attributes tell the organisation of the evidence, and name it as the evidence does. */
export function organisationGap({ native, signer: { attributes } }: LtvSdoContent): Problem | undefined {
  const { organisation } = readIdentityEvidence(native.bytes).subject;
  const told = (wanted: string): string | undefined => attributes.find(({ name }) => name === wanted)?.value;
  return organisation && told(ID) === organisation.id && told(NAME) === organisation.name
    ? undefined
    : identityProblems.of('packaging/organisation-untold');
}

/** Exactly one event, and it tells what the attributes do. */
export function organisationEventGap(content: LtvSdoContent): Problem | undefined {
  const count = countUnlessTold(content, ORGANISATION_EVENT, organisationFact(content.signer));
  return count === undefined ? undefined : identityProblems.of('packaging/organisation-event', { count });
}
