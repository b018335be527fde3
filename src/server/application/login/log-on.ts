/** What a method proved, as other systems are told of it. */
import type { Result } from '@segl/identity/method';
import type { AnyModule } from '@segl/identity/methods/index';
import { ASSURANCES } from '@segl/identity/method';
import type { AccountMethod } from '@segl/identity/registry';
import type { LogOn } from '../../domain/login/model.ts';

/** The evidence itself is not kept: nothing was signed, and whoever asked has the answer. */
export function logOnOf(
  { name, family, assurance }: AccountMethod,
  module: AnyModule | undefined,
  { identity, evidence: [evidence] }: Result,
): LogOn {
  if (!evidence) throw new TypeError('a log-on has evidence');
  const { subjectId, displayName, nationalId, certificate } = identity;
  const attribute = (wanted: string): string | undefined =>
    identity.attributes.find((one) => one.name === wanted)?.value;
  const birthDate = attribute('date-of-birth');
  const level = ASSURANCES.find((one) => one === attribute('level'));
  const asserted = module?.asserts?.(family, identity);
  return {
    ...{ method: name, family, subjectId, displayName },
    // what the provider says of this log-on, before what the name promises
    assurance: level ?? assurance,
    at: evidence.at.toISOString(),
    givenName: asserted?.givenName ?? '',
    surname: asserted?.surname ?? '',
    ...(nationalId && { nationalId }),
    ...(birthDate !== undefined && { birthDate }),
    ...(certificate && { subjectDn: certificate.subjectDn }),
    ...(asserted?.authenticationMethod !== undefined && {
      authenticationMethod: asserted.authenticationMethod,
    }),
    attributes: asserted?.attributes ?? [],
  };
}
