/** One act by OpenID Connect, whichever way the person is asked: what is asked for, and how the answer is judged. */
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { commitToTask, shownText, type Commitment } from '../../evidence/identity/commitment.ts';
import { keepEvidence } from '../../evidence/identity/kept.ts';
import { organisationFact } from '../../evidence/identity/organisation.ts';
import type { Claims } from '../../evidence/identity/jws.ts';
import { ID_TOKEN } from '../../evidence/identity/proofs/id-token.ts';
import type { CatalogueEntry, MethodDeps, MethodTask, Step, Use, Visitor } from '../../method.ts';
import type { BrokerAuthorities } from '../../oces/broker-certificate.ts';
import { identityOf, needsMore, sameNationalId } from './claims.ts';
import { makeEvidence, PAGE_TEXT, type EvidenceInput } from './evidence.ts';
import type { Exchanged } from './exchange.ts';
import { entryWithKey } from './key-log.ts';
import { oidcProblems } from './problems.ts';
import type { Asked, OidcEid } from './profiles/profile.ts';
import type { OidcProvider } from './provider.ts';
import { safeCause, type Refusal } from './refusal.ts';

/** What was exchanged for, and what about. */
export interface Answered extends Pick<
  EvidenceInput,
  'asked' | 'inApp' | 'started' | 'exchanged' | 'visitor'
> {
  readonly commitment: Commitment;
}

export class OidcAct {
  readonly entry: CatalogueEntry;
  readonly use: Use;
  readonly provider: OidcProvider;
  readonly eid: OidcEid;
  readonly deps: MethodDeps;
  readonly #authorities: BrokerAuthorities;

  constructor(
    entry: CatalogueEntry,
    use: Use,
    provider: OidcProvider,
    eid: OidcEid,
    authorities: BrokerAuthorities,
    deps: MethodDeps,
  ) {
    this.entry = entry;
    this.use = use;
    this.provider = provider;
    this.eid = eid;
    this.#authorities = authorities;
    this.deps = deps;
  }

  commit(task: MethodTask, { language }: Visitor): Promise<Commitment> {
    const { clock, random } = this.deps;
    return commitToTask(task, { level: this.entry.assurance, language }, { now: clock.now(), random });
  }

  /** What the profile asks with, the same at start and at the end. */
  asked(task: MethodTask, commitment: Commitment): Asked {
    return {
      level: this.entry.assurance,
      language: commitment.consent.language,
      text: shownText(commitment, this.eid.textLimit ?? PAGE_TEXT),
      signing: this.use === 'sign' || task.binding !== undefined,
    };
  }

  /** Beside `openid`. */
  scopes(task: MethodTask): readonly string[] {
    const { scopes = [], scopesFor = {} } = this.eid;
    const wanted = this.#wantsNationalId(task)
      ? [...this.entry.attributes, 'national-id' as const]
      : this.entry.attributes;
    return [...scopes, ...wanted.flatMap((attribute) => scopesFor[attribute] ?? [])];
  }

  /** Whether userinfo has to be asked, given the claims of the id_token. */
  wantsMore(task: MethodTask): (token: Claims) => boolean {
    return (token) => needsMore([[ID_TOKEN, token]], this.eid, this.#wantsNationalId(task));
  }

  async judge(task: MethodTask, { exchanged, ...answered }: Answered): Promise<Step> {
    const at = this.deps.clock.now();
    const logged = await this.#logged(exchanged);
    const made = makeEvidence({
      ...{ entry: this.entry, provider: this.provider, eid: this.eid, exchanged, at, ...answered },
      purpose: this.use === 'sign' ? 'sign' : 'log-on',
      authorities: this.#authorities,
      ...(logged && { logged }),
      expected: task.expected.nationalId,
      salt: Buffer.from(this.deps.random(32)).toString('base64url'),
    });
    if (!made) return this.refused({ check: 'identity', why: oidcProblems.of('oidc/no-subject') });
    const { bytes, subject } = made;
    const kept = await keepEvidence(bytes, task, at, { anchors: this.#authorities.anchors });
    if ('failure' in kept) return this.refused(kept.failure);
    const identity = identityOf(subject, kept.evidence.assurance);
    const mismatch = this.#mismatch(task, identity.subjectId, identity.nationalId?.id);
    if (mismatch) return mismatch;
    const audit = this.use === 'sign' ? organisationFact(identity) : [];
    return { kind: 'done', identity, evidence: kept.kept, audit };
  }

  refused({ check, why }: Refusal): Step {
    const code = this.use === 'sign' ? 'NATIVE_SIGNATURE_REFUSED' : 'LOGIN_REFUSED';
    return { kind: 'refused', problem: oidcProblems.error(code, { check, why }), retry: 'restart' };
  }

  unavailable(cause: unknown): SeglError {
    if (isSeglError(cause, 'UNAVAILABLE', 'METHOD_UNSUPPORTED')) return cause;
    const what = oidcProblems.of('oidc/provider', { provider: this.provider.id });
    return oidcProblems.error('UNAVAILABLE', { what }, { cause: safeCause(cause) });
  }

  async #logged(exchanged: Exchanged) {
    return entryWithKey(exchanged, (await this.deps.keyLog?.(this.provider.id)) ?? []);
  }

  #wantsNationalId({ expected }: MethodTask): boolean {
    return expected.nationalId !== undefined || this.entry.attributes.includes('national-id');
  }

  /** Somebody else than the order is for, or than acted before in this session. */
  #mismatch({ expected }: MethodTask, subjectId: string, nationalId: string | undefined): Step | undefined {
    const { country = '' } = this.eid.nationalId ?? {};
    const isSame = (other: string): boolean =>
      nationalId !== undefined && sameNationalId(nationalId, other, country);
    const isOther =
      (expected.subjectId !== undefined && expected.subjectId !== subjectId) ||
      (expected.nationalId !== undefined &&
        this.eid.nationalId !== undefined &&
        !isSame(expected.nationalId));
    if (!isOther) return undefined;
    const problem =
      this.use === 'sign' ? oidcProblems.error('SIGNER_MISMATCH') : oidcProblems.error('LOGIN_MISMATCH');
    return { kind: 'refused', problem, retry: 'restart' };
  }
}
