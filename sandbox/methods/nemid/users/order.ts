/** Reads the order of a new test user, from a form or from JSON. */
import { readCpr } from '@segl/identity/methods/nemid/cpr/cpr';
import { isPassword } from '../client/account-rules.ts';
import type { CertificateState } from '../../../world/holder.ts';
import type { PersonKind, TestPerson } from '../persons.ts';
import { autofill, makePid, makeRid } from './autofill.ts';

/** Fields as they are sent; what is left out is made up. */
export type UserFields = Readonly<Record<string, string | undefined>>;

export interface UserOrder {
  readonly person: TestPerson;
  /** False: the user has a NemID that is not switched on yet. */
  readonly activated: boolean;
  /** The password is for the first use only. */
  readonly temporary: boolean;
  /** The user wants an OCES signature. */
  readonly oces: boolean;
}

/** One sentence for each field that cannot be taken. */
export type Problems = Readonly<Record<string, string>>;

export const USER_ID = /^[a-z0-9][a-z0-9._@+-]{1,39}$/;
export const KINDS = ['poces', 'youth', 'moces'] as const satisfies readonly PersonKind[];
export const CERTIFICATE_STATES = [
  'valid',
  'revoked',
  'locked',
  'expired',
] as const satisfies readonly CertificateState[];

const TEXT = /^[^\p{C}<>]{1,80}$/u;
const EMAIL = /^[^\s@<>]{1,64}@[^\s@<>]{1,120}$/;
const CVR = /^\d{8}$/;
const yes = (value: string | undefined, fallback: boolean): boolean =>
  value === undefined ? fallback : ['yes', 'on', 'true', '1'].includes(value.toLowerCase());

/**
 * What the fields ask for, or what is wrong with them. Fields: alias, password, firstName, lastName, cpr, kind,
 * certificate, account, email, street, postcode, town, cvr, company, activate, temporary, oces. A user is only
 * activated if the form says so; scripts get an active one by default.
 */
export function readUserOrder(
  fields: UserFields,
  { now, isForm, taken }: { now: Date; isForm: boolean; taken: (person: TestPerson) => Problems },
): UserOrder | { readonly problems: Problems } {
  const kind = (fields['kind'] || 'poces') as PersonKind;
  const filled = autofill(KINDS.includes(kind) ? kind : 'poces', now);
  const value = (name: keyof typeof filled): string => (fields[name] ?? '').trim() || filled[name];
  const problems: Record<string, string> = {};
  const need = (field: string, ok: boolean, sentence: string): void => {
    if (!ok) problems[field] ??= sentence;
  };

  const userId = value('alias').toLowerCase();
  const cpr = readCpr(value('cpr'))?.digits ?? '';
  const name = `${value('firstName')} ${value('lastName')}`.trim();
  const email = value('email');
  const certificate = (fields['certificate'] || 'valid') as CertificateState;
  const account = fields['account'] || 'active';
  const company = fields['company']?.trim() || 'Prøvefirma ApS';
  const cvr = fields['cvr']?.trim() || '99999999';
  need('alias', USER_ID.test(userId), '2 to 40 letters a to z, digits or . _ @ + -');
  need('alias', !/^\d{10}$/.test(userId), 'Ten digits would be taken for a CPR number.');
  need('password', isPassword(value('password')), '4 to 40 characters, no space first or last');
  need('firstName', TEXT.test(name), 'A name of at most 80 characters');
  need('cpr', cpr !== '', 'Ten digits, the first six a date');
  need('kind', KINDS.includes(kind), `One of ${KINDS.join(', ')}`);
  need('certificate', CERTIFICATE_STATES.includes(certificate), `One of ${CERTIFICATE_STATES.join(', ')}`);
  need('account', account === 'active' || account === 'locked', 'active or locked');
  need('email', EMAIL.test(email), 'A mail address');
  need('cvr', CVR.test(cvr), 'Eight digits');
  need('company', TEXT.test(company), 'A name of at most 80 characters');
  const address = `${value('street')}, ${value('postcode')} ${value('town')}`;
  need('street', /^[^\p{C}<>]{1,200}$/u.test(address), 'An address of at most 200 characters');

  const person: TestPerson = {
    ...{ userId, password: value('password'), name, cpr, pid: makePid(), certificate, email, address },
    account: account === 'locked' ? 'locked' : 'active',
    ...(kind !== 'poces' && { kind }),
    ...(kind === 'moces' && { employment: { cvr, company, rid: makeRid() } }),
  };
  for (const [field, sentence] of Object.entries(taken(person))) need(field, false, sentence);
  if (Object.keys(problems).length > 0) return { problems };
  return {
    person,
    activated: yes(fields['activate'], !isForm),
    temporary: yes(fields['temporary'], false),
    oces: yes(fields['oces'], !isForm),
  };
}
