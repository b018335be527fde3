/**
 * A signature as the levels above B see it: the canonical octets that time-stamps are over, and a place where unsigned
 * properties go. Whether it was written a moment ago or read from somebody else's file makes no difference here.
 */
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import type { C14nAlgorithm } from '../xml/c14n.ts';

export interface UnsignedProperty {
  /** Namespace and local name. */
  readonly namespace: string;
  readonly name: string;
  /** Exclusive canonical octets. */
  readonly octets: Uint8Array;
}

export interface EncapsulatedStamp {
  /** Local name of the property: SignatureTimeStamp, ArchiveTimeStamp, … */
  readonly name: string;
  readonly id?: string;
  /** DER. */
  readonly token: Uint8Array;
}

export interface SignatureParts {
  /** Id of the ds:Signature. */
  readonly id: string;
  /** DER of the signer's certificate, and of all that KeyInfo has. */
  readonly certificate: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  /** Of everything below. */
  readonly c14n: C14nAlgorithm;
  /** Of each ds:Reference, in order: the octets that its transforms end in; a node-set canonicalized. */
  readonly referenced: readonly Uint8Array[];
  readonly signedInfo: Uint8Array;
  /** The element, not the value in it. */
  readonly signatureValue: Uint8Array;
  readonly keyInfo: Uint8Array | undefined;
  /** Every ds:Object but the one with the qualifying properties. */
  readonly objects: readonly Uint8Array[];
  /** Those that are there already, in document order. */
  readonly unsigned: readonly UnsignedProperty[];
  /** The time-stamps among them. */
  readonly stamps: readonly EncapsulatedStamp[];
  /** Validation data that is inside already. */
  readonly carried: ValidationData;
  /** The document with `properties` (texts in exclusive canonical form) behind the unsigned properties. */
  write(properties: readonly string[]): Uint8Array;
}
