/** What certificates of the sandbox are issued for, and the parts that they are made of. */
import {
  authorityInfoAccess,
  basicConstraints,
  certificatePolicies,
  crlDistributionPoints,
  keyUsage,
  type CertificateExtension,
} from '../pki/extensions.ts';
import type { RelativeName } from '../pki/name.ts';

/**
 * What OCSP and CRL say of a certificate, or that its time is over. `locked` is a revocation that can be taken back
 * (certificateHold, RFC 5280 5.3.1).
 */
export type CertificateState = 'valid' | 'revoked' | 'locked' | 'expired';

export interface Holder {
  /** Short, the same for ever; that of an authority is part of addresses. */
  readonly id: string;
  readonly subject: readonly RelativeName[];
  /** Id of the authority; undefined: it signs itself. */
  readonly issuer: string | undefined;
  readonly years: number;
  /** State in which it is issued; `valid` when left out. */
  readonly state?: CertificateState;
  /** Of an authority: its name as people read it. */
  readonly authority?: string;
  /** `url` is the sandbox's own; roots name no URLs, so they outlive a change of it, and all others name it. */
  readonly extensions: (url: string) => CertificateExtension[];
}

export const ORGANIZATION = 'Segl Sandbox (kun til test)';
export const CVR = 'CVR:99999999';
export const COMPANY = `Segl Sandbox // ${CVR}`;

const authorityName = (name: string): RelativeName[] => [{ C: 'DK' }, { O: ORGANIZATION }, { CN: name }];

/** Where the status of what `issuer` issues is asked for, and its certificate. */
export const access = (url: string, issuer: string): CertificateExtension =>
  authorityInfoAccess({ ocsp: [`${url}/ocsp/${issuer}`], caIssuers: [`${url}/aia/${issuer}.cer`] });

export const revocationList = (url: string, issuer: string): CertificateExtension =>
  crlDistributionPoints({ url: `${url}/crl/${issuer}.crl` });

export const policy = (url: string, oid: string): CertificateExtension =>
  certificatePolicies({
    oid,
    cps: `${url}/`,
    notice: { organization: 'Segl Sandbox', number: 1, text: 'Kun til test. Certifikatet binder ingen.' },
  });

export const root = (id: string, name: string): Holder => ({
  id,
  authority: name,
  subject: authorityName(name),
  issuer: undefined,
  years: 25,
  extensions: () => [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')],
});

/** `listOnly`: of its own status revocation lists alone tell. */
export const issuingAuthority = (
  id: string,
  name: string,
  { issuer, oid, listOnly = false }: { issuer: string; oid: string; listOnly?: boolean },
): Holder => ({
  id,
  authority: name,
  subject: authorityName(name),
  issuer,
  years: 15,
  extensions: (url) => [
    basicConstraints({ ca: true, pathLength: 0 }),
    keyUsage('keyCertSign', 'cRLSign'),
    ...(listOnly ? [] : [access(url, issuer)]),
    policy(url, oid),
    revocationList(url, issuer),
  ],
});
