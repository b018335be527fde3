/** Reads the order of a new test user, from a form or from JSON. */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { readCpr } from '@segl/identity/methods/nemid/cpr/cpr';
import { simulatorProblems } from '../problems.ts';
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

/** What is wrong with each field that cannot be taken. */
export type Problems = Readonly<Record<string, Problem>>;

/** The same as one error, for scripts. */
export const fieldsRefused = (problems: Problems): SeglError =>
  simulatorProblems.error('BAD_REQUEST', {
    why: simulatorProblems.of('field/all', {
      fields: Object.entries(problems).map(([field, why]) =>
        simulatorProblems.of('field/of', { field, why }),
      ),
    }),
  });

export const USER_ID = /^[a-z0-9][a-z0-9._@+-]{1,39}$/;
export const KINDS = ['poces', 'youth', 'moces'] as const satisfies readonly PersonKind[];
export const CERTIFICATE_STATES = [
  'valid',
  'revoked',
  'locked',
  'expired',
] as const satisfies readonly CertificateState[];

const ACCOUNTS: readonly string[] = ['active', 'locked'];

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
  const problems: Record<string, Problem> = {};
  const need = (field: string, ok: boolean, problem: Problem): void => {
    if (!ok) problems[field] ??= problem;
  };

  const userId = value('alias').toLowerCase();
  const cpr = readCpr(value('cpr'))?.digits ?? '';
  const name = `${value('firstName')} ${value('lastName')}`.trim();
  const email = value('email');
  const certificate = (fields['certificate'] || 'valid') as CertificateState;
  const account = fields['account'] || 'active';
  const company = fields['company']?.trim() || 'Prøvefirma ApS';
  const cvr = fields['cvr']?.trim() || '99999999';
  need('alias', USER_ID.test(userId), simulatorProblems.of('field/user-id'));
  need('alias', !/^\d{10}$/.test(userId), simulatorProblems.of('field/user-id-like-cpr'));
  need('password', isPassword(value('password')), simulatorProblems.of('field/password'));
  need('firstName', TEXT.test(name), simulatorProblems.of('field/name', { most: 80 }));
  need('cpr', cpr !== '', simulatorProblems.of('field/cpr'));
  need('kind', KINDS.includes(kind), simulatorProblems.of('field/one-of', { values: KINDS }));
  need(
    'certificate',
    CERTIFICATE_STATES.includes(certificate),
    simulatorProblems.of('field/one-of', { values: CERTIFICATE_STATES }),
  );
  need('account', ACCOUNTS.includes(account), simulatorProblems.of('field/either', { values: ACCOUNTS }));
  need('email', EMAIL.test(email), simulatorProblems.of('field/mail'));
  need('cvr', CVR.test(cvr), simulatorProblems.of('field/cvr'));
  need('company', TEXT.test(company), simulatorProblems.of('field/name', { most: 80 }));
  const address = `${value('street')}, ${value('postcode')} ${value('town')}`;
  need('street', /^[^\p{C}<>]{1,200}$/u.test(address), simulatorProblems.of('field/address', { most: 200 }));

  const person: TestPerson = {
    ...{ userId, password: value('password'), name, cpr, pid: makePid(), certificate, email, address },
    account: account === 'locked' ? 'locked' : 'active',
    ...(kind !== 'poces' && { kind }),
    ...(kind === 'moces' && { employment: { cvr, company, rid: makeRid() } }),
  };
  for (const [field, problem] of Object.entries(taken(person))) need(field, false, problem);
  if (Object.keys(problems).length > 0) return { problems };
  return {
    person,
    activated: yes(fields['activate'], !isForm),
    temporary: yes(fields['temporary'], false),
    oces: yes(fields['oces'], !isForm),
  };
}
