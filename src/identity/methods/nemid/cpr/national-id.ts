/** The signer's CPR number: from the order, looked up, remembered, or typed in with consent and matched. */
import { isSeglError, type SeglError } from '@segl/problem/errors';
import type {
  AuditFact,
  Field,
  MethodDeps,
  MethodMemory,
  MethodTask,
  NationalId,
  Show,
  Step,
} from '../../../method.ts';
import { readCpr } from './cpr.ts';
import { nemidProblems } from '../problems.ts';
import type { NationalIdSource } from '../native-method.ts';
import { recall, remember } from './remembered-cpr.ts';

/** Wrong CPR numbers in one session before it has to be started over. */
export const CPR_ATTEMPTS = 5;

/** Wrong CPR numbers for one person, in whatever sessions, before nobody may try for a day. */
export const CPR_ATTEMPTS_A_DAY = 10;

/** For this long wrong numbers count against a person. */
const GUESSING_SECONDS = 86_400;

/**
 * How a number was had; the audit trail tells it. `earlier`: for another document of the session. `not-agreed`: it was not,
 * because the account has no agreement on CPR numbers.
 */
type CprSource =
  'given' | 'given-of-employee' | 'earlier' | 'remembered' | 'looked-up' | 'not-agreed' | 'typed';

const FACTS: Readonly<Record<CprSource, readonly [type: string, description: string]>> = {
  given: ['cpr-verified', 'CPR number given beforehand and verified by the PID-CPR service'],
  'given-of-employee': ['cpr-verified', 'CPR number given beforehand and verified by the RID-CPR service'],
  earlier: [
    'cpr-verified',
    'CPR number had for another document of the same visit, where the PID-CPR service verified it',
  ],
  remembered: [
    'cpr-verified',
    'CPR number that the signer had given earlier, with consent to remember it, verified by the PID-CPR service',
  ],
  'looked-up': ['cpr-looked-up', 'CPR number collected from the PID-CPR service'],
  'not-agreed': ['cpr-not-collected', 'There is no agreement with the PID-CPR service on CPR numbers'],
  typed: [
    'cpr-verified',
    'CPR number collected from the signer, with consent, and verified by the PID-CPR service',
  ],
};

function factOf(source: CprSource): AuditFact {
  const [type, description] = FACTS[source];
  return { type, of: 'verification', data: { description } };
}

const REMEMBERED: AuditFact = {
  type: 'cpr-remembered',
  of: 'creation',
  data: { description: 'The signer consented to having the CPR number remembered for the next time' },
};

export const nationalIdOf = (cpr: string): NationalId => ({ id: cpr, nationality: 'DK', type: 'CPR' });

/** What an order says of the signer's number, in one form; undefined where it says nothing. */
export function orderedCpr({ expected }: MethodTask): string | undefined {
  const given = expected.nationalId?.trim();
  // an empty one is none: clients send elements that they do not use
  return given ? (readCpr(given)?.digits ?? given) : undefined;
}

/** Who signed; the certificate is DER. */
interface Signer {
  readonly uniqueId: string;
  readonly certificate: Uint8Array;
}

/** `due`: the signer has to give it. */
export type CprOutcome =
  | { readonly due: true }
  | { readonly due: false; readonly nationalId?: NationalId; readonly audit: readonly AuditFact[] };

const had = (cpr: string, source: CprSource): CprOutcome => ({
  due: false,
  nationalId: nationalIdOf(cpr),
  audit: [factOf(source)],
});

/**
 * What is known of the signer's number as soon as the signature is there. Throws SIGNER_MISMATCH when the order names
 * somebody else, and what asking the provider throws.
 */
export async function findCpr(
  method: NationalIdSource,
  task: MethodTask,
  { uniqueId, certificate }: Signer,
  deps: MethodDeps,
): Promise<CprOutcome> {
  const ordered = orderedCpr(task);
  const ofEmployees = method.nationalId === 'ordered' || method.nationalId === 'never';
  if (ordered) {
    if (!(await method.matchNationalId(uniqueId, ordered, certificate)))
      throw nemidProblems.error('SIGNER_MISMATCH');
    return had(ordered, ofEmployees ? 'given-of-employee' : 'given');
  }
  if (ofEmployees) return { due: false, audit: [] };
  // one session, one person: a number that was verified for one document holds for the next
  const known = task.expected.verified;
  const { nationalId: mode } = method;
  if (known) return had(known.id, mode === 'lookup' ? 'looked-up' : 'earlier');
  if (mode === 'none') return { due: false, audit: [factOf('not-agreed')] };
  if (mode === 'lookup') return had(await method.lookUpNationalId(uniqueId), 'looked-up');
  const remembered = await useRemembered(method, task.service, { uniqueId, certificate }, deps);
  return remembered === undefined ? { due: true } : had(remembered, 'remembered');
}

/** A remembered number is matched like any other. Whatever is wrong with it, the signer is asked then. */
async function useRemembered(
  method: NationalIdSource,
  service: string,
  { uniqueId, certificate }: Signer,
  { memory, clock, warn }: MethodDeps,
): Promise<string | undefined> {
  const own = memory(service);
  try {
    const found = await recall(own, uniqueId);
    if (!found) return undefined;
    const { cpr, consentedAt } = found;
    if (!(await method.matchNationalId(uniqueId, cpr, certificate))) {
      await own.forget('remembered-cpr', uniqueId);
      return undefined;
    }
    await remember(own, uniqueId, { cpr, consentedAt, at: clock.now() });
    return cpr;
  } catch (error) {
    if (!isSeglError(error)) throw error;
    warn({ code: error.code }, 'A remembered CPR number could not be used; the signer is asked.');
    return undefined;
  }
}

/** What the page asks for. `key`: what attempts of this session are counted under. */
export interface CprQuestion {
  readonly uniqueId: string;
  readonly key: string;
}

export const CPR_FIELDS: readonly Field[] = [
  {
    name: 'cpr',
    type: 'code',
    required: true,
    hint: true,
    maxLength: 13,
    problems: ['CPR_INVALID', 'CPR_MISMATCH'],
  },
  { name: 'consent', type: 'consent', required: true },
  { name: 'remember', type: 'consent', required: false, hint: true },
];

const inSession = (memory: MethodDeps['memory'], { key }: CprQuestion): Promise<number> =>
  memory().counted('cpr-visits', key);

export async function cprForm(question: CprQuestion, { memory }: MethodDeps): Promise<Show> {
  const attemptsLeft = Math.max(0, CPR_ATTEMPTS - (await inSession(memory, question)));
  return { as: 'form', text: 'cpr', fields: CPR_FIELDS, attemptsLeft };
}

/** What the signer typed, matched. */
export async function answerCpr(
  method: NationalIdSource,
  task: MethodTask,
  question: CprQuestion,
  values: Readonly<Record<string, string>>,
  deps: MethodDeps,
): Promise<Refused | { readonly nationalId: NationalId; readonly audit: AuditFact[] }> {
  const { uniqueId } = question;
  if (values['consent'] !== 'yes') return refused(nemidProblems.error('CONSENT_MISSING'), 'again');
  const digits = readCpr((values['cpr'] ?? '').replace(/\s/g, ''))?.digits;
  if ((await inSession(deps.memory, question)) >= CPR_ATTEMPTS)
    return refused(nemidProblems.error('CPR_TOO_MANY_ATTEMPTS'), 'restart');
  if (digits === undefined) return refused(nemidProblems.error('CPR_INVALID'), 'again');
  const wrong = await guarded(question, deps.memory(), () => method.matchNationalId(uniqueId, digits));
  if (wrong) return wrong;
  const audit = [factOf('typed')];
  if (values['remember'] === 'yes') {
    const at = deps.clock.now();
    await remember(deps.memory(task.service), uniqueId, { cpr: digits, consentedAt: at, at });
    audit.push(REMEMBERED);
  }
  return { nationalId: nationalIdOf(digits), audit };
}

type Refused = Extract<Step, { kind: 'refused' }>;

const refused = (problem: SeglError, retry: Refused['retry']): Refused => ({
  kind: 'refused',
  problem,
  retry,
});

/**
 * Puts the question unless too many were wrong: in this session, or for this person in all sessions of a day. Counted before
 * it is put, so that asking in parallel wins nothing; a question that got no answer does not count.
 */
async function guarded(
  { uniqueId, key }: CprQuestion,
  memory: MethodMemory,
  match: () => Promise<boolean>,
): Promise<Refused | undefined> {
  const visit = await memory.count('cpr-visits', key, GUESSING_SECONDS);
  if (visit.count > CPR_ATTEMPTS) return refused(nemidProblems.error('CPR_TOO_MANY_ATTEMPTS'), 'restart');
  const person = await memory.count('cpr-attempts', uniqueId, GUESSING_SECONDS);
  if (person.count > CPR_ATTEMPTS_A_DAY) {
    // who waits a day may try again, whoever tried in vain meanwhile
    await person.withdraw();
    return refused(nemidProblems.error('CPR_LOCKED'), 'never');
  }
  let matches: boolean;
  try {
    matches = await match();
  } catch (error) {
    if (isSeglError(error, 'CPR_GUESSING'))
      return refused(nemidProblems.error('CPR_LOCKED', {}, { cause: error }), 'never');
    await person.withdraw();
    await visit.withdraw();
    throw error;
  }
  if (matches) {
    await memory.clear('cpr-attempts', uniqueId);
    await memory.clear('cpr-visits', key);
    return undefined;
  }
  if (person.count >= CPR_ATTEMPTS_A_DAY) return refused(nemidProblems.error('CPR_LOCKED'), 'never');
  return visit.count >= CPR_ATTEMPTS
    ? refused(nemidProblems.error('CPR_TOO_MANY_ATTEMPTS'), 'restart')
    : refused(nemidProblems.error('CPR_MISMATCH'), 'again');
}
