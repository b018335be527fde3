/** What METHODS_FILE may say of one name: over what the profile knows of the eID. */
import type { Assurance, CatalogueEntry } from '../../method.ts';
import { list, object, oneOf, record, text } from '../../evidence/identity/shape.ts';
import { oidcProblems } from './problems.ts';
import type { Asked, OidcEid } from './profiles/profile.ts';

interface NameOptions {
  /** Has the provider show what is signed, and seal that it did. */
  readonly transactionSigning?: boolean;
  /** Asks for the signature that the eID itself makes. */
  readonly nativeSignature?: boolean;
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

/** What this eID does not do at this kind of provider. */
function impossible(eid: OidcEid, { transactionSigning, nativeSignature }: NameOptions): string | undefined {
  if (transactionSigning && !eid.transaction) return '/transactionSigning';
  return nativeSignature && !eid.native ? '/nativeSignature' : undefined;
}

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
  const { transaction, native, ...always } = eid;
  return {
    ...always,
    ...(transaction && transactionSigning && { transaction }),
    ...(native && nativeSignature && { native }),
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
    parameters: (asked: Asked) => ({
      ...eid.parameters(asked),
      ...(acrValues !== undefined && { acr_values: acrValues }),
      ...(text && { [text.parameter]: asked.text }),
      ...parameters,
    }),
  };
}
