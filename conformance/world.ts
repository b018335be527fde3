/** A PKI in which everything has a status: for files whose levels other validators are to confirm. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Oid } from '../src/ades/oids.ts';
import type { SigningKey } from '../src/ades/signing-key.ts';
import type { LongTermServices } from '../src/ades/long-term.ts';
import type { Clock } from '../src/clock.ts';
import { parseCertificate, type Certificate } from '../src/pki/certificate.ts';
import type { HttpPost } from '../src/pki/http.ts';
import { createSigningKey } from '../src/pki/keys.ts';
import { longTermServices } from '../src/pki/long-term.ts';
import { RevocationService } from '../src/pki/revocation.ts';
import { createTimestamper } from '../src/pki/tsa.ts';
import {
  authorityInfoAccess,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
  type CertificateExtension,
} from '../sandbox/pki/extensions.ts';
import { issueCertificate } from '../sandbox/pki/issue.ts';
import type { RelativeName } from '../sandbox/pki/name.ts';
import { answerOcsp } from '../sandbox/pki/ocsp-responder.ts';
import { answerTimestamp } from '../sandbox/pki/tsa.ts';

export const keyKinds = ['RSA-2048', 'RSA-PSS-3072', 'P-256'] as const;
export type KeyKind = (typeof keyKinds)[number];

interface Identity {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

const YEAR = 365 * 86_400_000;
const TSA_POLICY = '2.25.336339283203745289174895019364711111111.1.2';
const responders = { root: 'http://root.ocsp.test.invalid/', ca: 'http://ca.ocsp.test.invalid/' } as const;

const newKeys = (kind: KeyKind) =>
  kind === 'P-256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: kind === 'RSA-2048' ? 2048 : 3072 });

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
  readonly services: LongTermServices;
  /** Answers OCSP and time-stamp requests. */
  readonly post: HttpPost;
}

/** Certificates of the time-stamp authority last `tsaYears`, the first from a year ago; it gets the next half a year early. */
export function createWorld(
  clock: Clock = { now: () => new Date() },
  { tsaYears = 10 }: { readonly tsaYears?: number } = {},
): World {
  const began = new Date(clock.now().getTime() - YEAR);
  const name = (cn: string): RelativeName[] => [{ C: 'DK' }, { O: 'Segl conformance' }, { CN: cn }];
  const issue = (
    subject: readonly RelativeName[],
    extensions: readonly CertificateExtension[],
    { issuer, kind = 'P-256', years = 10 }: { issuer?: Identity; kind?: KeyKind; years?: number } = {},
  ): Identity => {
    const { publicKey, privateKey } = newKeys(kind);
    const der = issueCertificate({
      subject,
      publicKey,
      issuer: issuer ?? { selfSignedWith: privateKey },
      notBefore: began,
      notAfter: new Date(began.getTime() + years * YEAR),
      extensions,
    });
    return { certificate: parseCertificate(der), privateKey };
  };
  const authority = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];
  const root = issue(name('Root'), authority, { years: 30 });
  const ca = issue(name('Issuing CA'), [...authority, authorityInfoAccess({ ocsp: [responders.root] })], {
    issuer: root,
    years: 20,
  });
  const responder = (issuer: Identity, cn: string): Identity =>
    issue(name(cn), [keyUsage('digitalSignature'), extendedKeyUsage(Oid.ocspSigning), ocspNoCheck()], {
      issuer,
    });
  const tsaWith = (years: number): Identity =>
    issue(
      name('TSA'),
      [
        keyUsage('digitalSignature'),
        extendedKeyUsage(Oid.timeStamping),
        authorityInfoAccess({ ocsp: [responders.ca] }),
      ],
      { issuer: ca, years },
    );
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
  let tsa = { years: tsaYears, key: keyOf(tsaWith(tsaYears), [ca, root]) };
  const tsaKeyNow = (): SigningKey => {
    while (clock.now().getTime() >= began.getTime() + (tsa.years - 0.5) * YEAR) {
      const years = tsa.years + tsaYears;
      tsa = { years, key: keyOf(tsaWith(years), [ca, root]) };
    }
    return tsa.key;
  };
  let serial = 1;
  const post: HttpPost = async (url, body) => {
    const ocsp = answering[url];
    if (ocsp) {
      const answer = await answerOcsp(body, {
        issuer: ocsp.issuer.certificate,
        lookup: () => ({ status: 'good' }),
        responder: ocsp.key,
        now: clock.now(),
      });
      return { status: 200, contentType: 'application/ocsp-response', body: answer };
    }
    const answer = await answerTimestamp(body, {
      key: tsaKeyNow(),
      now: clock.now(),
      policyOid: TSA_POLICY,
      serial: serial++,
    });
    return { status: 200, contentType: 'application/timestamp-reply', body: answer };
  };
  const signers: Uint8Array[] = [];
  const revocation = new RevocationService({ post, clock });
  const anchors = [root.certificate.der];
  const timestamp = createTimestamper({ url: 'http://tsa.test.invalid/', anchors, post, clock });
  return {
    anchor: root.certificate.der,
    authorities: [ca.certificate.der, root.certificate.der],
    clock,
    revocation,
    post,
    signers,
    signer: (kind, cn) => {
      const extensions = [
        keyUsage('digitalSignature', 'nonRepudiation'),
        basicConstraints({ ca: false }),
        authorityInfoAccess({ ocsp: [responders.ca] }),
      ];
      const identity = issue(name(cn), extensions, { issuer: ca, kind, years: 3 });
      signers.push(identity.certificate.der);
      return keyOf(identity, [ca, root], kind.startsWith('RSA-PSS'));
    },
    services: longTermServices({ anchors, timestamp, tsaAnchors: anchors, revocation, clock }),
  };
}
