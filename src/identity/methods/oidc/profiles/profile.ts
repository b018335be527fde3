/** What a kind of OpenID provider is like: how an eID is asked for there, and which of its claims say what. Data. */
import type { Presented } from '../../../evidence/identity/presented.ts';
import type { Assurance, Attribute } from '../../../method.ts';

/** Alternatives: the first whose claims are there; several claims are joined by a space. */
export type ClaimNames = readonly (readonly string[])[];

/** What is asked for. */
export interface Asked {
  readonly level: Assurance;
  readonly language: string;
  /** To be shown in the app. */
  readonly text: string;
  readonly signing: boolean;
}

/** What is asked for in the app of one person. */
export interface AskedInApp extends Asked {
  /** As the provider knows the person: see `knownBy`. */
  readonly person: string;
  /** Of the browser that waits. */
  readonly ip: string;
}

/** How an eID is asked for behind the browser: the person is asked in their app (OpenID Connect CIBA Core 1.0, poll mode). */
export interface Backchannel {
  readonly knownBy: 'national-id' | 'phone';
  /** Whether the page may ask the signer for it, where the order does not tell. */
  readonly asksSigner: boolean;
  /** Characters of the text that the app shows. */
  readonly textLimit: number;
  /** Parameters of the request (section 7.1): the hint, the text, and what the kind of provider wants besides. */
  ask(asked: AskedInApp): Readonly<Record<string, string>>;
}

/** An eID as a kind of provider serves it. */
export interface OidcEid {
  /** Against what it was tried, beside what the sandbox has of it. */
  readonly tested?: string;
  readonly levels: readonly Assurance[];
  readonly attributes: readonly Attribute[];
  /** Always, beside `openid`. */
  readonly scopes?: readonly string[];
  /** For what an order asks for. */
  readonly scopesFor?: Readonly<Partial<Record<Attribute, readonly string[]>>>;
  /** Parameters of the authorization request. */
  parameters(asked: Asked): Readonly<Record<string, string>>;
  /** Characters of the text that the app shows; absent: it shows none. */
  readonly textLimit?: number;
  /** The claim in which the text comes back. */
  readonly textClaim?: string;
  /** The claim that tells the level, and what its values amount to. */
  readonly level: { readonly claim: string; readonly scale: Readonly<Record<string, Assurance>> };
  readonly factors?: string;
  /** The claim that tells which eID it was, and its values for this one; absent where others give none of these claims. */
  readonly answered?: { readonly claim: string; readonly values: readonly string[] };
  /** Shows what is signed, and seals that it did; absent: it shows a line of text at most. */
  readonly transaction?: {
    readonly scopes: readonly string[];
    /** Parameters that ask for it; `document`: those with the document itself, which are pushed and not kept. */
    ask(presented: Presented): Readonly<Record<string, string>>;
    document(bytes: Uint8Array): Readonly<Record<string, string>>;
  };
  /** Signs itself, and gives that signature in its token (BankID's profile); absent: nothing is asked for. */
  readonly native?: {
    readonly scopes: readonly string[];
    /** Over those of `parameters`: with what is signed and not shown. */
    ask(asked: Asked, hidden: string): Readonly<Record<string, string>>;
    /** Claims with the signature and the status of its certificate, each in base64. */
    readonly claims: { readonly signature: string; readonly status: string };
  };
  /** The provider can ask the person in their app; absent: it is asked for through the browser alone. */
  readonly backchannel?: Backchannel;
  readonly subject: { readonly scheme: string; readonly claims: ClaimNames };
  readonly name: ClaimNames;
  readonly birthDate?: ClaimNames;
  readonly nationalId?: { readonly country: string; readonly type: string; readonly claims: ClaimNames };
  readonly organisation?: { readonly id: ClaimNames; readonly name?: ClaimNames };
  /** Ids by which a person is found again after a change of provider. */
  readonly continuity?: readonly {
    readonly scheme: string;
    readonly claim: string;
    /** Counts only where this claim says so. */
    readonly where?: { readonly claim: string; readonly value: string };
  }[];
}

export interface OidcProfile {
  readonly title: string;
  readonly eids: Readonly<Record<string, OidcEid>>;
  /** Requests are signed (RFC 9101), whatever the settings say. */
  readonly requestObject?: true;
  /** Its tokens tell `auth_time` where `max_age` was sent (OpenID Connect Core section 2). */
  readonly authTime?: true;
  /** Names of fields that must be set, beside those that always must. */
  readonly required?: readonly string[];
}

/** Danish MitID tells levels by these words at most providers. */
export const UPPER_CASE = { LOW: 'low', SUBSTANTIAL: 'substantial', HIGH: 'high' } as const;

/** The Danish number. */
export const CPR = { country: 'DK', type: 'CPR' } as const;

export const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
export const base64url = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');
