/** What a message must say: the checks that compare it with what was shown and sent when the client was started. */
import { nemidProblems } from '../problems.ts';
import { binds, readBindings, type BindingForm, type BoundDocument } from '../binding.ts';
import { DIGEST_LIST } from '../client/digest-list.ts';
import { propertyText, type NativeMessage } from './message.ts';
import { readTimestamp } from '../client/parameters.ts';
import { readSignText, signTextProblem, type SignTextFormat } from '../client/signed-text.ts';
import type { Problem } from '@segl/problem/problem';

/**
 * What a check finds: nothing, and the check is passed; a problem; a detail for the evidence; or that there was nothing to
 * compare with.
 */
export type Finding = undefined | Problem | { readonly detail: Problem } | { readonly skipped: Problem };

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
  /** How each of them must be bound, in all these ways and no other; any way when left out. */
  readonly bindings?: readonly BindingForm[];
  /** The list of digests, as it was sent. */
  readonly digestList?: string;
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
  return nemidProblems.of('nemid/not-for-signing');
}

export function isForLogin(message: NativeMessage): Problem | undefined {
  return action(message) === 'logon' ? undefined : nemidProblems.of('nemid/not-for-login');
}

export function hasChallenge(
  message: NativeMessage,
  { challenge }: Pick<KnownExpectation, 'challenge'>,
): Finding {
  if (challenge === undefined) return { skipped: nemidProblems.of('nemid/challenge-unknown') };
  const answered = challenge !== '' && propertyText(message, 'challenge') === challenge;
  return answered ? undefined : nemidProblems.of('nemid/other-session');
}

export function isForUs(
  message: NativeMessage,
  { friendlyName, legacy = false }: Pick<KnownExpectation, 'friendlyName' | 'legacy'>,
): Finding {
  const issuer = propertyText(message, 'requestissuer');
  const logonTo = propertyText(message, 'logonto');
  if (issuer !== undefined && logonTo !== undefined) {
    return nemidProblems.of('nemid/receiver-twice');
  }
  if (logonTo !== undefined && !legacy) return nemidProblems.of('nemid/receiver-old');
  const named = issuer ?? logonTo;
  if (named === undefined) return nemidProblems.of('nemid/receiver-missing');
  if (friendlyName === undefined) return { skipped: nemidProblems.of('nemid/made-for', { name: named }) };
  return named === friendlyName ? undefined : nemidProblems.of('nemid/not-for-us', { name: friendlyName });
}

function hasSignText(message: NativeMessage, { signText, format }: KnownExpectation): Finding {
  const signed = readSignText(message, asked(format));
  if (!signed) return nemidProblems.of('nemid/no-sign-text');
  if (signText === undefined) return { skipped: nemidProblems.of('nemid/sign-text-unknown') };
  return Buffer.from(signText).equals(signed.bytes) ? undefined : nemidProblems.of('nemid/other-sign-text');
}

function showedSignText(message: NativeMessage, { format }: KnownExpectation): Finding {
  const signed = readSignText(message, asked(format));
  if (signed?.stylesheet) return { detail: nemidProblems.of('nemid/through-stylesheet') };
  return signed?.visible ? undefined : nemidProblems.of('nemid/not-shown');
}

function hasFormat(message: NativeMessage, { format, stylesheet }: KnownExpectation): Finding {
  const signed = readSignText(message, asked(format));
  if (!signed) return nemidProblems.of('nemid/no-sign-text');
  return (
    signTextProblem(signed, stylesheet) ?? {
      detail: nemidProblems.of(`nemid/format-${signed.known}`, { format: signed.format }),
    }
  );
}

const asked = (format: SignTextFormat | undefined) => (format ? { SIGNTEXT_FORMAT: format } : {});

/** Every document is bound, in a way that is accepted, and nothing else is. */
function hasDocuments(message: NativeMessage, expected: KnownExpectation): Finding {
  const { documents, bindings, digestList, format } = expected;
  // a text may begin like a PDF and still be text
  const bound = readBindings(message).filter(
    ({ form }) => form !== 'sign-text' || format === undefined || format === 'PDF',
  );
  const forms = [...new Set(bound.map(({ form }) => form))];
  const listed = listsDocuments(bound);
  if (listed) return listed;
  if (!documents) {
    return {
      skipped:
        bound.length > 0
          ? nemidProblems.of('nemid/bound-as', { forms })
          : nemidProblems.of('nemid/no-document-bound'),
    };
  }
  const odd = bound.find(({ form }) => bindings && !bindings.includes(form));
  if (odd) return nemidProblems.of('nemid/binding-unasked', { form: odd.form });
  const ways = bindings?.map((form) => bound.filter((one) => one.form === form)) ?? [bound];
  const isBound = (document: Uint8Array): boolean =>
    ways.every((way) => way.some((one) => binds(one, document)));
  if (!documents.every(isBound)) return nemidProblems.of('nemid/document-missing');
  if (digestList !== undefined && propertyText(message, DIGEST_LIST) !== digestList)
    return nemidProblems.of('nemid/list-changed', { name: DIGEST_LIST });
  if (bound.some((one) => !documents.some((document) => binds(one, document)))) {
    return nemidProblems.of('nemid/document-not-shown');
  }
  return {
    detail:
      bound.length > 0
        ? nemidProblems.of('nemid/value', { value: forms.join(', ') })
        : nemidProblems.of('nemid/nothing-bound'),
  };
}

/** A message that carries documents and lists digests must list what it carries. */
function listsDocuments(bound: readonly BoundDocument[]): Problem | undefined {
  const lists = bound.filter(({ form }) => form === 'digest-list');
  const unlisted = bound.some(
    ({ bytes }) => bytes !== undefined && lists.length > 0 && !lists.some((one) => binds(one, bytes)),
  );
  return unlisted ? nemidProblems.of('nemid/list-of-others') : undefined;
}

/** TimeStamp echoes the parameter; not every client sends it. */
export function isInTime(
  message: NativeMessage,
  { startedAt }: Pick<KnownExpectation, 'startedAt'>,
): Finding {
  const echoed = propertyText(message, 'timestamp');
  if (echoed === undefined) return { skipped: nemidProblems.of('nemid/no-timestamp') };
  const time = readTimestamp(echoed);
  if (!time) return nemidProblems.of('nemid/timestamp-unreadable');
  if (!startedAt) return { skipped: nemidProblems.of('nemid/timestamp', { at: time }) };
  return Math.abs(time.getTime() - startedAt.getTime()) <= TIMESTAMP_TOLERANCE
    ? undefined
    : nemidProblems.of('nemid/other-timestamp');
}
