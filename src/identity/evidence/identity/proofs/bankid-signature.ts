/**
 * The signature that a person made with BankID (Sweden), as a broker hands it on: XMLDSig over the text that was shown and data
 * that was not (BankID signature profile), with the status of the person's certificate. It needs neither the broker nor us.
 */
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { failed, passed, warning, type Finding } from '@segl/ades/validation/facts';
import { RSA_SHA256, SHA256 } from '@segl/ades/xml/algorithms';
import { C14N_10 } from '@segl/ades/xml/c14n';
import {
  findChildren,
  getChild,
  isElement,
  parseXml,
  pureBase64Of,
  pureTextOf,
  type XmlElement,
} from '@segl/ades/xml/document';
import { verifyXmlSignature, type VerifiedXmlSignature } from '@segl/ades/xml/xmldsig';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import { environmentOf } from '../../../oces/environments.ts';
import { identityProblems } from '../../../problems.ts';
import { canonicalJson } from '../canonical-json.ts';
import { nonceOf, type Commitment } from '../commitment.ts';
import type { IdentityEvidence, Proof } from '../content.ts';
import type { Claims } from '../jws.ts';
import { bytesOf } from '../read.ts';
import { idTokenOf } from './id-token.ts';
import { statusFinding } from './kept-status.ts';
import {
  certification,
  constraint,
  digest,
  textOf,
  type JudgedProof,
  type ProofTrust,
  type ProofVerifier,
} from './verifier.ts';

export const NATIVE_SIGNATURE = 'native-signature';
/** The OCSP answer about the certificate that made it. */
export const NATIVE_STATUS = 'native-signature-status';
export const NATIVE_TYPE = 'application/xml';

const BANKID = 'http://www.bankid.com/signature/v1.0.0/types';
const ALGORITHMS: ReadonlySet<string> = new Set([RSA_SHA256, SHA256, C14N_10]);
const LIMITS = { depth: 16, tags: 200, namespaces: 10 };

/** What a person signs with; logging on is `Identification`. */
const SIGNING = 'Signing';

/** serialNumber of a subject: the personal number. */
const SERIAL_NUMBER = '2.5.4.5';

/** What is signed and not shown: what the person commits to, by its hash and that of each document. */
export const hiddenData = (commitment: Commitment): string =>
  canonicalJson({
    commitment: nonceOf(commitment),
    documents: commitment.documents.map(({ title, mediaType, sha256 }) => ({ title, mediaType, sha256 })),
  });

/** Of the parameter `login_hint`. */
export const HIDDEN = 'nonVisibleData:';

/** A request for a signature that is not there (`request`: its parameters). */
export function nativeGap(request: Claims, { proofs }: IdentityEvidence): Problem | undefined {
  const { login_hint: hint } = request;
  const isAsked = typeof hint === 'string' && hint.split(' ').some((word) => word.startsWith(HIDDEN));
  return isAsked && !proofs.some(({ role }) => role === NATIVE_SIGNATURE)
    ? identityProblems.of('native-signature/missing')
    : undefined;
}

export const nativeVerifier: ProofVerifier = {
  mediaType: NATIVE_TYPE,
  judge(proof, evidence, at, trust) {
    if (proof.role === NATIVE_SIGNATURE) return judgeNative(proof, evidence, at, trust);
    const { role, mediaType } = proof;
    const problem = identityProblems.of('proof/not-judged', { role, mediaType });
    return { findings: [failed('constraints', 'proof-known', 'GENERIC', problem)], binds: false };
  },
};

interface NativeSignature extends VerifiedXmlSignature {
  /** Leaf first, as the profile has them; they are signed. */
  readonly chain: readonly Certificate[];
  readonly visible: string;
  readonly hidden: string;
  readonly purpose: string;
}

function judgeNative(proof: Proof, evidence: IdentityEvidence, at: Date, trust: ProofTrust): JudgedProof {
  let signature: NativeSignature;
  try {
    signature = read(bytesOf(proof));
  } catch (error) {
    if (!isSeglError(error)) throw error;
    const finding = failed('cryptography', 'native-core', 'SIG_CRYPTO_FAILURE', reasonOf(error));
    return { findings: [finding], binds: false };
  }
  const token = idTokenOf(evidence);
  const findings = [
    passed('cryptography', 'native-core'),
    ...certificateFindings(signature.chain, evidence, at, trust),
    digest('native-shown', wrongIf(signature.visible !== evidence.intent.shown, 'other-text')),
    digest('native-hidden', wrongIf(signature.hidden !== hiddenData(evidence.commitment), 'other-data')),
    constraint('native-purpose', wrongIf(signature.purpose !== SIGNING, 'no-signature')),
    constraint('native-given', wrongIf(!isGiven(proof, token), 'not-given')),
    constraint('native-person', personProblem(signature.chain[0]!, token, evidence)),
  ];
  return {
    findings,
    binds: findings.every(({ outcome }) => outcome !== 'failed'),
    algorithms: [{ scheme: 'RSA', digest: 'sha256', key: signature.chain[0]!.publicKey }],
  };
}

const wrongIf = (
  isWrong: boolean,
  code: 'other-text' | 'other-data' | 'no-signature' | 'not-given',
): Problem | undefined => (isWrong ? identityProblems.of(`native-signature/${code}`) : undefined);

const unfit = (): SeglError =>
  identityProblems.error('EVIDENCE_INVALID', { why: identityProblems.of('native-signature/form') });

/** Everything is read from the very nodes whose digests hold. Throws XML_INVALID, XMLDSIG_INVALID, ASN1_INVALID, EVIDENCE_INVALID. */
function read(bytes: Uint8Array): NativeSignature {
  const { root } = parseXml(Uint8Array.from(bytes), LIMITS);
  const verified = verifyXmlSignature(root, {
    // the first, and it is signed that it is
    pickCertificate: ([leaf]) => {
      if (!leaf) throw unfit();
      return leaf;
    },
    algorithms: ALGORITHMS,
    idsIgnoreCase: true,
  });
  const [, , keyInfo, object, ...more] = root.elements;
  const [data, ...others] = object?.elements ?? [];
  const targets = verified.references.map(({ element }) => element);
  const isWhole =
    more.length === 0 &&
    others.length === 0 &&
    isElement(data, BANKID, 'bankIdSignedData') &&
    targets.length === 2 &&
    targets.includes(data) &&
    targets.includes(keyInfo!);
  if (!isWhole) throw unfit();
  const chain = verified.certificates.map((der) => parseCertificate(Uint8Array.from(der)));
  const client = onlyChild(data, 'clientInfo');
  return {
    ...verified,
    chain,
    visible: decoded(onlyChild(data, 'usrVisibleData')),
    hidden: decoded(onlyChild(data, 'usrNonVisibleData')),
    purpose: pureTextOf(onlyChild(client, 'funcId')),
  };
}

/** Two of a name could be read in two ways. Throws XML_INVALID, EVIDENCE_INVALID. */
function onlyChild(parent: XmlElement, name: string): XmlElement {
  if (findChildren(parent, BANKID, name).length > 1) throw unfit();
  return getChild(parent, BANKID, name);
}

/** UTF-8 in base64. */
function decoded(element: XmlElement): string {
  const charset = element.attribute('charset') ?? 'UTF-8';
  if (charset !== 'UTF-8') throw unfit();
  try {
    const bytes = pureBase64Of(element, element.name);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw unfit();
    throw error;
  }
}

/** Those of `anchors` (DER) that may be BankID's: none of the public hierarchies that brokers have certificates of. */
export const nativeAnchors = (anchors: readonly Uint8Array[]): Certificate[] =>
  anchors.map(parseCertificate).filter((anchor) => environmentOf(anchor) === undefined);

/** Without an anchor it is told that nobody judged where the path leads. */
function certificateFindings(
  [leaf, ...along]: readonly Certificate[],
  { proofs }: IdentityEvidence,
  at: Date,
  { anchors }: ProofTrust,
): Finding[] {
  const check = 'native-certificate';
  const own = nativeAnchors(anchors);
  if (own.length === 0)
    return [warning('certificate', check, identityProblems.of('native-signature/no-anchor'))];
  try {
    const [, issuer] = buildPath({ leaf: leaf!, intermediates: along, anchors: own, at });
    const isPerson = issuer !== undefined && !leaf!.isCa;
    if (!isPerson)
      return [
        certification(check, 'CHAIN_CONSTRAINTS_FAILURE', identityProblems.of('native-signature/form')),
      ];
    // responders of the banks have certificates of short life, and nobody tells the status of those
    const about = { at, delegates: 'any' } as const;
    const status = proofs.find(({ role }) => role === NATIVE_STATUS);
    return [passed('certificate', check), statusFinding('native-status', [leaf!, issuer], status, about)];
  } catch (error) {
    if (!isSeglError(error, 'CERT_PATH_INVALID', 'ASN1_INVALID')) throw error;
    return [certification(check, 'NO_CERTIFICATE_CHAIN_FOUND', error.problem)];
  }
}

/** The broker gave it in the token of this log-on. */
function isGiven({ data = '' }: Proof, token: Claims | undefined): boolean {
  const given = token && textOf(token, 'evidence');
  return given !== undefined && Buffer.from(given, 'base64').toString('base64') === data;
}

/** The certificate is that of the person whom the token is about, where that tells the number. */
function personProblem(
  { subject }: Certificate,
  token: Claims | undefined,
  { subject: { nationalId } }: IdentityEvidence,
): Problem | undefined {
  const numbers = subject.attributes(SERIAL_NUMBER);
  const told = [
    token && textOf(token, 'ssn'),
    nationalId && 'value' in nationalId ? nationalId.value : undefined,
  ];
  const isSame = numbers.length === 1 && told.every((one) => one === undefined || one === numbers[0]);
  return isSame ? undefined : identityProblems.of('native-signature/other-person');
}
