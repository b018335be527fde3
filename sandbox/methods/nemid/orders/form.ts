/** The order form for company and function certificates: what it asks, and what is wrong with an answer. */
import type { Problems, UserFields } from '../users/order.ts';

export const GROUPS = ['Standard', 'IT', 'Økonomi'] as const;

/** What was ordered. */
export interface CertificateOrder {
  /** Company (VOCES) or function (FOCES). */
  readonly type: 'voces' | 'foces';
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

/** An order, or one sentence for each field that cannot be taken. */
export function readCertificateOrder(fields: UserFields): CertificateOrder | { readonly problems: Problems } {
  const value = (name: string): string => (fields[name] ?? '').trim();
  const type = value('type') === 'voces' ? 'voces' : 'foces';
  const ean = value('ean').replaceAll(' ', '');
  const problems: Record<string, string> = {};
  const need = (field: string, ok: boolean, sentence: string): void => {
    if (!ok) problems[field] = sentence;
  };
  need('type', ['voces', 'foces'].includes(value('type')), 'voces or foces');
  need('cvr', /^\d{8}$/.test(value('cvr')), 'Eight digits');
  need('company', TEXT.test(value('company')), '1 to 64 characters');
  need('name', TEXT.test(value('name')), '1 to 64 characters');
  need('contact', TEXT.test(value('contact')), '1 to 64 characters');
  need('email', /^[^\s@<>]{1,64}@[^\s@<>]{1,120}$/.test(value('email')), 'A mail address');
  need(
    'group',
    GROUPS.some((group) => group === value('group')),
    `One of ${GROUPS.join(', ')}`,
  );
  need('ean', isEan(ean), 'Thirteen digits, the last one a check digit (5790000000005 will do)');
  if (Object.keys(problems).length > 0) return { problems };
  const text = ['cvr', 'company', 'name', 'contact', 'email', 'group'] as const;
  return {
    ...(Object.fromEntries(text.map((name) => [name, value(name)])) as Record<(typeof text)[number], string>),
    ...{ type, ean, publish: ['yes', 'on', 'true'].includes(value('publish')) },
  };
}
