/**
 * A person's way through a log-on that another system asked for, as the pages see it: open, choose, log on, or leave. What is
 * answered, and to whom, is decided behind this interface; in which form is the matter of the protocol.
 */
import type { MethodInput } from '@segl/identity/method';
import type { AskedLogin, LoginOutcome, LoginReply } from '../domain/login/model.ts';
import type { AuthnRequest, ServiceProvider } from '../domain/login/service-provider.ts';
import type { SessionKey } from '../domain/signing-session/client-info.ts';
import type { SignerPage, StartedMethod } from './signing-api.ts';

export interface LoginService {
  /**
   * Begins a log-on. What is wrong with the methods is answered where the answer goes; throws LOGIN_TARGET_REFUSED where
   * that is not known to be the account's.
   */
  open(asked: AskedLogin): Promise<SessionKey>;
  /** A service provider of the account; undefined: it is not registered. */
  provider(service: string, entityId: string): Promise<ServiceProvider | undefined>;
  /**
   * Begins a log-on for a request of SAML 2.0; it is answered where its service provider has registered. Throws
   * LOGIN_REQUEST_REFUSED for one that is not taken. `destination`: the address that it came to.
   */
  openRequest(asked: {
    readonly service: string;
    readonly request: AuthnRequest;
    readonly provider: ServiceProvider;
    readonly destination: string;
  }): Promise<SessionKey>;
  /** Where the person stands. Throws SESSION_GONE. */
  view(key: SessionKey): Promise<LoginView>;
  /** Settles the method; an empty name leaves it open again. Throws STEP_NOT_DUE for one that is not offered. */
  choose(key: SessionKey, method: string): Promise<void>;
  /** What the method shows. Throws STEP_NOT_DUE. */
  start(key: SessionKey, page: SignerPage): Promise<StartedMethod>;
  /** Takes what the page brought back. Throws what the method refuses it with; STEP_NOT_DUE. */
  receive(key: SessionKey, result: SignerPage & { readonly input: MethodInput }): Promise<void>;
  /** The person leaves. */
  cancel(key: SessionKey): Promise<void>;
}

export interface LoginView {
  readonly service: string;
  readonly profile?: string;
  readonly language?: string;
  readonly reply: LoginReply;
  /** `choose`: one of the methods; `log-on`: the method's turn; `answer`: to be sent on now. */
  readonly step:
    | { readonly kind: 'choose'; readonly methods: readonly OfferedLogin[] }
    | { readonly kind: 'log-on'; readonly canChoose: boolean }
    | { readonly kind: 'answer'; readonly outcome: LoginOutcome };
}

/** A method that a person can choose. */
export interface OfferedLogin {
  readonly name: string;
  readonly title: string;
  /** By language, where it is another. */
  readonly titles: Readonly<Record<string, string>>;
}
