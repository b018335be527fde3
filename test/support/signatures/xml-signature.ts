/** Makes XML signatures to test with, good ones and such as an attacker with a key of his own could make. */
import { createHash, sign, type KeyObject } from 'node:crypto';
import { BASE64, DS, ENVELOPED_SIGNATURE, RSA_SHA256, SHA256 } from '@segl/ades/xml/algorithms';
import { C14N_10, canonicalize, canonicalizeWithout, isC14nAlgorithm } from '@segl/ades/xml/c14n';
import { base64Of, findAll, getChild, indexIds, parseXml, type XmlElement } from '@segl/ades/xml/document';

export interface TestReference {
  readonly uri: string;
  readonly transforms?: readonly string[];
  /** Attributes beside URI, as text. */
  readonly attributes?: string;
  readonly digestMethod?: string;
  /** As node:crypto names it; sha256 when left out. */
  readonly hash?: string;
}

export interface TestSignature {
  /** Puts the signature into its document. */
  readonly wrap: (signature: string) => string;
  readonly references: readonly TestReference[];
  readonly privateKey: KeyObject;
  readonly certificates: readonly Uint8Array[];
  readonly c14n?: string;
  readonly method?: string;
  readonly methodContent?: string;
  readonly hash?: string;
  readonly keyInfo?: string;
  /** ds:Object elements. */
  readonly objects?: string;
  readonly id?: string;
}

/** The signed document as text. */
export function signXml(input: TestSignature): string {
  const blank = input.references.map(() => '');
  const document = parseXml(Buffer.from(input.wrap(write(input, blank, ''))));
  const ids = indexIds(document);
  const signature = ownSignature(document.root, input);
  const digests = input.references.map((reference) => {
    const target = reference.uri === '' ? document.root : ids.get(reference.uri.slice(1));
    return target ? digest(reference, target, signature) : '';
  });
  const { root } = parseXml(Buffer.from(input.wrap(write(input, digests, ''))));
  const signedInfo = getChild(ownSignature(root, input), DS, 'SignedInfo');
  const algorithm = input.c14n ?? C14N_10;
  const octets = canonicalize(signedInfo, isC14nAlgorithm(algorithm) ? algorithm : C14N_10);
  const value = sign(input.hash ?? 'sha256', octets, { key: input.privateKey, dsaEncoding: 'ieee-p1363' });
  return input.wrap(write(input, digests, value.toString('base64')));
}

const ownSignature = (root: XmlElement, { id = 'signature' }: TestSignature): XmlElement =>
  findAll(root, DS, 'Signature').find((element) => element.attribute('Id') === id)!;

function digest(
  { transforms = [], hash = 'sha256' }: TestReference,
  target: XmlElement,
  own: XmlElement,
): string {
  const algorithm = transforms.find((transform) => isC14nAlgorithm(transform)) ?? C14N_10;
  const octets = transforms.includes(BASE64)
    ? base64Of(target, 'it')
    : transforms.includes(ENVELOPED_SIGNATURE)
      ? canonicalizeWithout(target.document, (one) => one === own, algorithm)
      : canonicalize(target, algorithm);
  return createHash(hash).update(octets).digest('base64');
}

function write(input: TestSignature, digests: readonly string[], value: string): string {
  const references = input.references.map(
    ({ uri, transforms = [], attributes = '', digestMethod = SHA256 }, at) => {
      const list = transforms.map((transform) => `<ds:Transform Algorithm="${transform}"/>`).join('');
      return (
        `<ds:Reference URI="${uri}"${attributes}>${list ? `<ds:Transforms>${list}</ds:Transforms>` : ''}` +
        `<ds:DigestMethod Algorithm="${digestMethod}"/><ds:DigestValue>${digests[at]}</ds:DigestValue></ds:Reference>`
      );
    },
  );
  const certificates = input.certificates
    .map((der) => `<ds:X509Certificate>${Buffer.from(der).toString('base64')}</ds:X509Certificate>`)
    .map((entry) => `<ds:X509Data>${entry}</ds:X509Data>`);
  return (
    `<ds:Signature xmlns:ds="${DS}" Id="${input.id ?? 'signature'}"><ds:SignedInfo>` +
    `<ds:CanonicalizationMethod Algorithm="${input.c14n ?? C14N_10}"/>` +
    `<ds:SignatureMethod Algorithm="${input.method ?? RSA_SHA256}">${input.methodContent ?? ''}</ds:SignatureMethod>` +
    `${references.join('')}</ds:SignedInfo><ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo>${input.keyInfo ?? certificates.join('')}</ds:KeyInfo>${input.objects ?? ''}</ds:Signature>`
  );
}
