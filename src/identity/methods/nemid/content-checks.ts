/** What a message must say: the checks that compare it with what was shown and sent when the client was started. */
import { binds, readBindings, type BindingForm } from './binding.ts';
import { propertyText, type NativeMessage } from './message.ts';
import { readTimestamp } from './parameters.ts';
import { readSignText, signTextProblem, type SignTextFormat } from './signed-text.ts';

/**
 * What a check finds: nothing, and the check is passed; a string that tells what is wrong; a detail for the evidence;
 * or that there was nothing to compare with.
 */
export type Finding = undefined | string | { readonly detail: string } | { readonly skipped: string };

/** Looks at what a message says. */
export type ContentCheck<E> = (message: NativeMessage, expected: E) => Finding;

/** Checks by their names, in the order in which they are made. */
export type ContentChecks<E> = readonly (readonly [check: string, ContentCheck<E>])[];

/** What is known of how the client was started. What is left out is not compared. */
export interface KnownExpectation {
  /** The sign text, exactly. */
  readonly signText?: string | Uint8Array;
  readonly format?: SignTextFormat;
  /** XML: the stylesheet that was sent along. */
  readonly stylesheet?: Uint8Array;
  /** All documents that must be bound; with an empty list none may be. */
  readonly documents?: readonly Uint8Array[];
  /** How they may be bound; any way when left out. */
  readonly bindings?: readonly BindingForm[];
  /** Name of the service provider that the signer saw. */
  readonly friendlyName?: string;
  readonly challenge?: string;
  readonly startedAt?: Date;
  /** The message may be one of OCES I, which says less. */
  readonly legacy?: boolean;
}

/** TIMESTAMP may differ this much, in milliseconds, from the time of the client's server. */
const TIMESTAMP_TOLERANCE = 3 * 60_000;

export const signingChecks: ContentChecks<KnownExpectation> = [
  ['action', isForSigning],
  ['challenge', hasChallenge],
  ['request-issuer', isForUs],
  ['sign-text', hasSignText],
  ['sign-text-visible', showedSignText],
  ['sign-text-format', hasFormat],
  ['attached-document', hasDocuments],
  ['time-stamp-plausible', isInTime],
];

/** The checks of a login that has no expectation but those of a signature; the login method has more. */
export const logonChecks: ContentChecks<KnownExpectation> = [
  ['action', isForLogin],
  ['challenge', hasChallenge],
  ['request-issuer', isForUs],
  ['time-stamp-plausible', isInTime],
];

const action = (message: NativeMessage): string | undefined => propertyText(message, 'action')?.toLowerCase();

function isForSigning(message: NativeMessage, { legacy }: KnownExpectation): Finding {
  const said = action(message);
  // before OCES II a signature did not have to say so; a log-on did
  if (said === 'sign' || (said === undefined && legacy)) return undefined;
  return 'it does not say that it was made for signing (a log-on must not pass for a signature)';
}

export function isForLogin(message: NativeMessage): string | undefined {
  return action(message) === 'logon'
    ? undefined
    : 'it does not say that it was made for logging in (a signature must not pass for a login)';
}

export function hasChallenge(
  message: NativeMessage,
  { challenge }: Pick<KnownExpectation, 'challenge'>,
): Finding {
  if (challenge === undefined) return { skipped: 'the challenge of the session is not known' };
  const answered = challenge !== '' && propertyText(message, 'challenge') === challenge;
  return answered ? undefined : 'it does not answer this session';
}

export function isForUs(
  message: NativeMessage,
  { friendlyName, legacy = false }: Pick<KnownExpectation, 'friendlyName' | 'legacy'>,
): Finding {
  const issuer = propertyText(message, 'requestissuer');
  const logonTo = propertyText(message, 'logonto');
  if (issuer !== undefined && logonTo !== undefined) {
    return 'it names its receiver twice, in the old and in the new way';
  }
  if (logonTo !== undefined && !legacy) return 'it names its receiver in the old way, that of OCES I';
  const named = issuer ?? logonTo;
  if (named === undefined) return 'it does not say for whom it was made';
  if (friendlyName === undefined) return { skipped: `it was made for "${named}"` };
  return named === friendlyName
    ? undefined
    : `it was not made for "${friendlyName}", or the provider knows us by another name`;
}

function hasSignText(message: NativeMessage, { signText, format }: KnownExpectation): Finding {
  const signed = readSignText(message, asked(format));
  if (!signed) return 'it has no sign text';
  if (signText === undefined) return { skipped: 'the text that was to be shown is not known' };
  return Buffer.from(signText).equals(signed.bytes)
    ? undefined
    : 'the signed text is not the one that was to be shown';
}

function showedSignText(message: NativeMessage, { format }: KnownExpectation): Finding {
  const signed = readSignText(message, asked(format));
  if (signed?.stylesheet) return { detail: 'shown through its stylesheet' };
  return signed?.visible ? undefined : 'the signer was not shown the text';
}

function hasFormat(message: NativeMessage, { format, stylesheet }: KnownExpectation): Finding {
  const signed = readSignText(message, asked(format));
  if (!signed) return 'it has no sign text';
  return signTextProblem(signed, stylesheet) ?? { detail: `${signed.format}, ${signed.known}` };
}

const asked = (format: SignTextFormat | undefined) => (format ? { SIGNTEXT_FORMAT: format } : {});

/** Every document is bound, in a way that is accepted, and nothing else is. */
function hasDocuments(message: NativeMessage, expected: KnownExpectation): Finding {
  const { documents, bindings, format } = expected;
  // a text may begin like a PDF and still be text
  const bound = readBindings(message).filter(
    ({ form }) => form !== 'sign-text' || format === undefined || format === 'PDF',
  );
  const forms = [...new Set(bound.map(({ form }) => form))].join(', ');
  if (!documents) return { skipped: bound.length > 0 ? `bound as ${forms}` : 'no document is bound' };
  const odd = bound.find(({ form }) => bindings && !bindings.includes(form));
  if (odd) return `it binds a document as ${odd.form}, which was not asked for`;
  if (documents.some((document) => !bound.some((one) => binds(one, document)))) {
    return 'a document that was shown is not in it, or not as it was shown';
  }
  if (bound.some((one) => !documents.some((document) => binds(one, document)))) {
    return 'it signs a document that was not shown';
  }
  return { detail: bound.length > 0 ? forms : 'none' };
}

/** TimeStamp echoes the parameter; not every client sends it. */
export function isInTime(
  message: NativeMessage,
  { startedAt }: Pick<KnownExpectation, 'startedAt'>,
): Finding {
  const echoed = propertyText(message, 'timestamp');
  if (echoed === undefined) return { skipped: 'the client sent no TimeStamp' };
  const time = readTimestamp(echoed);
  if (!time) return 'its TimeStamp cannot be read';
  if (!startedAt) return { skipped: `its TimeStamp is ${time.toISOString()}` };
  return Math.abs(time.getTime() - startedAt.getTime()) <= TIMESTAMP_TOLERANCE
    ? undefined
    : 'its TimeStamp is not that of this session';
}
