/** What results are handed out as (`sdo-format`). Pure. */
import type { MethodOffer } from '@segl/identity/registry';
import { asksForStatement } from '../signing-session/signing-options.ts';
import type { InvalidValue } from './invalid-value.ts';
import type { OrderSpec, TaskSpec } from './model.ts';
import { orderProblems } from './problems.ts';

/** The sealed package, which is also made where the other is asked for. */
const PACKAGE = 'ltv-sdo';

/** What the eID made, byte for byte; where the service is the witness, the document that it wrote. */
const NATIVE = 'native';

export const SDO_FORMATS = [PACKAGE, NATIVE] as const;

export const asksForNative = ({ sdoFormat }: Pick<OrderSpec, 'sdoFormat'>): boolean => sdoFormat === NATIVE;

/**
 * A format that there is not; and a native signature of a method that is asked to sign and makes none. Where a log-on or
 * handwriting is asked for, what the service witnessed is native.
 */
export function sdoFormatProblems(order: OrderSpec, offer: MethodOffer): InvalidValue[] {
  const { sdoFormat: format } = order;
  const element = 'sdo-format';
  if (format === undefined || format === PACKAGE) return [];
  if (format !== NATIVE)
    return [{ element, problem: orderProblems.of('sdo-format/unknown', { format, allowed: SDO_FORMATS }) }];
  const methods = [...new Set(order.tasks.flatMap((task) => withoutNative(task, offer)))];
  if (methods.length === 0) return [];
  return [{ element, problem: orderProblems.of('sdo-format/no-native', { methods, allowed: [PACKAGE] }) }];
}

/** Methods that the eID is asked to sign with, and that only identify. */
function withoutNative(task: TaskSpec, { witnessed }: MethodOffer): string[] {
  if (!task.documentActions.some(({ type }) => type === 'sign')) return [];
  const asked = task.signatures.filter((element) => !asksForStatement(task, element));
  return asked.flatMap(({ methods }) =>
    methods.map(({ name }) => name).filter((name) => witnessed.includes(name)),
  );
}
