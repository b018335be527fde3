/** Identifiers of SAML 2.0 (OASIS), as they stand on the wire. */
export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
export const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST';
export const REDIRECT = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';

/** The address of an account as identity provider: its entity id, below which are `/metadata` and `/sso`. */
export const providerAddress = (publicUrl: string, service: string): string =>
  `${publicUrl}/std/saml2/${encodeURIComponent(service)}`;
