/** The kinds of provider that are known, as METHODS_FILE names them, and what they offer. */
import { IDENTITY_EVIDENCE } from '../../../evidence/identity/content.ts';
import type { EidOffer, ProviderProfile } from '../../../method.ts';
import { ftn } from './ftn.ts';
import { anyEid, generic } from './generic.ts';
import { idura } from './idura.ts';
import { neb } from './neb.ts';
import type { OidcEid, OidcProfile } from './profile.ts';
import { signicat } from './signicat.ts';

export const oidcProfiles: Readonly<Record<string, OidcProfile>> = { idura, neb, signicat, ftn, generic };

const offerOf = ({ levels, attributes, tested, transaction, native, backchannel }: OidcEid): EidOffer => ({
  levels,
  attributes,
  tested: ['a simulator', ...(tested ? [tested] : [])],
  native: IDENTITY_EVIDENCE.format,
  switches: [
    ...(transaction ? ['transactionSigning'] : []),
    ...(native ? ['nativeSignature'] : []),
    ...(backchannel ? ['backchannel'] : []),
  ],
});

/** As the catalogue of methods sees them. Any of them may serve an eID that is not named, where METHODS_FILE says how. */
export const offeredProfiles: Readonly<Record<string, ProviderProfile>> = Object.fromEntries(
  Object.entries(oidcProfiles).map(([id, { title, eids }]) => [
    id,
    {
      title,
      eids: Object.fromEntries(Object.entries(eids).map(([eid, one]) => [eid, offerOf(one)])),
      others: offerOf(anyEid),
    },
  ]),
);

/** How a kind of provider serves an eID. */
export const eidAt = ({ eids }: OidcProfile, eid: string): OidcEid =>
  (Object.hasOwn(eids, eid) ? eids[eid] : undefined) ?? anyEid;
