/** What other systems are told of a log-on, by eID: attributes as clients of the contract read them. Data. */
import type { Asserted, VerifiedIdentity } from '../../../method.ts';

type Read = (identity: VerifiedIdentity) => string | undefined;
type Told = readonly [namespace: string, name: string, read: Read];

const id: Read = ({ subjectId }) => subjectId;
const name: Read = ({ displayName }) => displayName;
const nationalId: Read = (identity) => identity.nationalId?.id;
const attribute =
  (wanted: string): Read =>
  ({ attributes }) =>
    attributes.find((one) => one.name === wanted)?.value;

interface AssertedEid {
  readonly authenticationMethod?: string;
  readonly told: readonly Told[];
}

const eids: Readonly<Record<string, AssertedEid>> = {
  // never had these attributes elsewhere; whoever was known by the earlier eID is found by its id
  mitid: {
    told: [
      ['mitid', 'uuid', attribute('mitid-uuid')],
      ['mitid', 'loa', attribute('level')],
      ['nemid', 'pid', attribute('nemid-pid')],
    ],
  },
  'mitid-business': {
    told: [
      ['mitid-business', 'uuid', id],
      ['mitid-business', 'loa', attribute('level')],
      ['mitid-business', 'organisation-id', attribute('organisation-id')],
      ['mitid-business', 'organisation-name', attribute('organisation-name')],
    ],
  },
  'bankid-no': {
    authenticationMethod: 'urn:ksi:names:SAML:2.0:ac:BankID-NO',
    told: [
      ['bankid.certificate', 'plain-name', name],
      ['bankid.certificate', 'unique-id', id],
      ['bankid.va', 'fnr', nationalId],
    ],
  },
  // readers know it by an older name as well
  'bankid-se': {
    authenticationMethod: 'urn:ksi:names:SAML:2.0:ac:BankID-SE',
    told: [
      ['unique-id', 'sbid', id],
      ['bankid-se', 'plain-name', name],
      ['bankid-se', 'name', name],
      ['bankid-se', 'fnr', nationalId],
    ],
  },
  ftn: { told: [['ftn', 'satu', attribute('satu')]] },
};

export function asserts(eid: string, identity: VerifiedIdentity): Asserted {
  const known = Object.hasOwn(eids, eid) ? eids[eid] : undefined;
  return {
    ...(known?.authenticationMethod !== undefined && { authenticationMethod: known.authenticationMethod }),
    attributes: (known?.told ?? []).flatMap(([namespace, name, read]) => {
      const value = read(identity);
      return value === undefined || value === '' ? [] : [{ namespace, name, value }];
    }),
  };
}
