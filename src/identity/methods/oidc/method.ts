/** OpenID Connect behind the port: the signer is sent to the provider, and comes back with a code; or is asked in their app. */
import {
  nonceOf,
  restored,
  shortCode,
  withoutDocuments,
  type Commitment,
  type KeptCommitment,
} from '../../evidence/identity/commitment.ts';
import { OTHER_DOCUMENTS } from '../../evidence/identity/kept.ts';
import { presentedOf } from '../../evidence/identity/presented.ts';
import { hiddenData } from '../../evidence/identity/proofs/bankid-signature.ts';
import { REQUEST } from '../../evidence/identity/proofs/json.ts';
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
import { OidcAct } from './act.ts';
import { inAppMethod } from './in-app.ts';
import { authorizationUrl, exchange, requestParameters, type Exchanged } from './exchange.ts';
import { withOptions } from './options.ts';
import { oidcProblems } from './problems.ts';
import { eidAt } from './profiles/index.ts';
import type { OidcEid } from './profiles/profile.ts';
import type { OidcProvider } from './provider.ts';
import { refusalOf } from './refusal.ts';

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
  const act = new OidcAct(entry, use, provider, eid, authorities, deps);
  return {
    ...(use === 'sign' && { signs: 'native' as const, together: true as const }),
    comparesNationalIds: eid.nationalId !== undefined,
    ...(eid.backchannel ? inAppMethod(act, eid.backchannel) : redirectMethod(act)),
  };
}

function redirectMethod(act: OidcAct): Pick<IdentityMethod, 'start' | 'continue'> {
  const method = new RedirectMethod(act);
  return {
    start: (task, visitor) => method.start(task, visitor),
    continue: (task, state, input, visitor) =>
      method.continue(task, state, input.kind === 'returned' ? input.params : undefined, visitor),
  };
}

class RedirectMethod {
  readonly #act: OidcAct;

  constructor(act: OidcAct) {
    this.#act = act;
  }

  /** Throws UNAVAILABLE, METHOD_UNSUPPORTED. */
  async start(task: MethodTask, visitor: Visitor): Promise<Step> {
    const { deps, eid, provider } = this.#act;
    const commitment = await this.#act.commit(task, visitor);
    const begun: Begun = {
      verifier: Buffer.from(deps.random(32)).toString('base64url'),
      commitment: withoutDocuments(commitment),
      started: commitment.created,
    };
    const connection = await provider.connect();
    const nonce = nonceOf(commitment);
    const document = await this.#document(task, commitment);
    const request = {
      ...{ ...this.#request(task, commitment), nonce, verifier: begun.verifier },
      ...(document && { document }),
    };
    const { url, expiresIn } = await authorizationUrl(provider, connection, {
      ...request,
      returnState: task.returnState,
    }).catch((error: unknown) => {
      throw this.#act.unavailable(error);
    });
    const code = shortCode(commitment);
    return {
      kind: 'show',
      state: JSON.stringify(begun),
      // where no app shows it, there is nothing to compare it with
      show: {
        ...{ as: 'redirect', url: url.href },
        ...(eid.textLimit !== undefined && { code }),
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
    const { provider } = this.#act;
    if (!params) return this.#act.refused({ check: 'returned', why: oidcProblems.of('oidc/not-returned') });
    const { error } = params;
    if (error !== undefined) return { kind: 'cancelled', code: /^\w{1,64}$/.test(error) ? error : 'UNKNOWN' };
    const begun = JSON.parse(state) as Begun;
    const commitment = await restored(task, begun.commitment);
    if (!commitment) return this.#act.refused(OTHER_DOCUMENTS);
    const connection = await provider.connect();
    let exchanged: Exchanged;
    try {
      exchanged = await exchange(
        provider,
        connection,
        {
          returnUrl: task.returnUrl,
          returnState: task.returnState,
          nonce: nonceOf(commitment),
          verifier: begun.verifier,
        },
        params,
        this.#act.wantsMore(task),
      );
    } catch (cause) {
      const refusal = refusalOf(cause);
      if (!refusal) throw this.#act.unavailable(cause);
      return this.#act.refused(refusal);
    }
    const request = requestParameters(provider, {
      ...this.#request(task, commitment),
      nonce: nonceOf(commitment),
    });
    const bytes = Buffer.from(JSON.stringify(request));
    return this.#act.judge(task, {
      ...{ commitment, started: begun.started, exchanged, visitor },
      asked: [{ role: REQUEST, mediaType: 'application/json', bytes }],
    });
  }

  /** What the provider is to show of a signature, where it does that. */
  get #transaction(): OidcEid['transaction'] {
    return this.#act.use === 'sign' ? this.#act.eid.transaction : undefined;
  }

  /** What the eID itself is to sign, where it does that. */
  get #native(): OidcEid['native'] {
    return this.#act.use === 'sign' ? this.#act.eid.native : undefined;
  }

  async #document({ documents }: MethodTask, commitment: Commitment) {
    if (!this.#transaction) return undefined;
    const { text } = presentedOf(commitment);
    return this.#transaction.document(text ?? (await documents[0]!.read()));
  }

  /** What the provider is asked, the same at start and at return. */
  #request(task: MethodTask, commitment: Commitment) {
    const asked = this.#act.asked(task, commitment);
    return {
      returnUrl: task.returnUrl,
      scopes: [
        ...this.#act.scopes(task),
        ...(this.#transaction?.scopes ?? []),
        ...(this.#native?.scopes ?? []),
      ],
      parameters: {
        ...this.#act.eid.parameters(asked),
        ...this.#transaction?.ask(presentedOf(commitment)),
        ...this.#native?.ask(asked, hiddenData(commitment)),
      },
    };
  }
}
