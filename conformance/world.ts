/** A PKI in which everything has a status: for files whose levels other validators are to confirm. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Oid } from '@segl/pki/asn1/oids';
import type { DigestName } from '@segl/pki/algorithms/signature-algorithm';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { LongTermServices } from '@segl/pki/tsp/long-term-services';
import type { Clock } from '@segl/problem/clock';
import { parseCertificate, type Certificate, type KeyUsage } from '@segl/pki/x509/certificate';
import type { HttpGet, HttpPost } from '@segl/pki/revocation/http';
import { createSigningKey } from '@segl/pki/keys/keys';
import { longTermServices } from '@segl/pki/tsp/long-term';
import { buildOcspRequest } from '@segl/pki/revocation/ocsp';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import {
  authorityInfoAccess,
  basicConstraints,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
  type CertificateExtension,
} from '@segl/sandbox/pki/extensions';
import { issueCertificate } from '@segl/sandbox/pki/issue';
import type { RelativeName } from '@segl/sandbox/pki/name';
import { answerOcsp, type CertificateStatus } from '@segl/sandbox/pki/ocsp-responder';
import { answerTimestamp } from '@segl/sandbox/pki/tsa';
import { writeCrl } from '@segl/sandbox/world/crl';

export const keyKinds = ['RSA-2048', 'RSA-PSS-3072', 'P-256'] as const;
export type KeyKind = (typeof keyKinds)[number];

/** Kinds of keys that are made for the files of others only. */
type OtherKind = 'RSA-1024' | 'RSA-4096' | 'P-384';

export interface Identity {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

/** What may be wrong with a signer; when left out, nothing. */
export interface SignerWishes {
  readonly usages?: readonly KeyUsage[];
  /** Made out to an authority. */
  readonly ca?: boolean;
  readonly from?: Date;
  readonly until?: Date;
}

const YEAR = 365 * 86_400_000;
const TSA_POLICY = '2.25.336339283203745289174895019364711111111.1.2';

const newKeys = (kind: KeyKind | OtherKind) =>
  kind.startsWith('P-')
    ? generateKeyPairSync('ec', { namedCurve: kind })
    : generateKeyPairSync('rsa', { modulusLength: Number(kind.split('-').at(-1)) });

export interface World {
  /** DER: the issuing authority and the root, as signatures carry them. */
  readonly authorities: readonly Uint8Array[];
  /** DER: the one root. */
  readonly anchor: Uint8Array;
  readonly clock: Clock;
  readonly revocation: RevocationService;
  /** DER of every certificate that `signer` made, in order. */
  readonly signers: readonly Uint8Array[];
  /** A new certificate for signatures. */
  signer(kind: KeyKind, commonName: string): SigningKey;
  /** The same with its key, to be handed to others. */
  identity(kind: KeyKind | OtherKind, commonName: string, wishes?: SignerWishes): Identity;
  /** From now on, answers tell that it was revoked at that time. */
  revoke(certificate: Certificate, at: Date): void;
  /** A DER OCSP answer of that moment about a certificate of this world. */
  answer(certificate: Certificate, at: Date): Promise<Uint8Array>;
  /** The time-stamp authority of this moment. */
  readonly tsa: Certificate;
  readonly services: LongTermServices;
  /** The same world, whose new signatures and time-stamps are by this digest algorithm. */
  withDigest(hash: NewDigest): World;
  /** Answers OCSP and time-stamp requests. */
  readonly post: HttpPost;
  /** Gives revocation lists. */
  readonly get: HttpGet;
}

export interface WorldOptions {
  readonly tsaYears?: number;
  readonly organization?: string;
  /** Under which its responders and its time-stamp authority are found. */
  readonly domain?: string;
  /** Where they are found instead, by their names: `root.ocsp`, `ca.ocsp`, `root.crl`, `ca.crl`, `tsa`. */
  readonly addressOf?: (name: string) => string;
  /** By which certificates are signed. */
  readonly digest?: DigestName;
  /** How authorities tell the status of what they issued; `ocsp` when left out. */
  readonly status?: 'ocsp' | 'lists';
}

/** Certificates of the time-stamp authority last `tsaYears`, the first from a year ago; it gets the next half a year early. */
export function createWorld(
  clock: Clock = { now: () => new Date() },
  {
    tsaYears = 10,
    organization = 'Segl conformance',
    domain = 'test.invalid',
    addressOf = (name) => `http://${name}.${domain}/`,
    digest = 'sha256',
    status = 'ocsp',
  }: WorldOptions = {},
): World {
  const responders = { root: addressOf('root.ocsp'), ca: addressOf('ca.ocsp') } as const;
  const lists = { root: addressOf('root.crl'), ca: addressOf('ca.crl') } as const;
  const toldBy = (authority: 'root' | 'ca'): CertificateExtension =>
    status === 'ocsp'
      ? authorityInfoAccess({ ocsp: [responders[authority]] })
      : crlDistributionPoints({ url: lists[authority] });
  const began = new Date(clock.now().getTime() - YEAR);
  const name = (cn: string): RelativeName[] => [{ C: 'DK' }, { O: organization }, { CN: cn }];
  const issue = (
    subject: readonly RelativeName[],
    extensions: readonly CertificateExtension[],
    {
      issuer,
      kind = 'P-256',
      years = 10,
      from = began,
      until = new Date(began.getTime() + years * YEAR),
    }: { issuer?: Identity; kind?: KeyKind | OtherKind; years?: number; from?: Date; until?: Date } = {},
  ): Identity => {
    const { publicKey, privateKey } = newKeys(kind);
    const der = issueCertificate({
      subject,
      publicKey,
      issuer: issuer ?? { selfSignedWith: privateKey },
      notBefore: from,
      notAfter: until,
      digest,
      extensions,
    });
    return { certificate: parseCertificate(der), privateKey };
  };
  const authority = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];
  const root = issue(name('Root'), authority, { years: 30 });
  const ca = issue(name('Issuing CA'), [...authority, toldBy('root')], {
    issuer: root,
    years: 20,
  });
  const responder = (issuer: Identity, cn: string): Identity =>
    issue(name(cn), [keyUsage('digitalSignature'), extendedKeyUsage(Oid.ocspSigning), ocspNoCheck()], {
      issuer,
    });
  const tsaWith = (years: number): Identity =>
    issue(name('TSA'), [keyUsage('digitalSignature'), extendedKeyUsage(Oid.timeStamping), toldBy('ca')], {
      issuer: ca,
      years,
    });
  const keyOf = (
    { certificate, privateKey }: Identity,
    chain: readonly Identity[],
    pss = false,
  ): SigningKey =>
    createSigningKey({
      privateKey,
      certificate: certificate.der,
      chain: chain.map((one) => one.certificate.der),
      pss,
    });
  const answering: Readonly<Record<string, { issuer: Identity; key: SigningKey }>> = {
    [responders.root]: { issuer: root, key: keyOf(responder(root, 'Root OCSP'), [root]) },
    [responders.ca]: { issuer: ca, key: keyOf(responder(ca, 'CA OCSP'), [ca, root]) },
  };
  let tsa = { years: tsaYears, identity: tsaWith(tsaYears) };
  const tsaNow = (): Identity => {
    while (clock.now().getTime() >= began.getTime() + (tsa.years - 0.5) * YEAR) {
      const years = tsa.years + tsaYears;
      tsa = { years, identity: tsaWith(years) };
    }
    return tsa.identity;
  };
  const revoked = new Map<string, Date>();
  const statusOf = (serialNumber: string, at: Date): CertificateStatus => {
    const revokedAt = revoked.get(serialNumber);
    return revokedAt && revokedAt <= at ? { status: 'revoked', revokedAt } : { status: 'good' };
  };
  const answerAt = (url: string, request: Uint8Array, at: Date): Promise<Uint8Array> | undefined => {
    const ocsp = answering[url];
    return (
      ocsp &&
      answerOcsp(request, {
        issuer: ocsp.issuer.certificate,
        lookup: (serialNumber) => statusOf(serialNumber, at),
        responder: ocsp.key,
        now: at,
      })
    );
  };
  let serial = 1;
  const post: HttpPost = async (url, body) => {
    const answered = await answerAt(url, body, clock.now());
    if (answered) return { status: 200, contentType: 'application/ocsp-response', body: answered };
    const answer = await answerTimestamp(body, {
      key: keyOf(tsaNow(), [ca, root]),
      now: clock.now(),
      policyOid: TSA_POLICY,
      serial: serial++,
    });
    return { status: 200, contentType: 'application/timestamp-reply', body: answer };
  };
  const signers: Uint8Array[] = [];
  const get: HttpGet = async (url) => {
    const { certificate, privateKey: key } = url === lists.root ? root : ca;
    const entries = [...revoked].map(([serial, revokedAt]) => ({ serial, revokedAt }));
    const body = writeCrl({ certificate, key }, url === lists.ca ? entries : [], clock.now());
    return { status: 200, contentType: 'application/pkix-crl', body };
  };
  const revocation = new RevocationService({ post, get, clock });
  const anchors = [root.certificate.der];
  const identity: World['identity'] = (kind, cn, { usages, ca: isCa = false, from, until } = {}) => {
    const extensions = [
      keyUsage(...(usages ?? (['digitalSignature', 'nonRepudiation'] as const))),
      basicConstraints({ ca: isCa }),
      toldBy('ca'),
    ];
    return issue(name(cn), extensions, {
      issuer: ca,
      kind,
      years: 3,
      ...(from && { from }),
      ...(until && { until }),
    });
  };
  const withDigest = (hash: NewDigest): World => ({
    anchor: root.certificate.der,
    authorities: [ca.certificate.der, root.certificate.der],
    clock,
    revocation,
    post,
    get,
    signers,
    identity,
    signer: (kind, cn) => {
      const made = identity(kind, cn);
      signers.push(made.certificate.der);
      return { ...keyOf(made, [ca, root], kind.startsWith('RSA-PSS')), hash };
    },
    revoke: ({ serialNumber }, at) => void revoked.set(serialNumber, at),
    answer: (certificate, at) => {
      const issuer = [ca, root].find((one) => one.certificate.subjectDn === certificate.issuerDn)!;
      const request = buildOcspRequest({ certificate, issuer: issuer.certificate });
      return answerAt(issuer === ca ? responders.ca : responders.root, request, at)!;
    },
    get tsa() {
      return tsaNow().certificate;
    },
    services: longTermServices({
      ...{ anchors, tsaAnchors: anchors, revocation, clock },
      timestamp: createTimestamper({ url: addressOf('tsa'), anchors, post, clock, hash }),
    }),
    withDigest,
  });
  return withDigest('sha256');
}
