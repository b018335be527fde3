/** A log-on that another system asked for: who is to be told, and what. Plain data. */
import type { AssertedAttribute, Assurance, NationalId } from '@segl/identity/method';
import type { ContextScale, NameIdKind } from './service-provider.ts';

/** Minutes without a request after which a log-on is over. */
export const LOGIN_IDLE_MINUTES = 20;

/** Seconds from the log-on in which its answer can be fetched; an assertion is valid for as long. */
export const ANSWER_SECONDS = 30;

/** Where the answer goes, and in which form. */
export type LoginReply = Saml1Reply | Saml2Reply;

/** SAML 1.1, Browser/POST. */
export interface Saml1Reply {
  readonly protocol: 'saml1';
  /** As it was asked for, byte for byte. */
  readonly target: string;
}

/** SAML 2.0, Web Browser SSO. */
export interface Saml2Reply {
  readonly protocol: 'saml2';
  /** Of the service provider. */
  readonly entityId: string;
  /** The assertion consumer service, from the metadata. */
  readonly consumer: string;
  /** Of the request. */
  readonly requestId: string;
  readonly relayState?: string;
  readonly nameId: NameIdKind;
  /** That do; none: all. */
  readonly levels: readonly Assurance[];
  readonly scale: ContextScale;
  /** DER, base64: the certificate that the assertion is encrypted to. */
  readonly encryption?: string;
}

export interface AskedLogin {
  readonly service: string;
  /** Names to choose from; none: all that the account has. */
  readonly methods: readonly string[];
  readonly profile?: string;
  /** ISO 639-1. */
  readonly language?: string;
  readonly reply: LoginReply;
}

/** What came of it. */
export type LoginOutcome =
  | { readonly kind: 'authenticated'; readonly logOn: LogOn }
  /** The person, or the provider, ended it. */
  | { readonly kind: 'cancelled' }
  | LoginFailure;

export interface LoginFailure {
  readonly kind: 'failed';
  /** Of the problem. */
  readonly code: string;
  readonly method?: string;
}

/** Who logged on, when and with what. */
export interface LogOn {
  /** As it was asked for. */
  readonly method: string;
  /** Of the eID, e.g. `bankid-no`. */
  readonly family: string;
  readonly assurance: Assurance;
  /** ISO 8601, from the clock of the service. */
  readonly at: string;
  /** The method's own id of the person. */
  readonly subjectId: string;
  readonly displayName: string;
  readonly givenName: string;
  readonly surname: string;
  readonly nationalId?: NationalId;
  /** ISO 8601. */
  readonly birthDate?: string;
  /** Where a certificate tells who it is. */
  readonly subjectDn?: string;
  readonly authenticationMethod?: string;
  /** Of this eID, beside those of all. */
  readonly attributes: readonly AssertedAttribute[];
}
