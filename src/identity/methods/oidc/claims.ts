/** What the claims of a log-on say of the person, by the profile, and which proof each was taken from. */
import type { Assurance, NationalId, VerifiedIdentity } from '../../method.ts';
import type { IdentityEvidence, Source, Subject } from '../../evidence/identity/content.ts';
import { joined } from '../../evidence/identity/judge.ts';
import type { Claims } from '../../evidence/identity/jws.ts';
import { claimOf, textOf } from '../../evidence/identity/proofs/verifier.ts';
import type { ClaimNames, OidcEid } from './profiles/profile.ts';

/** By the role of the proof; the first counts where both tell. */
export type ClaimSources = readonly (readonly [role: string, claims: Claims])[];

interface Found {
  readonly value: string;
  readonly source: Source;
}

/** The first alternative of which all claims are there, in the first proof that has it. */
function find(sources: ClaimSources, names: ClaimNames): Found | undefined {
  for (const claims of names) {
    for (const [proof, said] of sources) {
      const isWhole = claims.every((name) => (textOf(said, name) ?? '') !== '');
      const value = isWhole ? joined(said, claims) : undefined;
      if (value !== undefined) return { value, source: { proof, claims } };
    }
  }
  return undefined;
}

/** Whether the id_token alone does not tell what is needed, so that userinfo has to be asked. */
export const needsMore = (sources: ClaimSources, eid: OidcEid, wantsNationalId: boolean): boolean =>
  [eid.subject.claims, eid.name, ...(wantsNationalId && eid.nationalId ? [eid.nationalId.claims] : [])].some(
    (names) => !find(sources, names),
  );

const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text);

/** Undefined: nobody is told. `salt`: of the national id. A person without a name is called by the id. */
export function readSubject(
  sources: ClaimSources,
  eid: OidcEid,
  { issuer, salt }: { readonly issuer: string; readonly salt: string },
): Subject | undefined {
  const id = find(sources, eid.subject.claims);
  if (!id) return undefined;
  const name = find(sources, eid.name) ?? id;
  const birth = eid.birthDate && find(sources, eid.birthDate);
  const birthDate = birth && isDate(birth.value) ? birth : undefined;
  const number = eid.nationalId && find(sources, eid.nationalId.claims);
  const organisation = eid.organisation && find(sources, eid.organisation.id);
  const organisationName = organisation && eid.organisation?.name && find(sources, eid.organisation.name);
  const continuity = (eid.continuity ?? []).flatMap(({ scheme, claim, where }) => {
    const found = find(sources, [[claim]]);
    const counts = !where || find(sources, [[where.claim]])?.value === where.value;
    return found && counts ? [{ scheme, value: found.value }] : [];
  });
  const told = { id, displayName: name, birthDate, nationalId: number, organisation, organisationName };
  return {
    id: { scheme: eid.subject.scheme, issuer, value: id.value },
    displayName: name.value,
    ...(birthDate && { birthDate: birthDate.value }),
    ...(number &&
      eid.nationalId && {
        nationalId: { country: eid.nationalId.country, type: eid.nationalId.type, value: number.value, salt },
      }),
    ...(organisation && {
      organisation: { id: organisation.value, ...(organisationName && { name: organisationName.value }) },
    }),
    continuity,
    sources: Object.fromEntries(
      Object.entries(told).flatMap(([field, found]) => (found ? [[field, found.source]] : [])),
    ),
  };
}

/** The level that the id_token tells, on the scale of the profile; one that it does not know counts as the least. */
export function readAssurance(token: Claims, { level, factors }: OidcEid): IdentityEvidence['assurance'] {
  const value = textOf(token, level.claim) ?? '';
  const known: Assurance | undefined = Object.hasOwn(level.scale, value) ? level.scale[value] : undefined;
  const amr = factors === undefined ? undefined : claimOf(token, factors);
  const list: readonly unknown[] = Array.isArray(amr) ? amr : typeof amr === 'string' ? [amr] : [];
  return {
    level: known ?? 'low',
    claim: level.claim,
    value,
    scale: level.scale,
    factors: list.filter((one) => typeof one === 'string').slice(0, 16),
  };
}

export const nationalIdOf = ({ nationalId }: Subject): NationalId | undefined =>
  nationalId && 'value' in nationalId
    ? { id: nationalId.value, nationality: nationalId.country, type: nationalId.type }
    : undefined;

/** As pages and packages tell it. */
export function identityOf(subject: Subject, { level }: IdentityEvidence['assurance']): VerifiedIdentity {
  const nationalId = nationalIdOf(subject);
  const { birthDate, organisation, continuity } = subject;
  return {
    subjectId: subject.id.value,
    displayName: subject.displayName,
    ...(nationalId && { nationalId }),
    attributes: [
      { name: 'level', value: level },
      { name: 'issuer', value: subject.id.issuer },
      ...(birthDate === undefined ? [] : [{ name: 'date-of-birth', value: birthDate }]),
      ...(organisation ? [{ name: 'organisation-id', value: organisation.id }] : []),
      ...(organisation?.name === undefined ? [] : [{ name: 'organisation-name', value: organisation.name }]),
      ...continuity.map(({ scheme, value }) => ({ name: scheme, value })),
    ],
  };
}

/** As numbers are compared: separators that people write do not count. In Finland they tell the century. */
export const sameNationalId = (one: string, other: string, country: string): boolean => {
  const bare = (text: string): string =>
    country === 'FI' ? text.trim().toUpperCase() : text.replace(/[\s-]/g, '');
  return bare(one) === bare(other);
};
