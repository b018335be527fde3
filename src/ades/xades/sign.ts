/** Signs with XAdES at level B (ETSI EN 319 132-1), EPES with a policy: enveloping, enveloped or detached data. */
import { createHash, randomUUID } from 'node:crypto';
import { adesProblems } from '../problems.ts';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { BASE64, DS, ENVELOPED_SIGNATURE, XADES } from '../xml/algorithms.ts';
import { C14N_EXCLUSIVE, canonicalize } from '../xml/c14n.ts';
import { parseXml } from '../xml/document.ts';
import { base64Node, node, writeApex, type Node } from './exclusive-text.ts';
import { rootEnd } from './locate.ts';
import { SIGNED_PROPERTIES_TYPE } from './seal-form.ts';
import type { SignatureParts } from './signature-parts.ts';
import { signXml, xmlAlgorithmOf } from './signature-value.ts';
import {
  digestNodes,
  writeSignedPropertiesText,
  type DataFormat,
  type SignaturePolicy,
} from './signed-properties.ts';

/** What is signed, and where it is. */
export type XadesData =
  /** Inside the signature, in base64. */
  | { readonly form: 'enveloping'; readonly bytes: Uint8Array; readonly mimeType: string }
  /** Beside the signature, under the name `uri`. */
  | {
      readonly form: 'detached';
      readonly bytes: Uint8Array;
      readonly mimeType: string;
      readonly uri: string;
    }
  /** An XML document, into whose root element the signature goes as last child. */
  | { readonly form: 'enveloped'; readonly bytes: Uint8Array; readonly mimeType?: string };

export interface XadesOptions {
  readonly key: SigningKey;
  readonly signingTime: Date;
  /** At least one; an enveloped one stands alone. */
  readonly data: readonly XadesData[];
  readonly policy?: SignaturePolicy;
}

const OBJECT_TYPE = `${DS}Object`;
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

const transform = (algorithm: string): Node => node('ds:Transform', { Algorithm: algorithm });

/** One datum with its reference and, when it is inside, its object. */
interface Part {
  readonly octets: Uint8Array;
  readonly reference: Node;
  readonly format: DataFormat;
  readonly object?: string;
}

/**
 * Signs; `write([])` of the result gives the document at level B, and `raise` (levels.ts) lifts it. Every part that is
 * digested, by the digest algorithm of the key, is written in its exclusive canonical form, so that only enveloped documents have to be parsed.
 * Throws XML_INVALID when an enveloped document cannot take a signature, and what the key throws.
 */
export async function signXades({ key, signingTime, data, policy }: XadesOptions): Promise<SignatureParts> {
  const enveloped = data.find(({ form }) => form === 'enveloped');
  if (data.length === 0 || (enveloped && data.length > 1)) {
    throw adesProblems.error('XML_INVALID', {
      why: adesProblems.of('xml/enveloped-and-others'),
    });
  }
  const id = `xades-${randomUUID()}`;
  const { hash = 'sha256' } = key;
  const digestOf: DigestOf = (bytes) => digestNodes(createHash(hash).update(bytes).digest(), hash);
  const parts = data.map((one, index) => partOf(one, `${id}-ref${index}`, `${id}-data${index}`, digestOf));
  const signedProperties = writeSignedPropertiesText({
    id: `${id}-signedprops`,
    signingTime,
    certificate: key.certificate,
    hash,
    ...(policy && { policy }),
    formats: parts.map(({ format }) => format),
  });
  const signedInfo = writeApex(
    node(
      'ds:SignedInfo',
      {},
      node('ds:CanonicalizationMethod', { Algorithm: C14N_EXCLUSIVE }),
      node('ds:SignatureMethod', { Algorithm: xmlAlgorithmOf(key, hash) }),
      ...parts.map(({ reference }) => reference),
      node(
        'ds:Reference',
        { Type: SIGNED_PROPERTIES_TYPE, URI: `#${id}-signedprops` },
        node('ds:Transforms', {}, transform(C14N_EXCLUSIVE)),
        ...digestOf(signedProperties),
      ),
    ),
  );
  const value = await signXml(key, signedInfo, hash);
  const signatureValue = writeApex(base64Node('ds:SignatureValue', value, { Id: `${id}-sigvalue` }));
  // the way to the anchor helps whoever validates without our help; the anchor itself nobody would believe
  const path = [key.certificate, ...key.chain.slice(0, -1)];
  const certificates = path.map((der) => base64Node('ds:X509Certificate', der));
  const keyInfo = writeApex(node('ds:KeyInfo', {}, node('ds:X509Data', {}, ...certificates)));
  const objects = parts.flatMap(({ object }) => object ?? []);
  const head =
    `<ds:Signature xmlns:ds="${DS}" Id="${id}">${signedInfo}${signatureValue}${keyInfo}${objects.join('')}` +
    `<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${id}">${signedProperties}`;
  const tail = '</xades:QualifyingProperties></ds:Object></ds:Signature>';
  const around = enveloped
    ? rootEnd(enveloped.bytes)
    : { before: Buffer.from(DECLARATION), after: Buffer.alloc(0) };
  return {
    id,
    certificate: key.certificate,
    certificates: path,
    c14n: C14N_EXCLUSIVE,
    referenced: [...parts.map(({ octets }) => octets), Buffer.from(signedProperties)],
    signedInfo: Buffer.from(signedInfo),
    signatureValue: Buffer.from(signatureValue),
    keyInfo: Buffer.from(keyInfo),
    objects: objects.map((text) => Buffer.from(text)),
    unsigned: [],
    stamps: [],
    carried: { certificates: [], ocsps: [], crls: [] },
    write: (properties) =>
      Buffer.concat([around.before, Buffer.from(head + unsignedText(properties) + tail), around.after]),
  };
}

const unsignedText = (properties: readonly string[]): string =>
  properties.length === 0
    ? ''
    : `<xades:UnsignedProperties><xades:UnsignedSignatureProperties>${properties.join('')}` +
      '</xades:UnsignedSignatureProperties></xades:UnsignedProperties>';

type DigestOf = (bytes: Uint8Array | string) => readonly [Node, Node];

function partOf(data: XadesData, referenceId: string, objectId: string, digestOf: DigestOf): Part {
  switch (data.form) {
    case 'enveloping': {
      const { bytes, mimeType } = data;
      return {
        octets: bytes,
        reference: node(
          'ds:Reference',
          { Id: referenceId, Type: OBJECT_TYPE, URI: `#${objectId}` },
          node('ds:Transforms', {}, transform(BASE64)),
          ...digestOf(bytes),
        ),
        format: { referenceId, mimeType, encoding: BASE64 },
        object: writeApex(
          base64Node('ds:Object', bytes, { Id: objectId, MimeType: mimeType, Encoding: BASE64 }),
        ),
      };
    }
    case 'detached': {
      const { bytes, mimeType, uri } = data;
      return {
        octets: bytes,
        reference: node('ds:Reference', { Id: referenceId, URI: uri }, ...digestOf(bytes)),
        format: { referenceId, mimeType },
      };
    }
    case 'enveloped': {
      const octets = canonicalize(parseXml(data.bytes).root, C14N_EXCLUSIVE);
      return {
        octets,
        reference: node(
          'ds:Reference',
          { Id: referenceId, URI: '' },
          node('ds:Transforms', {}, transform(ENVELOPED_SIGNATURE), transform(C14N_EXCLUSIVE)),
          ...digestOf(octets),
        ),
        format: { referenceId, mimeType: data.mimeType ?? 'text/xml' },
      };
    }
  }
}
