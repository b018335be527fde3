/** For which company an employee acted: what the trail tells of it, and what a package must tell. */
import type { Problem } from '@segl/problem/problem';
import type { SignerIdentity } from '../../../evidence-words.ts';
import type { LtvSdoContent } from '../../../evidence/ltvsdo/content.ts';
import { countUnlessTold } from '../../../evidence/told-event.ts';
import type { AuditFact } from '../../../method.ts';
import { RID } from '../client/client.ts';
import { nemidProblems } from '../problems.ts';

export const EMPLOYEE_EVENT = 'employee-identified';

/** One fact about an employee, none about a person. */
export function employment({ attributes }: Pick<SignerIdentity, 'attributes'>): readonly AuditFact[] {
  if (!attributes.some(({ name }) => name === RID)) return [];
  const told = attributes.filter(({ name }) => name === RID || name.startsWith('organisation-'));
  const description = "The signer's certificate is that of an employee, and names the company";
  const data = { ...Object.fromEntries(told.map(({ name, value }) => [name, value])), description };
  return [{ type: EMPLOYEE_EVENT, of: 'verification', data }];
}

const NUMBERS = /^CVR:(\d+)-RID:(\d+)$/;

/** The numbers of the signer's id stand among the attributes, too. */
export function employeeGap({ signer: { uniqueId, attributes } }: LtvSdoContent): Problem | undefined {
  const [, cvr, rid] = NUMBERS.exec(uniqueId) ?? [];
  const told = (name: string): string | undefined => attributes.find((one) => one.name === name)?.value;
  const isTold = cvr !== undefined && told('organisation-id') === cvr && told(RID) === rid;
  return isTold ? undefined : nemidProblems.of('packaging/employee-untold');
}

/** Exactly one event, and it tells what the attributes do. */
export function employeeEventGap(content: LtvSdoContent): Problem | undefined {
  const count = countUnlessTold(content, EMPLOYEE_EVENT, employment(content.signer));
  return count === undefined ? undefined : nemidProblems.of('packaging/employee-event', { count });
}
