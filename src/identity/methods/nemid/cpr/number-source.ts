/** Who is asked about CPR numbers: PID-CPR about persons, RID-CPR about employees. */
import type { Holders } from '../name-options.ts';
import type { NationalIdSource } from '../native-method.ts';
import { nemidProblems } from '../problems.ts';
import type { PidCprClient } from './pid-cpr.ts';
import type { RidCprClient } from './rid-cpr.ts';

/**
 * Employees are not asked for their number, and it is not looked up: they act for a company, and many have none on record.
 * What an order names is compared, where there is an agreement with RID-CPR.
 */
export function numberSource(
  holders: Holders,
  { pidCpr, ridCpr }: { readonly pidCpr: PidCprClient; readonly ridCpr?: RidCprClient | undefined },
): NationalIdSource {
  if (holders === 'persons')
    return {
      nationalId: pidCpr.mode,
      matchNationalId: (uniqueId, nationalId) => pidCpr.match(uniqueId, nationalId),
      lookUpNationalId: (uniqueId) => pidCpr.lookup(uniqueId),
    };
  const asked = ridCpr && ridCpr.mode !== 'none' ? ridCpr : undefined;
  const notAgreed = () =>
    nemidProblems.error('CPR_NOT_AGREED', {
      service: 'RID-CPR',
      name: nemidProblems.of('cpr/no-agreement'),
      status: 'none',
    });
  return {
    nationalId: asked ? 'ordered' : 'never',
    async matchNationalId(uniqueId, nationalId, certificate) {
      if (!asked || !certificate) throw notAgreed();
      return asked.match(uniqueId, nationalId, certificate);
    },
    async lookUpNationalId() {
      throw notAgreed();
    },
  };
}
