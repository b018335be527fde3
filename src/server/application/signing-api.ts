/**
 * A signer's way through one task, as the portal sees it: open, read, sign, send in, or leave. The portal renders
 * what `view` says and calls one method per button; what is allowed when is decided behind this interface.
 */
import type { ByteRange } from '../adapters/blobs/store.ts';
import type { Readable } from 'node:stream';
import type { CatalogueEntry, MethodInput, Show } from '@segl/identity/method';
import type { FieldProblem, FormField, FormValues } from '../domain/order/form-fields.ts';
import type { Dialog, DocumentActionType } from '../domain/order/model.ts';
import type { ClientInfo, SessionKey } from '../domain/signing-session/client-info.ts';
import type { WayKind } from '../domain/signing-session/signing-options.ts';

export interface DocumentView {
  readonly documentId: string;
  readonly title: string;
  /** As stored: `application/pdf`, `text/plain…`, or of a package to look at; empty until the signer has uploaded it. */
  readonly mimeType: string;
  readonly action: DocumentActionType;
  readonly optional: boolean;
  /** The signer fills it in before it is read. */
  readonly hasForm?: boolean;
  readonly dialog?: Dialog;
  /** The signer ticked "I have read it". */
  readonly read: boolean;
  readonly signed: boolean;
  readonly skipped: boolean;
}

/**
 * Where the signer stands. `authenticate`: nothing is shown before the signer has logged in; `upload`: the document is
 * the signer's to give, and is shown afterwards (`read`; while that is due, another upload replaces it); `form`: its
 * form waits to be filled in; `read`: it waits to be read; `choose-method`: the signer chooses how to sign it;
 * `declare`: the signer declares, draws or both on our own page; `sign`: the method's turn; both for all of `together` where
 * that is there, and `link` of a chain, from 0; `identify`: its signature is verified, and it has another question about who signed; `send-in`:
 * everything is done but the confirmation; `finishing`: sent in, and the packages are being made, for longer than usual where
 * it is late; `done`: they are there.
 */
export type Step =
  | { readonly kind: 'authenticate' }
  | { readonly kind: 'upload'; readonly documentId: string }
  | { readonly kind: 'form'; readonly documentId: string }
  | { readonly kind: 'read'; readonly documentId: string }
  | { readonly kind: 'choose-method'; readonly documentId: string; readonly ways: readonly WayView[] }
  | {
      readonly kind: 'declare' | 'sign';
      readonly documentId: string;
      readonly together?: readonly string[];
      readonly link?: number;
    }
  | { readonly kind: 'identify'; readonly documentId: string }
  | { readonly kind: 'send-in' }
  | { readonly kind: 'finishing'; readonly isLate: boolean }
  | {
      readonly kind: 'done';
      readonly redirectTo?: string;
      /** When it was sent in. */
      readonly at?: Date;
      /** The sender's own, as the order names it. */
      readonly reference?: string;
    }
  | { readonly kind: 'rejected'; readonly redirectTo?: string };

/** `isFinishing`: the packages are not there yet, and who is sent on now would find nothing. */
export interface SentIn {
  readonly redirectTo?: string;
  readonly isFinishing?: true;
}

export interface TaskView extends Asker {
  readonly requestId: string;
  readonly taskId: string;
  readonly service: string;
  /** What follows when the task is sent in: others still have to act, and the sender's own site comes next. */
  readonly afterwards: { readonly others: boolean; readonly returns: boolean };
  readonly dialog?: Dialog;
  /** Of the way to sign that was chosen. */
  readonly signatureDialog?: Dialog;
  /** Present: the signer logs in before anything is shown. */
  readonly login?: { readonly done: boolean; readonly dialog?: Dialog };
  readonly wayKind?: WayKind;
  /** The method of the way that was chosen, as people know it. */
  readonly methodName?: string;
  /** What it is called in other languages, where that differs. */
  readonly methodNames?: CatalogueEntry['titles'];
  /** Of a chain that was chosen: its links, as people know them. */
  readonly links?: readonly Pick<CatalogueEntry, 'title' | 'titles'>[];
  /** The signer chose the way to sign, and may choose another. */
  readonly canChooseMethod?: boolean;
  readonly signerName?: string;
  readonly documents: readonly DocumentView[];
  readonly step: Step;
  readonly canPostpone: boolean;
  /** Id of the module that remembers something of the signer, which can be forgotten; told at the end only. */
  readonly rememberedBy?: string;
}

/** A way to sign that the signer may choose. */
export interface WayView {
  readonly id: string;
  readonly kind: WayKind;
  /** As people know it; absent for `hand`. */
  readonly typeName?: string;
  /** What it is called in other languages, where that differs. */
  readonly typeNames?: CatalogueEntry['titles'];
  readonly handwritten: boolean;
  readonly dialog?: Dialog;
}

/** Who asks and in which language: what a page may say before anybody has shown that the visit is theirs. */
export interface Asker {
  /** Asked for by the order (ISO 639-1), if any; the portal falls back to Accept-Language, then Danish. */
  readonly language?: string;
  readonly profile?: string;
  readonly sender: SenderView;
  /** Of a task: until when it can be done. */
  readonly deadline?: Date;
}

/** The account that asks, as it describes itself. */
export interface SenderView {
  /** As people know it, or else the name of the account. */
  readonly name: string;
  readonly contact?: string;
  readonly privacyUrl?: string;
  readonly termsUrl?: string;
  /** SHA-256, hex, of its logo. */
  readonly logo?: string;
}

/** The page that a method is shown on. */
export interface SignerPage {
  /** scheme://host[:port] */
  readonly origin: string;
  /** `da`, `en`. */
  readonly language: string;
  readonly client: ClientInfo;
}

/** What the page shows of a method, to sign or to log on. */
export interface StartedMethod {
  /** As people know it. */
  readonly title: string;
  /** Id of its module: its texts begin with that. */
  readonly module: string;
  readonly show: Show;
}

/** What our own page asks for, before the eID's turn or in place of it. */
export interface StartedDeclaration {
  /** To be shown exactly so and confirmed; absent where the eID shows a text of its own. */
  readonly signText?: string;
  /** SHA-256, hex, of the sign text; empty without one. */
  readonly signTextDigest: string;
  /** The signer draws, or types a name. */
  readonly handwritten: boolean;
  /** No eID tells who signs and the order does not either: the signer says. */
  readonly asksName: boolean;
}

/** What the signer did on that page. */
export interface Declaration {
  /** `signTextDigest` of the page: one that is out of date declares nothing. */
  readonly signTextDigest: string;
  readonly handwriting?: {
    readonly kind: 'drawn' | 'typed';
    /** JSON of strokes, or the typed name. */
    readonly text: string;
  };
  readonly name: string;
  readonly client: ClientInfo;
}

export type SignatureOutcome =
  /** The step that is due tells what comes next. */
  | { readonly kind: 'accepted' }
  /** The method ended without a result; `code` is its own (CAN002, AUTH004, …). */
  | { readonly kind: 'cancelled'; readonly module: string; readonly code: string };

/** A form as the signer left it, or as it starts. */
export interface FormView {
  /** In the order of pages, and of the tab key on each. */
  readonly fields: readonly FormField[];
  readonly values: FormValues;
}

/** A task as its link names it, without `taskId` the order as a whole; or by a session to it. */
export type TaskPlace = { readonly requestId: string; readonly taskId?: string } | { readonly ref: string };

/** A user session as its link names it, or by a visit to it. */
export type UserSessionPlace = { readonly userSessionId: string } | { readonly ref: string };

export interface SigningFlow {
  /**
   * Starts a session for a task URL. `taskId` absent: the first task of the order that is open.
   * Throws TASK_UNKNOWN, TASK_CLOSED (params.state), TASK_WAITING (depends on others), ARTIFACT_INVALID, ARTIFACT_NEEDED
   * (none was given).
   */
  open(input: {
    requestId: string;
    taskId?: string;
    artifact?: string;
    client: ClientInfo;
  }): Promise<SessionKey>;
  /** Who asks in the task that a link names, or in the session `ref`, which may be over; undefined: unknown. */
  asker(place: TaskPlace): Promise<Asker | undefined>;
  /** A logo of an account by its SHA-256, hex. */
  logo(sha256: string): Promise<{ readonly mediaType: string; readonly bytes: Buffer } | undefined>;
  /** Throws SESSION_GONE when the key is wrong or the session timed out (30 minutes idle). */
  view(key: SessionKey): Promise<TaskView>;
  /** The bytes to show; records that they were presented. Throws LOGIN_NEEDED. */
  document(
    key: SessionKey,
    documentId: string,
    client: ClientInfo,
  ): Promise<{ contentType: string; size: number; sha256: string; open(range?: ByteRange): Readable }>;
  /**
   * Takes the document of an `upload` action: PDF or plain text. Throws UPLOAD_REFUSED (params.why), PAYLOAD_TOO_LARGE;
   * what was uploaded before stays then.
   */
  upload(key: SessionKey, documentId: string, contentType: string, body: Readable): Promise<void>;
  /** The form that is due. Throws STEP_NOT_DUE. */
  form(key: SessionKey, documentId: string): Promise<FormView>;
  /**
   * Fills in the form and makes the document that is read and signed. Answers what is wrong with the values, by field;
   * nothing is kept then. Fields that are read-only keep their values.
   */
  fillForm(key: SessionKey, documentId: string, values: FormValues): Promise<readonly FieldProblem[]>;
  /** Back to the form from reading or signing; what was read of the document made from it has to be read again. */
  reopenForm(key: SessionKey, documentId: string): Promise<void>;
  /** "I have read it": refused with DOCUMENT_NOT_SHOWN when the bytes were never fetched. */
  markRead(key: SessionKey, documentId: string): Promise<void>;
  /** Leaves out an optional document. */
  skip(key: SessionKey, documentId: string): Promise<void>;
  /** Starts the log-on; as startSigning. Throws STEP_NOT_DUE. */
  startLogin(key: SessionKey, page: SignerPage): Promise<StartedMethod>;
  /** Takes what the page brought back. Throws LOGIN_REFUSED (the check that failed), LOGIN_MISMATCH (another person). */
  receiveLogin(
    key: SessionKey,
    result: SignerPage & { readonly input: MethodInput },
  ): Promise<SignatureOutcome>;
  /** Settles how the document is to be signed; an empty `wayId` leaves it open again. Throws STEP_NOT_DUE. */
  chooseWay(key: SessionKey, documentId: string, wayId: string): Promise<void>;
  /** What the page asks the signer for; `language` is the page's (da, en). */
  startDeclaring(key: SessionKey, documentId: string, language: string): Promise<StartedDeclaration>;
  /**
   * Takes it. A signature by hand alone is made with it. Throws HANDWRITING_REFUSED, NAME_MISSING; STEP_NOT_DUE when
   * another text was shown.
   */
  declare(key: SessionKey, documentId: string, declaration: Declaration): Promise<void>;
  /** Starts the method of the way that is due; one that was started before counts no longer. */
  startSigning(key: SessionKey, documentId: string, page: SignerPage): Promise<StartedMethod>;
  /**
   * Takes what the page brought back; `link`: of a chain, the link whose page it was, from 1. Throws NATIVE_SIGNATURE_REFUSED
   * with the first failed check as `why`, STEP_NOT_DUE for the page of another link, and what the method refuses with; the
   * step after it says what comes next.
   */
  receiveSignature(
    key: SessionKey,
    documentId: string,
    result: SignerPage & { readonly input: MethodInput; readonly link?: number },
  ): Promise<SignatureOutcome>;
  /** What the method asks about who signed, where that is due. */
  showIdentifying(key: SessionKey, documentId: string, page: SignerPage): Promise<StartedMethod>;
  /** Takes the answer. Throws what the method refuses it with. */
  answerIdentifying(
    key: SessionKey,
    documentId: string,
    result: SignerPage & { readonly input: MethodInput },
  ): Promise<void>;
  /** What whoever was identified may register for the next time, where the step is `send-in`; undefined: nothing. */
  startEnrolling(key: SessionKey, page: SignerPage): Promise<StartedMethod | undefined>;
  /** Takes what the page brought back. Throws what the method refuses it with. Gives the module that it is registered with. */
  enrol(
    key: SessionKey,
    result: SignerPage & { readonly input: MethodInput },
  ): Promise<{ readonly module: string }>;
  /** Forgets what is remembered of whoever signed in this session, if there is something. */
  forgetSigner(key: SessionKey): Promise<void>;
  /**
   * Delivers. Waits a few seconds for the packages, so that a caller asked at once finds them; where that is not enough,
   * it can be called again to wait on.
   */
  sendIn(key: SessionKey): Promise<SentIn>;
  cancel(key: SessionKey): Promise<{ redirectTo?: string }>;
  postpone(key: SessionKey): Promise<{ redirectTo?: string }>;
  refuse(key: SessionKey, reason?: string): Promise<{ redirectTo?: string }>;
}

/** A task of a user session, as its signer sees it. */
export interface SessionTaskView {
  readonly requestId: string;
  readonly taskId: string;
  readonly description?: string;
  /** Titles of the task's documents. */
  readonly documents: readonly string[];
  /** `waiting`: somebody else must finish first. What was sent in is `completed`. */
  readonly state: 'open' | 'waiting' | 'completed' | 'rejected' | 'expired' | 'deleted' | 'failed';
}

export interface UserSessionView extends Asker {
  readonly service: string;
  /** In the order that the back end gave. */
  readonly tasks: readonly SessionTaskView[];
  /** No task is open or waiting any more: the signer may go on to `redirectTo`. */
  readonly done: boolean;
  readonly redirectTo?: string;
  readonly canPostpone: boolean;
}

/** A signer's way through several tasks, of several requests: a list whose tasks are opened one after the other. */
export interface UserSessionFlow {
  /** Throws USER_SESSION_UNKNOWN, ARTIFACT_INVALID, ARTIFACT_NEEDED. */
  open(input: { userSessionId: string; artifact?: string; client: ClientInfo }): Promise<SessionKey>;
  /** As SigningFlow.asker. */
  asker(place: UserSessionPlace): Promise<Asker | undefined>;
  /** Throws SESSION_GONE when the key is wrong or the session timed out (30 minutes idle). */
  view(key: SessionKey): Promise<UserSessionView>;
  /** A session for one task of the list; needs no artifact of its own. Throws what SigningFlow.open throws. */
  openTask(
    key: SessionKey,
    task: { requestId: string; taskId: string },
    client: ClientInfo,
  ): Promise<SessionKey>;
  cancel(key: SessionKey): Promise<{ redirectTo?: string }>;
  postpone(key: SessionKey): Promise<{ redirectTo?: string }>;
}
