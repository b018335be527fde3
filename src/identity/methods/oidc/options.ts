/** What METHODS_FILE may say of one name: over what the profile knows of the eID. */
import type { Assurance, CatalogueEntry } from '../../method.ts';
import { list, object, oneOf, record, text } from '../../evidence/identity/shape.ts';
import { oidcProblems } from './problems.ts';
import type { Asked, Backchannel, OidcEid } from './profiles/profile.ts';

interface NameOptions {
  /** Has the provider show what is signed, and seal that it did. */
  readonly transactionSigning?: boolean;
  /** Asks for the signature that the eID itself makes. */
  readonly nativeSignature?: boolean;
  /** Asks the person in their app, and sends the browser nowhere (CIBA). */
  readonly backchannel?: boolean;
  /** How the provider is told whom to ask there, over what the profile says: `prefix` before the number. */
  readonly hint?: {
    readonly parameter: 'login_hint' | 'login_hint_token';
    readonly knownBy: Backchannel['knownBy'];
    readonly prefix?: string;
  };
  /** Whether the page may ask for it. */
  readonly asksSigner?: boolean;
  readonly acrValues?: string;
  readonly scopes?: readonly string[];
  /** Further parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly levelClaim?: string;
  /** What the values of that claim amount to. */
  readonly levels?: Readonly<Record<string, Assurance>>;
  readonly subjectClaim?: string;
  /** Joined by a space. */
  readonly nameClaims?: readonly string[];
  readonly nationalId?: { readonly claim: string; readonly country: string; readonly type: string };
  /** A parameter that takes the text to be shown as it is, how long it may be, and the claim that it comes back in. */
  readonly text?: { readonly parameter: string; readonly limit: number; readonly claim?: string };
}

const claim = text(128, /^[\x21-\x7e]+$/u);

const shape = object(
  {},
  {
    transactionSigning: oneOf(true, false),
    nativeSignature: oneOf(true, false),
    backchannel: oneOf(true, false),
    hint: object(
      { parameter: oneOf('login_hint', 'login_hint_token'), knownBy: oneOf('national-id', 'phone') },
      { prefix: text(128, /^[\x21-\x7e]+$/u) },
    ),
    asksSigner: oneOf(true, false),
    acrValues: text(512),
    scopes: list(claim, 16),
    parameters: record(text(2_000), 32),
    levelClaim: claim,
    levels: record(oneOf('low', 'substantial', 'high'), 32),
    subjectClaim: claim,
    nameClaims: list(claim, 8),
    nationalId: object({ claim, country: text(2, /^[A-Z]{2}$/u), type: claim }),
    text: object(
      {
        parameter: claim,
        limit: (value, path) =>
          Number.isSafeInteger(value) && (value as number) >= 20 && (value as number) <= 4_000
            ? undefined
            : path,
      },
      { claim },
    ),
  },
);

/** What this eID does not do at this kind of provider, or not together. */
function impossible(eid: OidcEid, options: NameOptions): string | undefined {
  const { transactionSigning, nativeSignature, backchannel, hint, asksSigner } = options;
  if (transactionSigning && (!eid.transaction || backchannel)) return '/transactionSigning';
  if (nativeSignature && (!eid.native || backchannel)) return '/nativeSignature';
  if (backchannel) return eid.backchannel || hint ? undefined : '/backchannel';
  if (hint) return '/hint';
  return asksSigner === undefined ? undefined : '/asksSigner';
}

/** Characters of a text in an app of which nothing else is known: CIBA Core section 7.1 wants it short. */
const SHORT_TEXT = 100;

/** How the person is asked in their app, by the profile or by the options; undefined: they are not. */
function inApp(eid: OidcEid, options: NameOptions): Backchannel | undefined {
  const { backchannel, hint, asksSigner, acrValues, parameters, text: shown } = options;
  if (!backchannel) return undefined;
  const { knownBy = 'phone', prefix = '', parameter = 'login_hint' } = hint ?? {};
  const known: Backchannel = (!hint && eid.backchannel) || {
    ...{ knownBy, asksSigner: false, textLimit: SHORT_TEXT },
    ask: (asked) => ({ [parameter]: `${prefix}${asked.person}`, binding_message: asked.text }),
  };
  return {
    ...known,
    asksSigner: asksSigner ?? known.asksSigner,
    // the text and what it is bound with are kept with the session
    textLimit: Math.min(shown?.limit ?? known.textLimit, 1_000),
    ask: (asked) => ({
      ...known.ask(asked),
      ...(acrValues !== undefined && { acr_values: acrValues }),
      ...(shown && { [shown.parameter]: asked.text }),
      ...parameters,
    }),
  };
}

/** Whether whoever signs by this name is asked in their app. */
export const isAskedInApp = ({ options }: Pick<CatalogueEntry, 'options'>): boolean =>
  (options as NameOptions).backchannel === true;

/** The eID with the options of the name. Throws CONFIG_INVALID. */
export function withOptions(eid: OidcEid, { name, options }: CatalogueEntry): OidcEid {
  const wrong = shape(options, '') ?? impossible(eid, options);
  if (wrong !== undefined) {
    const problems = [oidcProblems.of('oidc/option', { name, option: wrong.slice(1) })];
    throw oidcProblems.error('CONFIG_INVALID', { problems });
  }
  const {
    acrValues,
    scopes,
    parameters,
    levelClaim,
    levels,
    subjectClaim,
    nameClaims,
    nationalId,
    text,
    transactionSigning,
    nativeSignature,
  } = options as NameOptions;
  const { transaction, native, backchannel: _, ...always } = eid;
  const backchannel = inApp(eid, options);
  return {
    ...always,
    ...(transaction && transactionSigning && { transaction }),
    ...(native && nativeSignature && { native }),
    ...(backchannel && { backchannel }),
    ...(scopes && { scopes }),
    ...((levelClaim !== undefined || levels) && {
      level: { claim: levelClaim ?? eid.level.claim, scale: levels ?? eid.level.scale },
    }),
    ...(subjectClaim !== undefined && { subject: { scheme: subjectClaim, claims: [[subjectClaim]] } }),
    ...(nameClaims && { name: [nameClaims] }),
    ...(nationalId && {
      nationalId: { country: nationalId.country, type: nationalId.type, claims: [[nationalId.claim]] },
    }),
    ...(text && { textLimit: text.limit, ...(text.claim !== undefined && { textClaim: text.claim }) }),
    ...(backchannel && { textLimit: backchannel.textLimit }),
    parameters: (asked: Asked) => ({
      ...eid.parameters(asked),
      ...(acrValues !== undefined && { acr_values: acrValues }),
      ...(text && { [text.parameter]: asked.text }),
      ...parameters,
    }),
  };
}
