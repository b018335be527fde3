/** OpenID Connect behind the port: the signer is sent to the provider, and comes back with a code. */
import { isSeglError, type SeglError } from '@segl/problem/errors';
import {
  commitToTask,
  nonceOf,
  restored,
  shortCode,
  shownText,
  withoutDocuments,
  type Commitment,
  type KeptCommitment,
} from '../../evidence/identity/commitment.ts';
import { keepEvidence, OTHER_DOCUMENTS } from '../../evidence/identity/kept.ts';
import { presentedOf } from '../../evidence/identity/presented.ts';
import { hiddenData } from '../../evidence/identity/proofs/bankid-signature.ts';
import { ID_TOKEN } from '../../evidence/identity/proofs/id-token.ts';
import type {
  CatalogueEntry,
  IdentityMethod,
  MethodDeps,
  MethodTask,
  Step,
  Use,
  Visitor,
} from '../../method.ts';
import type { BrokerAuthorities } from '../../oces/broker-certificate.ts';
import { identityOf, needsMore, sameNationalId } from './claims.ts';
import { makeEvidence, PAGE_TEXT } from './evidence.ts';
import { authorizationUrl, exchange, requestParameters, type Exchanged } from './exchange.ts';
import { entryWithKey } from './key-log.ts';
import { withOptions } from './options.ts';
import { oidcProblems } from './problems.ts';
import { eidAt } from './profiles/index.ts';
import type { Asked, OidcEid } from './profiles/profile.ts';
import type { OidcProvider } from './provider.ts';
import { refusalOf, safeCause, type Refusal } from './refusal.ts';

/** From start to return. Everything else is made again from it. */
interface Begun {
  readonly verifier: string;
  readonly commitment: KeptCommitment;
  readonly started: string;
}

export function oidcMethod(
  entry: CatalogueEntry,
  use: Use,
  provider: OidcProvider,
  authorities: BrokerAuthorities,
  deps: MethodDeps,
): IdentityMethod {
  const eid = withOptions(eidAt(provider.profile, entry.eid ?? entry.name), entry);
  const method = new OidcMethod(entry, use, provider, eid, authorities, deps);
  return {
    ...(use === 'sign' && { signs: 'native' as const, together: true as const }),
    comparesNationalIds: eid.nationalId !== undefined,
    start: (task, visitor) => method.start(task, visitor),
    continue: (task, state, input, visitor) =>
      method.continue(task, state, input.kind === 'returned' ? input.params : undefined, visitor),
  };
}

class OidcMethod {
  readonly #entry: CatalogueEntry;
  readonly #use: Use;
  readonly #provider: OidcProvider;
  readonly #eid: OidcEid;
  readonly #authorities: BrokerAuthorities;
  readonly #deps: MethodDeps;

  constructor(
    entry: CatalogueEntry,
    use: Use,
    provider: OidcProvider,
    eid: OidcEid,
    authorities: BrokerAuthorities,
    deps: MethodDeps,
  ) {
    this.#entry = entry;
    this.#use = use;
    this.#provider = provider;
    this.#eid = eid;
    this.#authorities = authorities;
    this.#deps = deps;
  }

  /** Throws UNAVAILABLE, METHOD_UNSUPPORTED. */
  async start(task: MethodTask, visitor: Visitor): Promise<Step> {
    const { clock, random } = this.#deps;
    const now = clock.now();
    const commitment = await commitToTask(
      task,
      { level: this.#entry.assurance, language: visitor.language },
      { now, random },
    );
    const begun: Begun = {
      verifier: Buffer.from(random(32)).toString('base64url'),
      commitment: withoutDocuments(commitment),
      started: now.toISOString(),
    };
    const connection = await this.#provider.connect();
    const nonce = nonceOf(commitment);
    const document = await this.#document(task, commitment);
    const request = {
      ...{ ...this.#request(task, commitment), nonce, verifier: begun.verifier },
      ...(document && { document }),
    };
    const { url, expiresIn } = await authorizationUrl(this.#provider, connection, {
      ...request,
      returnState: task.returnState,
    }).catch((error: unknown) => {
      throw this.#unavailable(error);
    });
    const code = shortCode(commitment);
    return {
      kind: 'show',
      state: JSON.stringify(begun),
      // where no app shows it, there is nothing to compare it with
      show: {
        ...{ as: 'redirect', url: url.href },
        ...(this.#eid.textLimit !== undefined && { code }),
        ...(expiresIn !== undefined && { goodForMs: expiresIn * 1_000 }),
      },
      asked: { 'commitment-sha256': Buffer.from(nonce, 'base64url').toString('base64'), 'short-code': code },
    };
  }

  /** Throws UNAVAILABLE, SIGNER_MISMATCH. */
  async continue(
    task: MethodTask,
    state: string,
    params: Readonly<Record<string, string>> | undefined,
    visitor: Visitor,
  ): Promise<Step> {
    if (!params) return this.#refused({ check: 'returned', why: oidcProblems.of('oidc/not-returned') });
    const { error } = params;
    if (error !== undefined) return { kind: 'cancelled', code: /^\w{1,64}$/.test(error) ? error : 'UNKNOWN' };
    const begun = JSON.parse(state) as Begun;
    const commitment = await restored(task, begun.commitment);
    if (!commitment) return this.#refused(OTHER_DOCUMENTS);
    const connection = await this.#provider.connect();
    let exchanged: Exchanged;
    try {
      exchanged = await exchange(
        this.#provider,
        connection,
        {
          returnUrl: task.returnUrl,
          returnState: task.returnState,
          nonce: nonceOf(commitment),
          verifier: begun.verifier,
        },
        params,
        (token) => needsMore([[ID_TOKEN, token]], this.#eid, this.#wantsNationalId(task)),
      );
    } catch (cause) {
      const refusal = refusalOf(cause);
      if (!refusal) throw this.#unavailable(cause);
      return this.#refused(refusal);
    }
    return this.#judge(task, { commitment, started: begun.started }, exchanged, visitor);
  }

  async #judge(
    task: MethodTask,
    { commitment, started }: { readonly commitment: Commitment; readonly started: string },
    exchanged: Exchanged,
    visitor: Visitor,
  ): Promise<Step> {
    const at = this.#deps.clock.now();
    const logged = entryWithKey(exchanged, (await this.#deps.keyLog?.(this.#provider.id)) ?? []);
    const made = makeEvidence({
      ...{ entry: this.#entry, provider: this.#provider, eid: this.#eid, exchanged, visitor, at },
      ...{ commitment, started },
      purpose: this.#use === 'sign' ? 'sign' : 'log-on',
      request: requestParameters(this.#provider, {
        ...this.#request(task, commitment),
        nonce: nonceOf(commitment),
      }),
      authorities: this.#authorities,
      ...(logged && { logged }),
      expected: task.expected.nationalId,
      salt: Buffer.from(this.#deps.random(32)).toString('base64url'),
    });
    if (!made) return this.#refused({ check: 'identity', why: oidcProblems.of('oidc/no-subject') });
    const { bytes, subject } = made;
    const kept = await keepEvidence(bytes, task, at, { anchors: this.#authorities.anchors });
    if ('failure' in kept) return this.#refused(kept.failure);
    const identity = identityOf(subject, kept.evidence.assurance);
    const mismatch = this.#mismatch(task, identity.subjectId, identity.nationalId?.id);
    if (mismatch) return mismatch;
    return { kind: 'done', identity, evidence: kept.kept, audit: [] };
  }

  /** Somebody else than the order is for, or than acted before in this session. Throws SIGNER_MISMATCH when signing. */
  #mismatch({ expected }: MethodTask, subjectId: string, nationalId: string | undefined): Step | undefined {
    const { country = '' } = this.#eid.nationalId ?? {};
    const isSame = (other: string): boolean =>
      nationalId !== undefined && sameNationalId(nationalId, other, country);
    const isOther =
      (expected.subjectId !== undefined && expected.subjectId !== subjectId) ||
      (expected.nationalId !== undefined &&
        this.#eid.nationalId !== undefined &&
        !isSame(expected.nationalId));
    if (!isOther) return undefined;
    const problem =
      this.#use === 'sign' ? oidcProblems.error('SIGNER_MISMATCH') : oidcProblems.error('LOGIN_MISMATCH');
    return { kind: 'refused', problem, retry: 'restart' };
  }

  #wantsNationalId({ expected }: MethodTask): boolean {
    return expected.nationalId !== undefined || this.#entry.attributes.includes('national-id');
  }

  /** What the provider is to show of a signature, where it does that. */
  get #transaction(): OidcEid['transaction'] {
    return this.#use === 'sign' ? this.#eid.transaction : undefined;
  }

  /** What the eID itself is to sign, where it does that. */
  get #native(): OidcEid['native'] {
    return this.#use === 'sign' ? this.#eid.native : undefined;
  }

  async #document({ documents }: MethodTask, commitment: Commitment) {
    if (!this.#transaction) return undefined;
    const { text } = presentedOf(commitment);
    return this.#transaction.document(text ?? (await documents[0]!.read()));
  }

  /** What the provider is asked, the same at start and at return. */
  #request(task: MethodTask, commitment: Commitment) {
    const { scopes = [], scopesFor = {} } = this.#eid;
    const wanted = this.#wantsNationalId(task)
      ? [...this.#entry.attributes, 'national-id' as const]
      : this.#entry.attributes;
    const asked: Asked = {
      level: this.#entry.assurance,
      language: commitment.consent.language,
      text: shownText(commitment, this.#eid.textLimit ?? PAGE_TEXT),
      signing: this.#use === 'sign' || task.binding !== undefined,
    };
    return {
      returnUrl: task.returnUrl,
      scopes: [
        ...scopes,
        ...(this.#transaction?.scopes ?? []),
        ...(this.#native?.scopes ?? []),
        ...wanted.flatMap((attribute) => scopesFor[attribute] ?? []),
      ],
      parameters: {
        ...this.#eid.parameters(asked),
        ...this.#transaction?.ask(presentedOf(commitment)),
        ...this.#native?.ask(asked, hiddenData(commitment)),
      },
    };
  }

  #refused({ check, why }: Refusal): Step {
    const code = this.#use === 'sign' ? 'NATIVE_SIGNATURE_REFUSED' : 'LOGIN_REFUSED';
    return { kind: 'refused', problem: oidcProblems.error(code, { check, why }), retry: 'restart' };
  }

  #unavailable(cause: unknown): SeglError {
    if (isSeglError(cause, 'UNAVAILABLE', 'METHOD_UNSUPPORTED')) return cause;
    const what = oidcProblems.of('oidc/provider', { provider: this.#provider.id });
    return oidcProblems.error('UNAVAILABLE', { what }, { cause: safeCause(cause) });
  }
}
