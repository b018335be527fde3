/** The ways to sign that a task offers: which there are, which apply to a session, and which one was chosen. Pure. */
import { identifications } from './login.ts';
import type { AuthenticationBasedSignature, Dialog, TaskSpec } from '../order/model.ts';
import type { InvalidValue } from '../order/invalid-value.ts';
import { orderProblems } from '../order/problems.ts';

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
}

/** Names of methods that can be ordered here. */
export interface SigningOffer {
  readonly signatureMethods: readonly string[];
  readonly authenticationMethods: readonly string[];
}

function waysOf(
  name: string,
  kind: 'eid' | 'login',
  elements: readonly AuthenticationBasedSignature[],
): SigningWay[] {
  return elements.flatMap(({ methods, dialog, ifAuthentication }, element) =>
    methods.flatMap((method, index): SigningWay[] => {
      const handwritten = method.handwritten === true;
      // names nothing: some clients send an element that they did not fill
      if (method.name === '' && !handwritten) return [];
      return [
        {
          id: `${name}-${element + 1}.${index + 1}`,
          kind: method.name === '' ? 'hand' : kind,
          method: method.name,
          handwritten,
          ...(dialog && { dialog }),
          ...(ifAuthentication !== undefined && { ifAuthentication }),
        },
      ];
    }),
  );
}

/** All ways that the task names, in its order. */
export const signingWays = (task: TaskSpec): SigningWay[] => [
  ...waysOf('signature', 'eid', task.signatures),
  ...waysOf('authentication-based-signature', 'login', task.authenticationBasedSignatures),
];

/** The ways that apply to a session that began with this login, if with any; of those that are the same, the first. */
export function waysFor(task: TaskSpec, authenticatedWith: string | undefined): SigningWay[] {
  const seen = new Set<string>();
  return signingWays(task).filter(({ kind, method, handwritten, ifAuthentication }) => {
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

/** What is wrong with how a task with a sign action is to be signed. `at`: the task, a path in the contract's words. */
export function signingProblems(task: TaskSpec, at: string, offer: SigningOffer): InvalidValue[] {
  const ways = signingWays(task);
  const offered = { eid: offer.signatureMethods, login: offer.authenticationMethods };
  if (ways.length === 0) {
    const allowed = { signatures: offered.eid, logins: offered.login };
    return [{ element: `${at}/signature`, problem: orderProblems.of('task/signature-missing', allowed) }];
  }
  const problems = ways.flatMap(({ kind, method }): InvalidValue[] => {
    if (kind === 'hand' || offered[kind].includes(method)) return [];
    const element = kind === 'eid' ? 'signature' : 'authentication-based-signature';
    const problem = orderProblems.of('value/not-offered', { name: method, allowed: offered[kind] });
    return [{ element: `${at}/${element}/method`, problem }];
  });
  const element = `${at}/signature/@if-authentication`;
  const beginnings = identifications(task.authentication);
  const stuck = beginnings.filter((login) => waysFor(task, login).length === 0);
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
