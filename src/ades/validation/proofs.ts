/** When a signature, and the evidence for it, are proven to have existed. */
import { stampNamed, type TimeStampFacts } from './facts.ts';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';

export interface Proven {
  readonly at: Date;
  readonly by: Problem;
  readonly isProven: boolean;
}

/** Proofs of existence (EN 319 102-1 clause 5.6.2.3), gathered from the outermost time-stamp inward. */
export class Proofs {
  readonly #start: Proven;
  #all: Proven;
  #signature: Proven | undefined;
  readonly #data = new Map<string, Date>();

  constructor({
    now,
    proof,
  }: {
    readonly now: Date;
    readonly proof?: { readonly at: Date; readonly by: Problem };
  }) {
    const isProven = proof !== undefined && proof.at < now;
    this.#start = isProven
      ? { at: proof.at, by: proof.by, isProven }
      : { at: now, by: adesProblems.of('proof/validation'), isProven: false };
    this.#all = this.#start;
  }

  /** For everything that the next time-stamp inward is over. */
  get current(): Proven {
    return this.#all;
  }

  ofSignature(): Proven {
    return this.#signature && this.#signature.at < this.#all.at ? this.#signature : this.#all;
  }

  readonly ofData = (digest: string): Date => this.#data.get(digest) ?? this.#start.at;

  add({ kind, covers, name, stamp }: TimeStampFacts): void {
    const proven: Proven = {
      at: stamp!.genTime,
      by: stampNamed(name),
      isProven: true,
    };
    if (kind === 'references') return;
    if (kind === 'signature') {
      if (proven.at < (this.#signature ?? this.#all).at) this.#signature = proven;
      return;
    }
    if (proven.at < this.#all.at) this.#all = proven;
    for (const digest of covers) {
      const known = this.#data.get(digest);
      if (!known || proven.at < known) this.#data.set(digest, proven.at);
    }
  }
}
