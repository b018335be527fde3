/** Identifiers of XML Signature (RFC 3275, RFC 6931) and the algorithms behind those that we know. */
export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#';
export const XADES141 = 'http://uri.etsi.org/01903/v1.4.1#';

export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
export const SHA384 = 'http://www.w3.org/2001/04/xmldsig-more#sha384';
export const SHA512 = 'http://www.w3.org/2001/04/xmlenc#sha512';
export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
export const ECDSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256';
/** RSASSA-PSS with MGF1 of SHA-256 and a salt of 32 bytes, without parameters to read (RFC 9231 section 2.3.10). */
export const RSA_PSS_SHA256 = 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1';
export const RSA_SHA1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';
export const SHA1 = 'http://www.w3.org/2000/09/xmldsig#sha1';

export const ENVELOPED_SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
/** XPath, for the one expression that leaves signatures out (without-signatures.ts). */
export const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';
export const XPATH_FILTER2 = 'http://www.w3.org/2002/06/xmldsig-filter2';
export const BASE64 = 'http://www.w3.org/2000/09/xmldsig#base64';

/** `hash` as node:crypto names it. */
export interface SignatureAlgorithm {
  readonly keyType: 'rsa' | 'ec';
  readonly hash: string;
  /** RSASSA-PSS; the salt is as long as the digest. */
  readonly pss?: true;
}

export const signatureAlgorithms: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  [RSA_SHA256, { keyType: 'rsa', hash: 'sha256' }],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha384', { keyType: 'rsa', hash: 'sha384' }],
  ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', { keyType: 'rsa', hash: 'sha512' }],
  [RSA_PSS_SHA256, { keyType: 'rsa', hash: 'sha256', pss: true }],
  ['http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1', { keyType: 'rsa', hash: 'sha384', pss: true }],
  ['http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1', { keyType: 'rsa', hash: 'sha512', pss: true }],
  [ECDSA_SHA256, { keyType: 'ec', hash: 'sha256' }],
  ['http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384', { keyType: 'ec', hash: 'sha384' }],
  ['http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512', { keyType: 'ec', hash: 'sha512' }],
  [RSA_SHA1, { keyType: 'rsa', hash: 'sha1' }],
]);

export const digestAlgorithms: ReadonlyMap<string, string> = new Map([
  [SHA256, 'sha256'],
  [SHA384, 'sha384'],
  [SHA512, 'sha512'],
  [SHA1, 'sha1'],
]);
