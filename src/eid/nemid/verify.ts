/**
 * Judges a native signature for packaging: every check of the NemID guidelines and of the packaging policy under its
 * own name. What the message says is compared first; certificates, and with them the network, come last.
 */
import type { ValidationData } from '../../ades/validation-data.ts';
import { isSeglError, SeglError } from '../../errors.ts';
import type { RevocationService } from '../../pki/revocation.ts';
import { validateCertificate } from '../../pki/validate.ts';
import type { Verdict } from '../../orders/evidence.ts';
import { propertyText, readNativeMessage, type NativeMessage } from './message.ts';
import { readOces, type OcesIdentity } from './oces.ts';
import { readTimestamp } from './parameters.ts';

/** What was shown and sent when the client was started. */
export interface NativeExpectation {
  /** The sign text, exactly. */
  readonly signText: string;
  /** The PDF that must come back attached; absent for plain text. */
  readonly attachedPdf?: Uint8Array;
  /** Name of the service provider that the signer saw. */
  readonly friendlyName: string;
  readonly challenge: string;
  readonly startedAt: Date;
}

export interface NativeTrust {
  /** DER of the trust anchors. */
  readonly anchors: readonly Uint8Array[];
  readonly policyPrefix: string;
  readonly revocation: RevocationService;
  /** The time to judge at: now, from a clock that can be trusted. */
  readonly at: Date;
}

export interface VerifiedNative {
  readonly message: NativeMessage;
  readonly identity: OcesIdentity;
  readonly verdicts: readonly Verdict[];
  readonly validation: ValidationData;
  readonly ocspUrls: readonly string[];
}

/** TIMESTAMP may differ this much, in milliseconds, from the time of the client's server. */
const TIMESTAMP_TOLERANCE = 3 * 60_000;

/** Looks at what a message says. Tells what is wrong, or undefined. */
export type ContentCheck<E> = (message: NativeMessage, expected: E) => string | undefined;

/** Checks by their names, in the order in which they are made. */
export type ContentChecks<E> = readonly (readonly [check: string, ContentCheck<E>])[];

const contentChecks: ContentChecks<NativeExpectation> = [
  ['action', isForSigning],
  ['challenge', hasChallenge],
  ['request-issuer', isForUs],
  ['sign-text', hasSignText],
  ['sign-text-visible', showedSignText],
  ['attached-document', hasDocument],
  ['time-stamp-plausible', isInTime],
];

/**
 * Verifies a signature. Throws NATIVE_SIGNATURE_REFUSED {check, why} with the first check that fails. Passes on
 * REVOCATION_UNAVAILABLE and OCSP_INVALID: nothing is known to be wrong with the signature, it cannot be judged now.
 */
export const verifyNativeSignature = (
  bytes: Uint8Array,
  expected: NativeExpectation,
  trust: NativeTrust,
): Promise<VerifiedNative> => verifyNativeMessage(bytes, expected, contentChecks, trust);

/** Verifies a message of any purpose: its core, then `checks`, then its certificate. Throws as verifyNativeSignature. */
export async function verifyNativeMessage<E>(
  bytes: Uint8Array,
  expected: E,
  checks: ContentChecks<E>,
  trust: NativeTrust,
): Promise<VerifiedNative> {
  const message = readNativeMessage(bytes);
  const verdicts: Verdict[] = [{ check: 'core', ok: true, detail: message.signatureAlgorithm }];
  for (const [check, problem] of checks) {
    const why = problem(message, expected);
    if (why) throw refusal(check, why);
    verdicts.push({ check, ok: true });
  }
  const identity = readPerson(message, trust.policyPrefix);
  verdicts.push({ check: 'certificate-type', ok: true, detail: identity.type });
  checkValidity(message, trust.at);
  verdicts.push({ check: 'validity', ok: true, detail: trust.at.toISOString() });
  const { path, validation, ocspUrls } = await validatePath(message, trust);
  verdicts.push({ check: 'path', ok: true, detail: path.at(-1)?.subjectDn ?? '' });
  verdicts.push({ check: 'revocation', ok: true, detail: ocspUrls.join(' ') });
  return { message, identity, verdicts, validation, ocspUrls };
}

function refusal(check: string, why: string, cause?: unknown): SeglError {
  return new SeglError('NATIVE_SIGNATURE_REFUSED', { check, why }, { cause });
}

function isForSigning(message: NativeMessage): string | undefined {
  return propertyText(message, 'action')?.toLowerCase() === 'sign'
    ? undefined
    : 'it does not say that it was made for signing (a log-on must not pass for a signature)';
}

export function hasChallenge(
  message: NativeMessage,
  { challenge }: Pick<NativeExpectation, 'challenge'>,
): string | undefined {
  const answered = challenge !== '' && propertyText(message, 'challenge') === challenge;
  return answered ? undefined : 'it does not answer this session';
}

export function isForUs(
  message: NativeMessage,
  { friendlyName }: Pick<NativeExpectation, 'friendlyName'>,
): string | undefined {
  if (message.properties.has('logonto')) return 'it names its receiver twice, in the old and in the new way';
  return propertyText(message, 'requestissuer') === friendlyName
    ? undefined
    : `it was not made for "${friendlyName}", or the provider knows us by another name`;
}

function hasSignText(message: NativeMessage, { signText }: NativeExpectation): string | undefined {
  const signed = message.properties.get('signtext')?.value;
  return signed && Buffer.from(signText, 'utf8').equals(signed)
    ? undefined
    : 'the signed text is not the one that was to be shown';
}

function showedSignText(message: NativeMessage): string | undefined {
  return message.properties.get('signtext')?.visible ? undefined : 'the signer was not shown the text';
}

function hasDocument(message: NativeMessage, { attachedPdf }: NativeExpectation): string | undefined {
  if (message.objects.length > 0) return 'it signs documents that were not shown';
  const attached = message.properties.get('attachedpdf')?.value;
  if (!attachedPdf) return attached ? 'it signs a PDF that was not shown' : undefined;
  if (!attached) return 'the PDF is not in it';
  return isDocument(attached, attachedPdf) ? undefined : 'the PDF in it is not the one that was shown';
}

/** SIGN_PROPERTIES carry base64, and clients differ in whether they decode it before they encode the property. */
function isDocument(attached: Uint8Array, pdf: Uint8Array): boolean {
  if (Buffer.compare(attached, pdf) === 0) return true;
  return Buffer.from(attached).toString('latin1').replace(/\s+/g, '') === Buffer.from(pdf).toString('base64');
}

/** TimeStamp echoes the parameter; not every client sends it. */
export function isInTime(
  message: NativeMessage,
  { startedAt }: Pick<NativeExpectation, 'startedAt'>,
): string | undefined {
  const echoed = propertyText(message, 'timestamp');
  if (echoed === undefined) return undefined;
  const time = readTimestamp(echoed);
  if (!time) return 'its TimeStamp cannot be read';
  return Math.abs(time.getTime() - startedAt.getTime()) <= TIMESTAMP_TOLERANCE
    ? undefined
    : 'its TimeStamp is not that of this session';
}

function readPerson(message: NativeMessage, policyPrefix: string): OcesIdentity {
  const check = 'certificate-type';
  try {
    const identity = readOces(message.leaf, policyPrefix);
    if (identity.type === 'POCES') return identity;
    throw refusal(
      check,
      `the certificate is of type ${identity.type}; only that of a person (POCES) may sign`,
    );
  } catch (error) {
    if (isSeglError(error, 'OCES_INVALID')) throw refusal(check, String(error.params['why']), error);
    throw error;
  }
}

function checkValidity({ leaf }: NativeMessage, at: Date): void {
  if (at < leaf.notBefore) throw refusal('validity', 'the certificate is not valid yet');
  if (at > leaf.notAfter) throw refusal('validity', 'the certificate has expired');
}

async function validatePath(message: NativeMessage, { anchors, revocation, at }: NativeTrust) {
  const { leaf, certificates } = message;
  try {
    return await validateCertificate({
      leaf: leaf.der,
      intermediates: certificates.filter((der) => Buffer.compare(der, leaf.der) !== 0),
      anchors,
      at,
      revocation,
    });
  } catch (error) {
    if (isSeglError(error, 'CERT_PATH_INVALID', 'ASN1_INVALID')) throw refusal('path', error.text, error);
    if (isSeglError(error, 'CERT_REVOKED', 'CERT_STATUS_UNKNOWN')) {
      throw refusal('revocation', error.text, error);
    }
    throw error;
  }
}
