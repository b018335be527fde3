/**
 * The port of identity methods: how the service has somebody identified, or has them sign, without knowing with what. A
 * method is a module (a folder of `methods/`, or a file that METHODS_FILE names): it is started with a task, tells what is
 * to be shown or what came of it as data, and is told what the browser brought back. It writes no pages and no rows.
 *
 * The same shape serves a client in a frame, a redirect (OpenID Connect, SAML), a form (one-time codes), a script
 * (WebAuthn), polling (apps on phones), and keys at a remote signing service, which sign digests that are made here.
 */
import type { Problem } from '@segl/problem/problem';
import type { KeyObject } from 'node:crypto';
import type { ExtractedDocument } from '@segl/ades/validation/documents';
import type { Finding, SignatureFacts } from '@segl/ades/validation/facts';
import type { FormatReader } from '@segl/ades/validation/readers/format-reader';
import type { LtvSdoContent, NationalId } from './evidence/ltvsdo/content.ts';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { RevocationService } from '@segl/pki/revocation/revocation';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import type { Certificate } from '@segl/pki/x509/certificate';
import type { Language } from '@segl/problem/catalogue';
import type { AnyProblemSet, SeglError } from '@segl/problem/errors';
import type { Verdict } from './evidence-words.ts';
import type { FieldsTable, SettingsTable } from './settings.ts';

export type { NationalId };

/** What a method is for: to tell who somebody is, or to sign with. */
export type Use = 'authenticate' | 'sign';

/** One name that orders may use. Many names may be of one module. */
export interface CatalogueEntry {
  /** As orders write it, e.g. `sms-otp`. */
  readonly name: string;
  /**
   * A name may serve for both; the element of the order decides. Where the method that is asked to sign only identifies, the
   * service witnesses what is declared.
   */
  readonly uses: readonly Use[];
  /** Id of the module. */
  readonly module: string;
  /** Who answers, where the module works with several; what the evidence names beside the eID. */
  readonly provider?: Provider;
  /** The eID that stands behind the name, e.g. `mitid`; in evidence the family. Absent: that of the module. */
  readonly eid?: string;
  /** As people know it; pages and evidence show it. */
  readonly title: string;
  /** Where people who read another language know it by another name. */
  readonly titles: Readonly<Partial<Record<Language, string>>>;
  readonly assurance: Assurance;
  /** What the method is to tell of the person beside a name and an id of its own. */
  readonly attributes: readonly Attribute[];
  /** Of this name alone; the module says what there may be. */
  readonly options: Readonly<Record<string, unknown>>;
  /**
   * Names that one signer uses one after the other (see `chain.ts`). Module, provider, eID and level of the entry are those of the
   * last one that a method makes, which is never weaker than those before.
   */
  readonly chain?: readonly string[];
}

/** Least first. */
export const ASSURANCES = ['low', 'substantial', 'high'] as const;
export type Assurance = (typeof ASSURANCES)[number];

/** What can be asked for about a person. */
export const ATTRIBUTES = ['national-id', 'birth-date', 'address', 'email', 'phone', 'organisation'] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** Who answers for one or more names: an entry of `providers` in METHODS_FILE, with nothing missing. */
export interface Provider {
  /** As METHODS_FILE names it. */
  readonly id: string;
  /** One of the module's. */
  readonly profile: string;
  /** As the module's table of fields reads them. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The kinds of provider that a module works with. */
export interface ProviderKinds {
  /** People are sent to them and back, so that each has to know the redirect URI. */
  readonly redirects?: true;
  /** By the name that METHODS_FILE gives as `profile`. */
  readonly profiles: Readonly<Record<string, ProviderProfile>>;
  /** What a provider can be told, whatever its profile. */
  readonly fields: FieldsTable;
  /** Names of fields that this profile needs. */
  required(profile: string, settings: Readonly<Record<string, unknown>>): readonly string[];
}

export interface ProviderProfile {
  /** As the market knows it, e.g. `Nets eID Broker`. */
  readonly title: string;
  /** By eID. */
  readonly eids: Readonly<Record<string, EidOffer>>;
  /** What it does for an eID that is not named above, where METHODS_FILE says that it serves it. Absent: nothing. */
  readonly others?: EidOffer;
}

/** What a kind of provider does for an eID. */
export interface EidOffer {
  /** That can be asked for. */
  readonly levels: readonly Assurance[];
  readonly attributes: readonly Attribute[];
  /** Against what it was tried, for the reference. */
  readonly tested?: readonly string[];
  /** Id of the evidence format that signing gives; absent: a name of this eID only tells who somebody is. */
  readonly native?: string;
  /** Options of names of this eID that ask for more than a log-on, each `true` in METHODS_FILE. */
  readonly switches?: readonly string[];
  /** Of names of this eID; METHODS_FILE is put over them. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A name that a module brings along. */
export type ModuleName = Pick<CatalogueEntry, 'name' | 'uses' | 'title' | 'assurance'> &
  Partial<Pick<CatalogueEntry, 'titles' | 'eid' | 'attributes' | 'options'>> & {
    /** Known, and on where METHODS_FILE names it. */
    readonly off?: true;
  };

/** What a module is: the default export of its `index.ts`. `S`: its settings, as `settings` reads them. */
export interface MethodModule<S = Readonly<Record<string, unknown>>> {
  readonly id: string;
  /** Names of the eID in evidence: the type of a package's contexts, the name space of attributes. */
  readonly family: string;
  /** On offer where METHODS_FILE says nothing else, unless they say so themselves. */
  readonly names: readonly ModuleName[];
  /** With which kinds of provider it works; absent: the settings describe the only one. */
  readonly providers?: ProviderKinds;
  /** Against what it was tried, for the reference. */
  readonly tested?: string;
  /** Environment variables that are read where one of its names is on offer, and only then. */
  readonly settings: SettingsTable;
  /** Software that verifies what it leaves behind, as evidence names it beside the service itself. */
  readonly verifier?: string;
  /** Which of these must be set. */
  required(settings: Partial<S>): readonly string[];
  /** Its own codes of errors. */
  readonly problems?: AnyProblemSet;
  /** Folder of `LANGUAGE.json`, if there are texts; their keys begin with `ID.`, the module's id. */
  readonly texts?: URL;
  /** What it leaves behind, and how that is verified decades later. The first is what its names make. */
  readonly formats: readonly EvidenceFormat[];
  readonly policies: readonly PackagingPolicy[];
  readonly validation: MethodValidation<never>;
  /** How other systems are told of a log-on with this eID (SAML); absent: what holds for every eID is all. */
  asserts?(eid: string, identity: VerifiedIdentity): Asserted;
  /**
   * The service provider that the settings describe, and the `providers` of METHODS_FILE that are of this module. Throws
   * CONFIG_INVALID, and what reading keys throws.
   */
  open(settings: S, deps: MethodDeps, providers: readonly Provider[]): Promise<OpenedModule>;
  /** Accounts may be service providers of their own; absent: there is only that of the settings. */
  readonly accounts?: AccountSetups;
}

/** What is told of a log-on beside what holds for every eID, in the words that its readers know. */
export interface Asserted {
  /** AuthenticationMethod of SAML 1.1; absent: unspecified. */
  readonly authenticationMethod?: string;
  readonly givenName?: string;
  readonly surname?: string;
  readonly attributes: readonly AssertedAttribute[];
}

export interface AssertedAttribute {
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

/** A module at work for one service provider. */
export interface OpenedModule {
  /** The method of a name for one of its uses. Throws CONFIG_INVALID for options that make no sense. */
  method(entry: CatalogueEntry, use: Use): IdentityMethod;
  /** DER: where the paths of signers must end. */
  readonly anchors: readonly Uint8Array[];
  /** DER: own certificates, whose end is watched. */
  readonly certificates: readonly Uint8Array[];
  /** DER: who issued them. Whoever gets certificates from the same authority as we is known by it. */
  readonly issuers: readonly Uint8Array[];
  /** Key sets that its providers publish, asked for now; absent, and none: there are no keys, or they are exchanged beforehand. */
  publishedKeys?(): Promise<readonly PublishedKeys[]>;
  /** Everything that can be wrong with it, or with one `entry` alone; asks others only where `online`. */
  doctor(options: {
    readonly online: boolean;
    readonly entry?: CatalogueEntry;
  }): Promise<readonly DoctorFinding[]>;
  close(): Promise<void>;
}

/** The key set (JWKS) that a provider publishes, as it came; or why it could not be had. */
export type PublishedKeys = { readonly provider: string } & (
  | { readonly issuer: string; readonly source: string; readonly bytes: Uint8Array; readonly at: Date }
  | { readonly problem: Problem }
);

/** A key set in the log of the installation. */
export interface LoggedKeys {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** When it was fetched. */
  readonly at: Date;
  /** Over the bytes (RFC 3161), DER. */
  readonly stamp: Uint8Array;
}

/** How an account becomes a service provider of its own. What it set is JSON; secrets in it are sealed. */
export interface AccountSetups {
  /** Of `segl provider set`. */
  readonly options: readonly SetupOption[];
  /** Reads them, and judges what is wrong. Throws PROVIDER_REFUSED, BAD_REQUEST. */
  read(
    given: GivenOptions,
    about: { readonly service: string; readonly installation: OpenedModule; readonly deps: MethodDeps },
  ): Promise<{ readonly setup: AccountSetup; readonly findings: readonly DoctorFinding[] }>;
  /** Opens what was stored. Throws PROVIDER_UNUSABLE, SECRET_UNREADABLE. */
  open(
    service: string,
    setup: AccountSetup,
    installation: OpenedModule,
    deps: MethodDeps,
  ): Promise<OpenedModule>;
  /** Rows of `segl provider show`, without secrets. */
  describe(setup: AccountSetup, now: Date): readonly (readonly [label: string, value: string])[];
  /** DER: certificates whose end is watched. */
  certificates(setup: AccountSetup): readonly Uint8Array[];
}

export type AccountSetup = Readonly<Record<string, unknown>>;

/** `--NAME <ARGUMENT>` on the command line. */
export interface SetupOption {
  readonly name: string;
  readonly argument: string;
  /** What it is for. */
  readonly about: string;
  readonly choices?: readonly string[];
  readonly required?: true;
}

/** What was given on the command line. */
export interface GivenOptions {
  value(name: string): string | undefined;
  /** The content of the file that an option names; `-` is standard input. Throws BAD_REQUEST. */
  file(name: string): Promise<Uint8Array>;
}

/** One thing that was looked at. */
export interface DoctorFinding {
  readonly check: string;
  /** `note`: nothing is wrong, but somebody should look. */
  readonly verdict: 'ok' | 'note' | 'failed';
  /** What was found; the catalogue has advice for what is not `ok`. */
  readonly found: Problem;
  /** What led to it, told after it. */
  readonly causes?: readonly Problem[];
}

/** All that a method may reach. */
export interface MethodDeps {
  readonly clock: { now(): Date };
  /** Base URL of the pages, as PUBLIC_URL has it. */
  readonly publicUrl: string;
  /** Cryptographically strong. */
  readonly random: (bytes: number) => Uint8Array;
  readonly revocation: RevocationService;
  /** A client for addresses that settings name; internal ones only as INTERNAL_ALLOW says. */
  readonly http: (options?: HttpOptions) => HttpClient;
  readonly keys: KeyStore;
  readonly vault: Vault;
  /** What it remembers of persons, for one account, or (`service` absent) for the whole installation. */
  readonly memory: (service?: string) => MethodMemory;
  /** Keys that persons registered for its module. */
  readonly registrations: () => Registrations;
  /** Absent: the service has no gateway of this kind. */
  readonly messages: Readonly<Partial<Record<'sms' | 'email', SendMessage>>>;
  /** Key sets of a provider that were logged and time-stamped, oldest first; absent: there is no log. */
  readonly keyLog?: (provider: string) => Promise<readonly LoggedKeys[]>;
  readonly warn: (facts: Readonly<Record<string, unknown>>, message: string) => void;
}

/** One try to deliver a message at once; `id` names it at whoever delivers it. Gives what that answered. Throws UNAVAILABLE. */
export type SendMessage = (message: {
  readonly id: string;
  /** E.164, or a mail address. */
  readonly to: string;
  /** Of mail. */
  readonly subject: string;
  readonly text: string;
}) => Promise<{ readonly status: number }>;

export interface HttpOptions {
  /** All PEM. */
  readonly tls?: { readonly cert?: string; readonly key?: string; readonly ca?: string };
}

export interface HttpClient {
  get(
    url: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly contentType: string; readonly body: Uint8Array }>;
  post(
    url: string,
    body: Uint8Array | string,
    contentType: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly contentType: string; readonly body: Uint8Array }>;
  close(): Promise<void>;
}

export interface KeyStore {
  /** A PEM or PKCS#12 file, or a pkcs11: URI. Throws KEY_INVALID and its kin. */
  open(source: {
    readonly key: string;
    readonly passwordFile?: string | undefined;
    readonly chainFile?: string | undefined;
    readonly anchors?: readonly Uint8Array[];
  }): Promise<OpenedKey>;
  /** A key on a security module with its certificates, DER. */
  openModule(
    uri: string,
    path: { readonly certificate: Uint8Array; readonly chain: readonly Uint8Array[] },
  ): Promise<OpenedKey>;
  /** Throws PKCS12_INVALID. */
  readPkcs12(
    bytes: Uint8Array,
    password: string,
  ): {
    readonly privateKey: KeyObject;
    readonly certificate: Certificate;
    readonly others: readonly Certificate[];
  };
}

export interface OpenedKey {
  readonly key: SigningKey;
  /** For what is not signing. Absent: it never leaves its security module. */
  readonly privateKey?: KeyObject;
  /** Lets go of a security module. */
  readonly close: () => Promise<void>;
}

/** Encrypts what is stored. `context` says what it is and whose; only under the same it can be read again. */
export interface Vault {
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Throws SECRET_UNREADABLE. */
  open(sealed: Uint8Array, context: string): Uint8Array;
}

/**
 * What a method keeps of persons between sessions: encrypted, found by keyed hashes, expiring. `kind` tells apart what it keeps,
 * `key` whose it is.
 */
export interface MethodMemory {
  /** `since`: when it was first put, or what `put` said. Throws SECRET_UNREADABLE. */
  get(kind: string, key: string): Promise<{ readonly value: string; readonly since: Date } | undefined>;
  has(kind: string, key: string): Promise<boolean>;
  put(
    kind: string,
    key: string,
    value: string,
    lasts: { readonly since: Date; readonly until: Date },
  ): Promise<void>;
  /** Gives whether there was one. */
  forget(kind: string, key: string): Promise<boolean>;
  /** Notes an attempt and gives how many there were in the window, this one included; before it is known what comes of it. */
  count(kind: string, key: string, windowSeconds: number): Promise<Attempt>;
  /** How many count now. */
  counted(kind: string, key: string): Promise<number>;
  /** Forgets all attempts. */
  clear(kind: string, key: string): Promise<void>;
}

/** Keys that persons registered for a module, each for one account: encrypted, found by keyed hashes, expiring. */
export interface Registrations {
  /** By the id of the key, whichever account it is of. Throws SECRET_UNREADABLE. */
  find(key: string): Promise<Registration | undefined>;
  /** Of one person at one account, the oldest first. */
  of(service: string, subjectId: string): Promise<readonly Registration[]>;
  /** Gives whether the key was new. */
  add(
    registered: Pick<Registration, 'service' | 'value' | 'counter' | 'since' | 'until'> & {
      readonly subjectId: string;
      readonly key: string;
    },
  ): Promise<boolean>;
  /** Notes a use. Gives whether `counter` went up, or was never counted; of two uses at once, one is refused. */
  used(
    ref: string,
    use: { readonly counter: number; readonly at: Date; readonly until: Date },
  ): Promise<boolean>;
  /** All of one person at one account; gives how many there were. */
  forget(service: string, subjectId: string): Promise<number>;
  /** Of one account, or all. */
  list(service?: string): Promise<readonly Registration[]>;
  /** Gives whether there was one. */
  remove(ref: string): Promise<boolean>;
}

export interface Registration {
  /** As operators name it. */
  readonly ref: string;
  readonly service: string;
  readonly value: string;
  readonly counter: number;
  readonly since: Date;
  readonly usedAt?: Date;
  readonly until: Date;
}

export interface Attempt {
  readonly count: number;
  /** Takes it back: nobody judged it. */
  withdraw(): Promise<void>;
}

/** A method behind one name, for one service provider. Every function may throw UNAVAILABLE and what settings are to blame for. */
export interface IdentityMethod {
  /** `native`: makes its own container. `remote-key`: signs digests that are made here. Absent: it only identifies. */
  readonly signs?: 'native' | 'remote-key';
  /** One act signs all documents of a task, each with evidence of its own; it asks nothing afterwards (no `kept`). */
  readonly together?: true;
  /** Whether `expected.nationalId` can be compared: an order that names one is refused otherwise. */
  readonly comparesNationalIds: boolean;
  start(task: MethodTask, visitor: Visitor): Promise<Step>;
  /** `state` as the last step gave it; the task is the one that it was started with. */
  continue(task: MethodTask, state: string, input: MethodInput, visitor: Visitor): Promise<Step>;
  /** What is shown anew when the page is opened again; undefined, or no such function: the method is started again. */
  resume?(state: string): Promise<Show | undefined>;
  /** The session is over: cancels what is still open at the provider. Never throws. */
  finish?(state: string, how: 'submitted' | 'left'): Promise<void>;
  /** What is remembered of a person beyond the session; the signer may have it forgotten. */
  readonly remembered?: {
    has(service: string, subjectId: string): Promise<boolean>;
    /** Undefined: there was nothing. */
    forget(service: string, subjectId: string): Promise<AuditFact | undefined>;
  };
  /** How somebody whom another method has identified registers for this one. Absent: nobody has to. */
  readonly enrols?: {
    /** What a page offers them, to be answered in the same session; undefined: nothing. */
    start(
      person: IdentifiedPerson,
      visitor: Visitor,
    ): Promise<{ readonly state: string; readonly show: Extract<Show, { as: 'script' }> } | undefined>;
    /** `state` as `start` gave it. Throws what the answer is refused with. */
    take(person: IdentifiedPerson, state: string, input: MethodInput, visitor: Visitor): Promise<AuditFact>;
  };
}

/** Who was identified in this session, by which method, and what was kept of that. */
export interface IdentifiedPerson {
  readonly service: string;
  readonly by: Pick<CatalogueEntry, 'name' | 'module' | 'assurance'> & { readonly eid: string };
  /** That method's own id of the person. */
  readonly subjectId: string;
  readonly displayName: string;
  readonly nationalId?: NationalId;
  readonly evidence: {
    readonly format: string;
    /** Lower-case hex. */
    readonly sha256: string;
    readonly at: Date;
  };
}

export interface MethodTask {
  readonly service: string;
  /** None for a log-on; several only where the method signs them `together`. */
  readonly documents: readonly MethodDocument[];
  /** A word that the log-on must be bound to, e.g. the digest of a statement that it confirms: `sha256:…`. */
  readonly binding?: string;
  /** It is a link of a chain. */
  readonly chain?: {
    /** As the order names it. */
    readonly name: string;
    /** All of them. */
    readonly links: readonly string[];
    /** Place of this one, from 1. */
    readonly link: number;
    /** Evidence of the one before. */
    readonly previous?: Uint8Array;
  };
  /** Whom the order is for. */
  readonly expected: {
    /** The method's own id of who acted earlier in the session. */
    readonly subjectId?: string;
    /** As the order writes it; the method knows its form. */
    readonly nationalId?: string;
    /** As the order names the person, and how to reach them. */
    readonly name?: string;
    readonly mobile?: string;
    readonly email?: string;
    /** Verified earlier in this session, by a method of the same module. */
    readonly verified?: NationalId;
  };
  /** Where a redirect has to come back to. */
  readonly returnUrl: string;
  /** To be handed back unchanged in the parameter `state` (or `RelayState`) of that. */
  readonly returnState: string;
}

export interface MethodDocument {
  readonly id: string;
  readonly title: string;
  readonly mediaType: string;
  /** Extra line of the order, shown with the document. */
  readonly note?: string;
  /** Exactly the bytes that were shown. */
  read(): Promise<Uint8Array>;
}

export interface Visitor {
  /** Of the page: `da`, `en`. */
  readonly language: string;
  /** Of the page: scheme://host[:port]. */
  readonly origin: string;
  readonly userAgent: string;
  readonly ip: string;
}

/** `state` is opaque and at most 8 kB; it is kept encrypted with the session, and what it led to is taken once. */
export type Step =
  | {
      readonly kind: 'show';
      readonly state: string;
      readonly show: Show;
      /** Nothing new was asked: what is shown stays, as while an app is waited for, and only the state may be another. */
      readonly again?: true;
      /** Facts about what was asked, for the audit trail. */
      readonly asked?: Readonly<Record<string, string>>;
      /** What is proven already, while something about it is still open. It is kept now; `done` completes it. */
      readonly kept?: Result;
    }
  /** A remote key, before it signs: its certificates and algorithm. Answered at once with the digests. */
  | {
      readonly kind: 'certified';
      readonly state: string;
      readonly chain: readonly Uint8Array[];
      readonly algorithm: string;
    }
  | ({ readonly kind: 'done'; readonly signatures?: readonly Uint8Array[] } & Result)
  /** What was given does not do. `again`: the same page, the state stays; `restart`: from the beginning; `never`: no use. */
  | { readonly kind: 'refused'; readonly problem: SeglError; readonly retry: 'again' | 'restart' | 'never' }
  /** The signer, or the provider, ended it. `code`: the provider's own. */
  | { readonly kind: 'cancelled'; readonly code: string };

export interface Result {
  readonly identity: VerifiedIdentity;
  /** One for each document, or one for a log-on. After `kept` there is none. */
  readonly evidence: readonly Evidence[];
  readonly audit: readonly AuditFact[];
}

export type Show =
  | {
      readonly as: 'redirect';
      readonly url: string;
      readonly post?: Readonly<Record<string, string>>;
      /** For the signer to compare with what is shown there. */
      readonly code?: string;
      /** After that the address leads nowhere: the page is loaded anew before, and the method started again. */
      readonly goodForMs?: number;
    }
  /** The client in the frame asks for `parameters` by message; only messages of the origin of `url` are believed. */
  | {
      readonly as: 'frame';
      readonly url: string;
      readonly parameters: Readonly<Record<string, string>>;
      /** Key of the module's texts below `ID.`, where this client is used in another way than others: `KEY.how` to sign. */
      readonly text?: string;
    }
  | {
      readonly as: 'form';
      /** Key of the module's texts below `ID.`: `KEY.title`, `.why`, `.button`. */
      readonly text: string;
      readonly fields: readonly Field[];
      /** What its texts quote. */
      readonly params?: Readonly<Record<string, string>>;
      readonly attemptsLeft?: number;
    }
  /** `module`: a script of `src/web/portal` that is handed the options and posts its result. */
  | { readonly as: 'script'; readonly module: string; readonly options: unknown }
  | {
      readonly as: 'poll';
      /** The page asks again after that; it is the method that decides whether anybody else is asked then. */
      readonly afterMs: number;
      /** Key of the module's texts below `ID.`: `KEY.why` tells what to do. */
      readonly text?: string;
      /** Content of a QR code. */
      readonly qr?: string;
      readonly appUrl?: string;
      /** For the signer to compare, or to type into the app. */
      readonly code?: string;
    };

/** Label and hint are texts below the form's key: `KEY.NAME`, `KEY.NAME.hint`. */
export interface Field {
  readonly name: string;
  /** `code`: digits. `consent`: a box to tick. `strokes`: drawn with the pen. */
  readonly type: 'code' | 'text' | 'consent' | 'strokes';
  readonly required: boolean;
  readonly hint?: boolean;
  readonly maxLength?: number;
  /** Codes of refusals that are about this field. */
  readonly problems?: readonly string[];
}

export type MethodInput =
  | { readonly kind: 'returned'; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'message'; readonly data: string }
  | { readonly kind: 'fields'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'script'; readonly result: unknown }
  | { readonly kind: 'digests'; readonly digests: readonly Uint8Array[] }
  | { readonly kind: 'poll' };

export interface VerifiedIdentity {
  /** The method's own id of the person, stable over sessions; empty where nobody was identified. */
  readonly subjectId: string;
  readonly displayName: string;
  readonly nationalId?: NationalId;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  /** Where a certificate tells who it is. */
  readonly certificate?: { readonly subjectDn: string; readonly issuerDn: string };
}

export interface Evidence {
  readonly documentId?: string;
  /** Its place among the documents that the act signs, from 0, where these are several. */
  readonly bundleIndex?: number;
  /** Id of the format. */
  readonly format: string;
  /** What the provider gave, byte for byte. */
  readonly native: Uint8Array;
  /** From the clock of the service, at receipt. */
  readonly at: Date;
  readonly validation: ValidationData;
  readonly checks: readonly Verdict[];
  /** Facts for the audit trail, e.g. ocsp-url. */
  readonly facts: Readonly<Record<string, string>>;
  /** What the provider was asked with; JSON. */
  readonly request?: unknown;
}

/** Something that happened, as the audit trail of the evidence tells it. `of`: the trail of creation or of verification. */
export interface AuditFact {
  readonly type: string;
  readonly of: 'creation' | 'verification';
  readonly data: Readonly<Record<string, string>>;
}

/** A kind of container that a method leaves behind. Pure: no network, no clock. */
export interface EvidenceFormat {
  /** URN, as packages name it. */
  readonly id: string;
  readonly mimeType: string;
  readonly version: string;
  /** As people call it, e.g. XML Signature. */
  readonly title: string;
  /** What is handed out where an order asks for the native signature; undefined, or no such function: what was kept. */
  handedOut?(native: Uint8Array): { readonly bytes: Uint8Array; readonly mimeType: string } | undefined;
  /** The log-on inside a witnessed signature; absent: its log-ons cannot confirm a statement. */
  readonly login?: LoginFormat;
}

/** How what a method leaves behind is told in validation reports, with every check. Pure: no network, no clock. */
export interface MethodValidation<T = unknown> {
  /** What signatures are judged by, as the settings say, whether the method is on offer or not. Plain data. */
  trust(variables: Readonly<Record<string, string | undefined>>): Promise<unknown>;
  /** DER: where the paths of signers must end. */
  anchors(trust: T): readonly Uint8Array[];
  /** What its hierarchy says of a signer's certificate, in whichever format it signed; see ReadHolder. */
  readHolder?(leaf: Uint8Array, anchor: string, trust: T): readonly Finding[];
  /** Readers of files that stand for themselves. `named`: anchors (DER) that are trusted for everything. */
  readers(trust: T, named: readonly Uint8Array[]): readonly FormatReader[];
  /** The native signature of a package at `at`, which its seal vouches for, compared with what the package tells. */
  readNative(content: LtvSdoContent, trust: T, about: ReadAbout & { readonly at: Date }): NativeFacts;
  /** A log-on that was kept in a witnessed signature. */
  readLogin?(login: KeptLogin, told: ToldLogin, trust: T, about: ReadAbout): SignatureFacts;
}

export interface ReadAbout {
  /** Anchors (DER) that are trusted for everything. */
  readonly named: readonly Uint8Array[];
}

export interface NativeFacts {
  readonly facts: SignatureFacts;
  /** What was signed, as it can be shown or taken out. */
  readonly documents: readonly ExtractedDocument[];
  /** It is an XML signature: a second opinion can be asked. */
  readonly isXml: boolean;
}

/** How a log-on that was kept in a witnessed signature is verified. */
export interface LoginFormat {
  /** Names of log-ons in orders, and so in statements. */
  readonly names: readonly string[];
  /** Whether a message is of this format: for log-ons whose names are the installation's own. */
  recognises?(message: Uint8Array): boolean;
  /** Checks that the audit trail of a witnessed signature must tell of; absent: those of a log-on by certificate. */
  readonly checks?: readonly string[];
  /** Throws EVIDENCE_INVALID and what judging its certificates throws. */
  verify(
    login: KeptLogin,
    told: ToldLogin,
    anchors: readonly Uint8Array[],
  ): { readonly path: readonly Certificate[] };
  /** What is missing about the national id in a package that has one. */
  nationalIdGap(content: LtvSdoContent): Problem | undefined;
}

/** A log-on as it was kept: the message, when it was received, and what verified it. */
export interface KeptLogin {
  readonly message: Uint8Array;
  readonly receivedAt: Date;
  readonly validation: ValidationData;
}

/** What is told about a log-on where it is kept. */
export interface ToldLogin {
  readonly displayName: string;
  readonly uniqueId: string;
  /** Of the package around it; for log-ons whose own message tells the number. */
  readonly nationalId?: NationalId | undefined;
  /** What it must be bound to. */
  readonly binding: string;
}

/** A requirement of a policy that a content does not meet. */
export interface PolicyGap {
  /** As the policy names it, e.g. `E9`. */
  readonly requirement: string;
  readonly why: Problem;
}

/** How signatures of one kind are packaged. Pure: no network, no clock. */
export interface PackagingPolicy {
  readonly urn: string;
  readonly title: string;
  /** The published text; it never changes once a package names it. */
  readonly text: URL;
  /** Nothing is made under it any more; what was made is still verified. */
  readonly earlier?: true;
  /** Whether what was signed is packaged under it. */
  applies(signed: {
    readonly format: string;
    readonly handwritten: boolean;
    readonly trail: readonly string[];
  }): boolean;
  /** What is missing in a content before it is sealed. */
  gaps(content: LtvSdoContent): readonly PolicyGap[];
  /** Judges the signature in a package from the package alone. Throws EVIDENCE_INVALID and its kin. */
  verify(content: LtvSdoContent, anchors: readonly Uint8Array[]): PackagedSignature;
  /** What the seal's path is judged with: whether each authority needs evidence of its own. `told` where absent. */
  readonly authorities?: 'told' | 'answered';
}

/** What a package's signature is worth, and what it carries. */
export interface PackagedSignature {
  /** Leaf first; empty where no certificate tells who signed. */
  readonly path: readonly Certificate[];
  /** The document that was signed, where the package carries it; its digest holds. */
  readonly document?: Uint8Array;
  /** Of the signer, drawn or typed, for this document. */
  readonly handwriting?: { readonly kind: 'drawn' | 'typed'; readonly text: string };
  /** A provider proves who acted; that it was about this document is the service's own word. */
  readonly ownWord?: true;
}
