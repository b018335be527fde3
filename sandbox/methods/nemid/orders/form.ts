/** The order form for certificates of companies, functions and systems: what it asks, and what is wrong with an answer. */
import type { Problem } from '@segl/problem/problem';
import { ENTERPRISE_TYPES, type EnterpriseType } from '../hierarchy.ts';
import { simulatorProblems } from '../problems.ts';
import type { Problems, UserFields } from '../users/order.ts';

export const GROUPS = ['Standard', 'IT', 'Økonomi'] as const;

/** What was ordered. */
export interface CertificateOrder {
  readonly type: EnterpriseType;
  readonly cvr: string;
  readonly company: string;
  /** Name in the certificate. */
  readonly name: string;
  /** Technical contact, who activates it. */
  readonly contact: string;
  readonly email: string;
  readonly group: string;
  /** Shown in the public directory of certificates. */
  readonly publish: boolean;
  readonly ean: string;
}

const TEXT = /^[^\p{C}<>]{1,64}$/u;

/** EAN/GLN: thirteen digits, the last one a check digit (GS1, modulus 10). */
export function isEan(text: string): boolean {
  if (!/^\d{13}$/.test(text)) return false;
  const sum = [...text].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

/** An order, or what is wrong with each field that cannot be taken. */
export function readCertificateOrder(fields: UserFields): CertificateOrder | { readonly problems: Problems } {
  const value = (name: string): string => (fields[name] ?? '').trim();
  const type = ENTERPRISE_TYPES.find((one) => one === value('type')) ?? 'foces';
  const ean = value('ean').replaceAll(' ', '');
  const problems: Record<string, Problem> = {};
  const need = (field: string, ok: boolean, problem: Problem): void => {
    if (!ok) problems[field] = problem;
  };
  need('type', type === value('type'), simulatorProblems.of('field/one-of', { values: ENTERPRISE_TYPES }));
  need('cvr', /^\d{8}$/.test(value('cvr')), simulatorProblems.of('field/cvr'));
  need('company', TEXT.test(value('company')), simulatorProblems.of('field/text', { most: 64 }));
  need('name', TEXT.test(value('name')), simulatorProblems.of('field/text', { most: 64 }));
  need('contact', TEXT.test(value('contact')), simulatorProblems.of('field/text', { most: 64 }));
  need('email', /^[^\s@<>]{1,64}@[^\s@<>]{1,120}$/.test(value('email')), simulatorProblems.of('field/mail'));
  need(
    'group',
    GROUPS.some((group) => group === value('group')),
    simulatorProblems.of('field/one-of', { values: GROUPS }),
  );
  need('ean', isEan(ean), simulatorProblems.of('field/ean', { example: '5790000000005' }));
  if (Object.keys(problems).length > 0) return { problems };
  const text = ['cvr', 'company', 'name', 'contact', 'email', 'group'] as const;
  return {
    ...(Object.fromEntries(text.map((name) => [name, value(name)])) as Record<(typeof text)[number], string>),
    ...{ type, ean, publish: ['yes', 'on', 'true'].includes(value('publish')) },
  };
}
