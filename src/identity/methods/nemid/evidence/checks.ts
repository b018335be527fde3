/** Every check of a native message: its name, what it asks, and where that comes from. */

export interface NativeCheck {
  readonly id: string;
  /** What must hold, in one sentence. */
  readonly what: string;
  /** The rule behind it: the guidelines for service providers, the provider's own library, a standard, or Segl. */
  readonly source: string;
}

/** In the order of judgement. A check counts only when all of the first seven hold: before that nothing is known. */
export const nativeChecks = [
  {
    id: 'message',
    what: 'It is a message and no error code: base64 of well-formed XML in UTF-8 without DTD or processing instructions, `openoces:signature` around exactly one `ds:Signature`, each part where it belongs, within limits of size, depth and number.',
    source: 'OOAPI SignHandler; RFC 3275 section 4',
  },
  {
    id: 'unique-ids',
    what: 'No Id occurs twice, in whichever spelling of the attribute (`Id`, `ID`, `id`, `xml:id`) or case of the value.',
    source: 'Segl; RFC 3275 section 4.3.3.3',
  },
  {
    id: 'algorithms',
    what: 'Only RSA with SHA-256, SHA-256, Canonical XML 1.0 and exclusive canonicalization are named, without parameters; SHA-1 only for messages of OCES I that are judged at their time.',
    source: 'NemID guidelines appendix B; NIST SP 800-131A',
  },
  {
    id: 'signer-certificate',
    what: 'Among the certificates of KeyInfo, in any order, exactly one is that of a signer: for digital signatures and of no authority.',
    source: 'OOAPI OpensignSignatureFactory',
  },
  {
    id: 'core',
    what: 'The signature value fits SignedInfo under the key of that certificate, and each digest fits what its reference points to.',
    source: 'RFC 3275 section 3.2',
  },
  {
    id: 'signed-objects',
    what: 'Every object of the signature is signed by a reference of its own, nothing else is, and exactly one of them is `ToBeSigned`.',
    source: 'Segl',
  },
  {
    id: 'properties',
    what: '`ToBeSigned` holds named properties and nothing else, each name once in whichever case, each value decodable; they are read from the node that was digested.',
    source: 'Segl; schema of OpenSign',
  },
  {
    id: 'action',
    what: 'The property `action` says what the message was made for: a login never passes for a signature, nor the other way round.',
    source: 'OOAPI SignHandler and LogonHandler',
  },
  {
    id: 'challenge',
    what: 'The property `challenge` answers this session.',
    source: 'OOAPI ChallengeVerifier',
  },
  {
    id: 'request-issuer',
    what: 'Exactly one of `RequestIssuer` and (OCES I) `logonto` is there and is our friendly name.',
    source: 'NemID guidelines section 6; OOAPI',
  },
  {
    id: 'sign-text',
    what: 'The signed text is, byte for byte, the one that was to be shown.',
    source: 'OOAPI SignHandler',
  },
  {
    id: 'sign-text-visible',
    what: 'The text was shown to the signer (`VisibleToSigner="yes"`), unless a stylesheet or a PDF viewer showed it.',
    source: 'OOAPI SignHandler',
  },
  {
    id: 'sign-text-format',
    what: 'The text is what its format allows: TEXT in UTF-8, HTML of the subset of the client, XML with the digest of its stylesheet (which is never run), or a PDF.',
    source: 'NemID guidelines section 5',
  },
  {
    id: 'attached-document',
    what: 'Every document that was to be signed is bound, and no other: as `attachedpdf`, as signed object, or by its digest in a list (SHA-256, SHA-384 or SHA-512). A list names every document that the message carries, and one that was sent comes back as it was.',
    source: 'packaging policy; conventions of OpenSign, Signicat, Penneo',
  },
  {
    id: 'time-stamp-plausible',
    what: 'The echo of TIMESTAMP, if the client sent one, is that of this session (3 minutes).',
    source: 'NemID guidelines section 3.1',
  },
  {
    id: 'certificate-type',
    what: 'Subject, policy and key usage of the certificate say the same type, and one that may sign here.',
    source: 'NemID guidelines section 6.2; packaging policy',
  },
  {
    id: 'validity',
    what: 'The certificate is valid at the time of judgement.',
    source: 'NemID guidelines section 6.2; RFC 5280 section 6.1.3',
  },
  {
    id: 'path',
    what: 'A path leads from the certificate to a trust anchor, and every certificate on it may stand there.',
    source: 'NemID guidelines section 6.2; RFC 5280 section 6',
  },
  {
    id: 'revocation',
    what: 'Nothing on the path was revoked at that time, and there is an answer that says so.',
    source: 'NemID guidelines section 6.2; RFC 6960',
  },
] as const satisfies readonly NativeCheck[];

export type NativeCheckId = (typeof nativeChecks)[number]['id'];

/** The checks without which nothing else in a message can be relied on. */
export const readingChecks = [
  'message',
  'unique-ids',
  'algorithms',
  'signer-certificate',
  'core',
  'signed-objects',
  'properties',
] as const satisfies readonly NativeCheckId[];

export type ReadingCheck = (typeof readingChecks)[number];
