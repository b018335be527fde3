/** Methods that an order lists, and that an account can or cannot order. Pure. */
import type { MethodOffer } from '@segl/identity/registry';
import type { Problem } from '@segl/problem/problem';
import { orderProblems } from '../order/problems.ts';

/** A method where it is listed as one of several to choose from. */
export interface ListedMethod {
  /** Empty for handwriting alone, which needs no method. */
  readonly method: string;
  readonly isOffered: boolean;
  /** What may stand there. */
  readonly allowed: readonly string[];
}

/** Why a method that is listed cannot be ordered: it is off, or nothing of that name may stand there. */
export function whyNot({ method: name, allowed }: ListedMethod, { off }: MethodOffer): Problem {
  const why = off.get(name);
  return why
    ? orderProblems.of('value/method-off', { name, why, allowed })
    : orderProblems.of('value/not-offered', { name, allowed });
}

/** Those for which an order is refused: all that are not offered, or none where another can be used and that is enough. */
export function refused<T extends ListedMethod>(listed: readonly T[], offer: MethodOffer): readonly T[] {
  const missing = listed.filter(({ isOffered }) => !isOffered);
  return offer.strict || missing.length === listed.length ? missing : [];
}

/** Those that an order which was taken does without. */
export const leftOut = <T extends ListedMethod>(listed: readonly T[]): readonly T[] =>
  listed.filter(({ isOffered }) => !isOffered);
