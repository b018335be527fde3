/** What an account may order, as tests say it. */
import type { MethodOffer } from '@segl/identity/registry';

export const methodOffer = (more: Partial<MethodOffer>): MethodOffer => ({
  ...{ signatureMethods: [], authenticationMethods: [], witnessed: [], together: [], chains: new Map() },
  ...{ off: new Map(), strict: false },
  ...more,
});
