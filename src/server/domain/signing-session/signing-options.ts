/** The ways to sign that a task offers: which there are, which apply to a session, and which one was chosen. Pure. */
import { INK } from '@segl/identity/chain';
import type { MethodOffer } from '@segl/identity/registry';
import type { AuthenticationBasedSignature, Dialog, Signature, TaskSpec } from '../order/model.ts';
import type { InvalidValue } from '../order/invalid-value.ts';
import { orderProblems } from '../order/problems.ts';
import { identifications, withoutLeftOut } from './login.ts';
import { refused, whyNot, type ListedMethod } from './offered-methods.ts';

/**
 * `eid`: the eID itself signs. `login`: a login with an eID, which the service witnesses (authentication-based).
 * `hand`: drawn by hand, or typed, with no eID at all.
 */
export type WayKind = 'eid' | 'login' | 'hand';

export interface SigningWay {
  /** By its place in the task, such as `signature-1.2`; the same for as long as the task exists. */
  readonly id: string;
  readonly kind: WayKind;
  /** As orders name it; empty for `hand`. */
  readonly method: string;
  /** The signer draws as well; always so for `hand`. */
  readonly handwritten: boolean;
  readonly dialog?: Dialog;
  /** Login method with which the session must have begun. */
  readonly ifAuthentication?: string;
  /** The signer uses all of these, in this order (see `@segl/identity/chain`). */
  readonly chain?: readonly string[];
  /** One act signs all documents of the task that are signed in this way. */
  readonly together?: true;
}

/** `kindOf` a method that is named; one without a name is drawn by hand. `isTogether`: it signs several documents in one act. */
function waysOf<E extends AuthenticationBasedSignature>(
  name: string,
  elements: readonly E[],
  kindOf: (element: E, method: string) => 'eid' | 'login',
  isTogether: (kind: WayKind, method: string) => boolean,
  { chains }: MethodOffer,
): SigningWay[] {
  return elements.flatMap((signature, element) => {
    const { methods, dialog, ifAuthentication } = signature;
    return methods.flatMap((method, index): SigningWay[] => {
      const handwritten = method.handwritten === true;
      // names nothing: some clients send an element that they did not fill
      if (method.name === '' && !handwritten) return [];
      const kind = method.name === '' ? 'hand' : kindOf(signature, method.name);
      const chain = kind === 'eid' ? chains.get(method.name) : undefined;
      return [
        {
          id: `${name}-${element + 1}.${index + 1}`,
          kind,
          method: method.name,
          // a chain that ends with the drawing asks for it once
          handwritten: handwritten && chain?.includes(INK) !== true,
          ...(chain && { chain }),
          ...(dialog && { dialog }),
          ...(ifAuthentication !== undefined && { ifAuthentication }),
          ...(isTogether(kind, method.name) && { together: true }),
        },
      ];
    });
  });
}

/** In the responsive flow, documents that are signed together are signed by a statement (Signed Statement). */
export const asksForStatement = ({ bundle }: TaskSpec, { responsive }: Signature): boolean =>
  bundle !== false && responsive === true;

/**
 * All ways that the task names, in its order. The element decides what kind each is: `signature` asks the eID itself, except
 * for a Signed Statement, and for methods that only identify; `authentication-based-signature` asks for a log-on. Unless the
 * task wants no `bundle`, all its documents are signed in one act by methods that can do so, and a statement in `signature` is
 * one about all of them.
 */
export function signingWays(task: TaskSpec, offer: MethodOffer): SigningWay[] {
  const identifies = (method: string): boolean =>
    offer.authenticationMethods.includes(method) || offer.witnessed.includes(method);
  const isTogether = (kind: WayKind, method: string): boolean =>
    task.bundle !== false && (kind === 'login' || (kind === 'eid' && offer.together.includes(method)));
  return [
    ...waysOf(
      'signature',
      task.signatures,
      (element, method) =>
        offer.witnessed.includes(method) || (asksForStatement(task, element) && identifies(method))
          ? 'login'
          : 'eid',
      isTogether,
      offer,
    ),
    ...waysOf(
      'authentication-based-signature',
      task.authenticationBasedSignatures,
      () => 'login',
      () => false,
      offer,
    ),
  ];
}

/** Whether its method can be ordered, for what it is ordered for. */
export function isOffered(
  { kind, method }: Pick<SigningWay, 'kind' | 'method'>,
  offer: MethodOffer,
): boolean {
  if (kind === 'hand') return true;
  return kind === 'eid'
    ? offer.signatureMethods.includes(method)
    : offer.authenticationMethods.includes(method) || offer.witnessed.includes(method);
}

/**
 * The ways that apply to a session that began with this login, if with any; of those that are the same, the first. Ways whose
 * method is off are left out, unless all are: what was ordered before that can still be finished.
 */
export function waysFor(
  task: TaskSpec,
  authenticatedWith: string | undefined,
  offer: MethodOffer,
): SigningWay[] {
  const all = signingWays(task, offer);
  const offered = all.filter((way) => isOffered(way, offer));
  const seen = new Set<string>();
  return (offered.length > 0 ? offered : all).filter(({ kind, method, handwritten, ifAuthentication }) => {
    if (ifAuthentication !== undefined && ifAuthentication !== authenticatedWith) return false;
    const key = JSON.stringify([kind, method, handwritten]);
    return !seen.has(key) && Boolean(seen.add(key));
  });
}

/** The way that was chosen, or that needs no choice. */
export function chosenWay(ways: readonly SigningWay[], chosen: string | undefined): SigningWay | undefined {
  return ways.length === 1 ? ways[0] : ways.find(({ id }) => id === chosen);
}

/** Whether something is asked of the signer on our own page before the eID's turn comes, if it comes at all. */
export const declares = ({ kind, handwritten }: SigningWay): boolean => kind !== 'eid' || handwritten;

/** The ways of a task whose method can be ordered. */
export const waysOnOffer = (task: TaskSpec, offer: MethodOffer): SigningWay[] =>
  signingWays(task, offer).filter((way) => isOffered(way, offer));

/** The ways of a task, of which the signer uses one. */
export const listedWays = (task: TaskSpec, offer: MethodOffer): (SigningWay & ListedMethod)[] =>
  signingWays(task, offer).map((way) => ({
    ...way,
    isOffered: isOffered(way, offer),
    allowed: way.id.startsWith('signature') ? offer.signatureMethods : offer.authenticationMethods,
  }));

/** What is wrong with how a task with a sign action is to be signed. `at`: the task, a path in the contract's words. */
export function signingProblems(task: TaskSpec, at: string, offer: MethodOffer): InvalidValue[] {
  const ways = signingWays(task, offer);
  if (ways.length === 0) {
    const allowed = { signatures: offer.signatureMethods, logins: offer.authenticationMethods };
    return [{ element: `${at}/signature`, problem: orderProblems.of('task/signature-missing', allowed) }];
  }
  const problems = refused(listedWays(task, offer), offer).map((way): InvalidValue => {
    const element = way.id.startsWith('signature') ? 'signature' : 'authentication-based-signature';
    return { element: `${at}/${element}/method`, problem: whyNot(way, offer) };
  });
  const element = `${at}/signature/@if-authentication`;
  const beginnings = identifications(withoutLeftOut(task.authentication, offer));
  const stuck = beginnings.filter((login) => waysFor(task, login, offer).length === 0);
  if (stuck.length === beginnings.length) {
    problems.push({ element, problem: orderProblems.of('task/condition-never-met') });
  } else {
    problems.push(
      ...stuck.map((login) => ({
        element,
        problem: orderProblems.of('task/no-method-after-login', { login: login ?? '' }),
      })),
    );
  }
  return problems;
}
