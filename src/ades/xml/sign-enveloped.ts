/** Signs a message inside itself with plain XMLDSig (RFC 3275), as SAML has it: one reference, to the root by its Id. */
import { createHash } from 'node:crypto';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { base64Node, node, writeApex } from '../xades/exclusive-text.ts';
import { digestNodes } from '../xades/signed-properties.ts';
import { signXml, xmlAlgorithmOf } from '../xades/signature-value.ts';
import { ENVELOPED_SIGNATURE } from './algorithms.ts';
import { C14N_EXCLUSIVE, canonicalize } from './c14n.ts';
import { parseXml } from './document.ts';

export interface EnvelopedOptions {
  readonly key: SigningKey;
  /** Of the root element, whatever its attribute is called. */
  readonly id: string;
  /** InclusiveNamespaces of the reference, `#default` among them if wanted. */
  readonly prefixes?: readonly string[];
}

/**
 * The message with its signature. `write` gives it with that at its place; without one where it is handed an empty text.
 * Exclusive canonicalization throughout, and of KeyInfo the key's own certificate alone. Throws XML_INVALID for what is no
 * XML, and what the key throws.
 */
export async function signEnveloped(
  write: (signature: string) => string,
  { key, id, prefixes = [] }: EnvelopedOptions,
): Promise<string> {
  const { hash = 'sha256' } = key;
  const octets = canonicalize(parseXml(Buffer.from(write(''))).root, C14N_EXCLUSIVE, prefixes);
  const named =
    prefixes.length === 0 ? [] : [node('ec:InclusiveNamespaces', { PrefixList: prefixes.join(' ') })];
  const signedInfo = node(
    'ds:SignedInfo',
    {},
    node('ds:CanonicalizationMethod', { Algorithm: C14N_EXCLUSIVE }),
    node('ds:SignatureMethod', { Algorithm: xmlAlgorithmOf(key, hash) }),
    node(
      'ds:Reference',
      { URI: `#${id}` },
      node(
        'ds:Transforms',
        {},
        node('ds:Transform', { Algorithm: ENVELOPED_SIGNATURE }),
        node('ds:Transform', { Algorithm: C14N_EXCLUSIVE }, ...named),
      ),
      ...digestNodes(createHash(hash).update(octets).digest(), hash),
    ),
  );
  const value = await signXml(key, writeApex(signedInfo), hash);
  return write(
    writeApex(
      node(
        'ds:Signature',
        {},
        signedInfo,
        base64Node('ds:SignatureValue', value),
        node('ds:KeyInfo', {}, node('ds:X509Data', {}, base64Node('ds:X509Certificate', key.certificate))),
      ),
    ),
  );
}
