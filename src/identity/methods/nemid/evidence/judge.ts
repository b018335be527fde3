/**
 * Judges a native message at a time of one's choice, offline, and tells the outcome of every check: for validation
 * reports and for messages that are older than this service.
 */
import { nemidProblems } from '../problems.ts';
import type { Leniency } from '@segl/pki/algorithms/signature-algorithm';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { isSeglError } from '@segl/problem/errors';
import { isProblem, reasonOf, type Problem } from '@segl/problem/problem';
import { refusalIn } from '../../../problems.ts';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { validateWithEvidence, type EvidenceInput } from '@segl/pki/revocation/evidence';
import { buildPath } from '@segl/pki/x509/path';
import { readBindings, type BoundDocument } from '../binding.ts';
import { readHolder, requireValidity } from './certificate-checks.ts';
import { nativeChecks, readingChecks, type NativeCheckId } from './checks.ts';
import { logonChecks, signingChecks, type Finding, type KnownExpectation } from './content-checks.ts';
import { readOcesPath, type OcesEnvironment } from '../../../oces/environments.ts';
import { readErrorCode } from '../client/error-codes.ts';
import { meaningOf } from '../error-meaning.ts';
import { readNativeMessage, type NativeMessage } from './message.ts';
import type { OcesIdentity, OcesType } from '../../../oces/certificate.ts';
import { refused } from '../refusal.ts';
import { readSignText, type SignedText } from '../client/signed-text.ts';
import { readingVerdicts } from './verify.ts';

/**
 * `passed` and `failed` speak for themselves. `not-compared`: what to compare with is not known. `undetermined`: it
 * could be one or the other, because an earlier check failed or evidence is missing.
 */
export type Outcome = 'passed' | 'failed' | 'not-compared' | 'undetermined';

export interface JudgedCheck {
  readonly check: NativeCheckId;
  readonly outcome: Outcome;
  readonly detail?: Problem;
}

export interface NativeContext {
  /** What the message should have been made for; `sign` when left out. */
  readonly purpose?: 'sign' | 'logon';
  /** What is known of how the client was started. */
  readonly expected?: KnownExpectation;
  /** The time to judge at: that of the signature, from a clock that can be trusted. */
  readonly at: Date;
  /** Whose certificates count. With `legacy`, messages of OCES I are judged too, up to LEGACY_UNTIL. */
  readonly environment: OcesEnvironment;
  /** Revocation answers, lists and certificates, kept then or had later; without them revocation is undetermined. */
  readonly evidence?: ValidationData;
  /** Which authorities need evidence of their own; see EvidenceInput. */
  readonly authorities?: NonNullable<EvidenceInput['authorities']>;
  /** Types that may sign; persons when left out. */
  readonly types?: readonly OcesType[];
}

export interface NativeJudgement {
  /** `failed` if any check failed, else `undetermined` if any is, else `passed`. */
  readonly outcome: Exclude<Outcome, 'not-compared'>;
  /** All checks in their order. */
  readonly verdicts: readonly JudgedCheck[];
  /** Absent when it could not be read. */
  readonly message?: NativeMessage;
  /** Absent when the certificate is none of OCES or of a type that may not sign. */
  readonly identity?: OcesIdentity;
  readonly signText?: SignedText;
  readonly bindings?: readonly BoundDocument[];
  /** Leaf first; absent when there is none. */
  readonly path?: readonly Certificate[];
}

/**
 * SHA-1 and RSA keys of 1024 bits are not relied on after this day (NIST SP 800-131A: disallowed for signatures after
 * 2013), whatever the switch for OCES I says.
 */
export const LEGACY_UNTIL = new Date('2014-01-01T00:00:00Z');

/** Until NemID ended its responders signed their answers with SHA-1, and nothing better can be had of that time. */
const SHA1_STATUS_UNTIL = new Date('2023-11-01T00:00:00Z');

/** Never throws for what is wrong with the message, its certificate or the evidence. */
export function judgeNativeSignature(bytes: Uint8Array, context: NativeContext): NativeJudgement {
  const record = new Map<NativeCheckId, Omit<JudgedCheck, 'check'>>();
  const parts = judge(bytes, context, (check, outcome, detail) =>
    record.set(check as NativeCheckId, { outcome, ...(detail && { detail }) }),
  );
  const verdicts = nativeChecks.map(({ id }): JudgedCheck => {
    const judged = record.get(id);
    return { check: id, ...(judged ?? { outcome: parts.message ? 'not-compared' : 'undetermined' }) };
  });
  const has = (outcome: Outcome): boolean => verdicts.some((verdict) => verdict.outcome === outcome);
  const outcome = has('failed') ? 'failed' : has('undetermined') ? 'undetermined' : 'passed';
  return { outcome, verdicts, ...parts };
}

type Note = (check: string, outcome: Outcome, detail?: Problem) => void;
/** What was read, as it stands. */
const value = (read: string): Problem => nemidProblems.of('nemid/value', { value: read });

type Parts = Omit<NativeJudgement, 'outcome' | 'verdicts'>;

function judge(bytes: Uint8Array, context: NativeContext, note: Note): Parts {
  const { environment, at, purpose = 'sign' } = context;
  const legacy = environment.legacy && at < LEGACY_UNTIL;
  const message = attempt(note, 'message', () => read(bytes, legacy));
  if (!message) return {};
  for (const { check, detail } of readingVerdicts(message))
    note(check, 'passed', detail === undefined ? undefined : value(detail));

  const expected: KnownExpectation = { ...context.expected, legacy };
  for (const [check, look] of purpose === 'sign' ? signingChecks : logonChecks) {
    attempt(note, check, () => noteFinding(note, check, look(message, expected)));
  }
  const signText = readSignText(message, expected.format ? { SIGNTEXT_FORMAT: expected.format } : {});
  const bindings = attempt(
    () => undefined,
    'attached-document',
    () => readBindings(message),
  );
  attempt(note, 'validity', () => {
    requireValidity(message.leaf, at);
    note('validity', 'passed', nemidProblems.of('nemid/valid-at', { at }));
  });
  const path = judgePath(message, context, legacy, note);
  const identity = attempt(note, 'certificate-type', () => {
    const found = identify(message.leaf, path, context);
    note('certificate-type', 'passed', value(found.type));
    return found;
  });
  return {
    message,
    ...(identity && { identity }),
    ...(signText && { signText }),
    ...(bindings && { bindings }),
    ...(path && { path }),
  };
}

/** An error code in place of a message is told as what it is. */
function read(bytes: Uint8Array, legacy: boolean): NativeMessage {
  const code = bytes.length <= 32 ? readErrorCode(Buffer.from(bytes).toString('latin1')) : undefined;
  if (code)
    throw refused(
      'message',
      nemidProblems.of('nemid/error-code', { code: code.code, meaning: meaningOf(code.code) }),
    );
  return readNativeMessage(bytes, { allowSha1: legacy });
}

/** Runs a check; a refusal is noted under its own name, with what must have been passed before it. */
function attempt<T>(note: Note, check: string, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!isSeglError(error, 'NATIVE_SIGNATURE_REFUSED')) throw error;
    const failed = refusalIn(error).check;
    const before = readingChecks.findIndex((one) => one === failed);
    if (before > 0) for (const passed of readingChecks.slice(0, before)) note(passed, 'passed');
    note(failed, 'failed', reasonOf(error));
    return undefined;
  }
}

function noteFinding(note: Note, check: string, finding: Finding): void {
  if (!finding) note(check, 'passed');
  else if (isProblem(finding)) note(check, 'failed', finding);
  else if ('skipped' in finding) note(check, 'not-compared', finding.skipped);
  else note(check, 'passed', finding.detail);
}

/** The path from what the message and the evidence bring along; then what the evidence tells about it. */
function judgePath(
  { leaf, certificates }: NativeMessage,
  context: NativeContext,
  legacy: boolean,
  note: Note,
): Certificate[] | undefined {
  const { environment, at, evidence } = context;
  const leniency = { allowSha1: legacy, allowRsa1024: legacy };
  const carried = [...certificates, ...environment.intermediates];
  try {
    const path = buildPath({
      leaf,
      intermediates: [...carried, ...(evidence?.certificates ?? [])].map(parseCertificate),
      anchors: environment.anchors.map(parseCertificate),
      at,
      ...leniency,
    });
    note('path', 'passed', value(path.at(-1)!.subjectDn));
    judgeRevocation(leaf, carried, leniency, context, note);
    return path;
  } catch (error) {
    if (!isSeglError(error, 'CERT_PATH_INVALID', 'ASN1_INVALID')) throw error;
    note('path', 'failed', error.problem);
    note('revocation', 'undetermined', nemidProblems.of('nemid/no-path'));
    return undefined;
  }
}

function judgeRevocation(
  leaf: Certificate,
  carried: readonly Uint8Array[],
  leniency: Leniency,
  { environment: { anchors }, at, evidence, authorities }: NativeContext,
  note: Note,
): void {
  if (!evidence) {
    note('revocation', 'undetermined', nemidProblems.of('nemid/no-status-kept'));
    return;
  }
  const allowSha1Status = at < SHA1_STATUS_UNTIL;
  const how = { ...leniency, allowSha1Status, later: true, ...(authorities && { authorities }) };
  try {
    validateWithEvidence({ leaf: leaf.der, anchors, at, evidence, carried, ...how });
    note('revocation', 'passed');
  } catch (error) {
    if (!isSeglError(error)) throw error;
    note('revocation', isSeglError(error, 'CERT_REVOKED') ? 'failed' : 'undetermined', error.problem);
  }
}

/** With a path the whole environment is asked: anchor, issuing authority and policy. */
function identify(
  leaf: Certificate,
  path: readonly Certificate[] | undefined,
  { environment, types = ['POCES'] }: NativeContext,
): OcesIdentity {
  const identity = readHolder(leaf, environment.policies, types);
  if (!path) return identity;
  try {
    readOcesPath(path, environment);
    return identity;
  } catch (error) {
    if (!isSeglError(error, 'OCES_INVALID')) throw error;
    throw refused('certificate-type', reasonOf(error), error);
  }
}
