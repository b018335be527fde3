/** Runs validations in threads: a few at once, each for a bounded time, so that nobody's file keeps the service busy. */
import { Worker } from 'node:worker_threads';
import type { AlgorithmCalendar } from '@segl/pki/algorithms/algorithm-constraints';
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import { partPrefix, type SecondOpinion, type ValidationReport } from '@segl/ades/validation/reports/report';
import { adesProblems } from '@segl/ades/problems';
import type { AskedStatus, AskStatus } from '@segl/ades/validation/status';
import type { FromThread, ThreadInput, ToThread } from './thread.ts';
import type { Validation } from '@segl/ades/validation/validate';
import type { EvidenceTrust } from '@segl/identity/evidence/trust';

/** At once; others wait. */
export const MAX_RUNNING = 2;
export const MAX_WAITING = 8;
/** Of one caller, running and waiting. */
export const MAX_PER_CALLER = 3;
/** For one file, questions to others included. */
export const VALIDATION_TIMEOUT_MS = 60_000;
/** After the judgement is there. */
const OPINION_TIMEOUT_MS = 5_000;

export interface PooledRequest {
  readonly bytes: Uint8Array;
  readonly content?: Uint8Array;
  readonly at: Date;
  readonly offline: boolean;
  /** Asked instead of the pool's own. */
  readonly ask?: AskStatus;
  /** Who asks, to be counted; absent: nobody in particular. */
  readonly caller?: string;
}

export class ValidationPool {
  readonly #trust: EvidenceTrust;
  readonly #methods: readonly string[];
  readonly #ask: AskStatus;
  readonly #algorithms: AlgorithmCalendar;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #callers = new Map<string, number>();
  readonly #threads = new Set<Worker>();

  /** `methods`: those that are known, as `loadModules` finds them. */
  constructor({
    trust,
    methods,
    ask,
    algorithms,
  }: {
    readonly trust: EvidenceTrust;
    readonly methods: readonly string[];
    readonly ask: AskStatus;
    readonly algorithms: AlgorithmCalendar;
  }) {
    this.#methods = methods;
    this.#ask = ask;
    this.#algorithms = algorithms;
    this.#trust = trust;
  }

  /** Throws VALIDATION_BUSY when too many wait, or too many of this caller's; VALIDATION_TOO_LONG. */
  async validate(request: PooledRequest): Promise<Validation> {
    const leave = this.#admit(request.caller);
    try {
      if (this.#running >= MAX_RUNNING) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else this.#running++;
      try {
        return await this.#run(request);
      } finally {
        // the place goes to the next one, or is free
        const next = this.#waiting.shift();
        if (next) next();
        else this.#running--;
      }
    } finally {
      leave();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #admit(caller: string | undefined): () => void {
    if (this.#waiting.length >= MAX_WAITING) throw serverProblems.error('VALIDATION_BUSY');
    if (caller === undefined) return () => undefined;
    const own = this.#callers.get(caller) ?? 0;
    if (own >= MAX_PER_CALLER) throw serverProblems.error('VALIDATION_BUSY');
    this.#callers.set(caller, own + 1);
    return () => {
      const left = this.#callers.get(caller)! - 1;
      if (left > 0) this.#callers.set(caller, left);
      else this.#callers.delete(caller);
    };
  }

  #run({ bytes, content, at, offline, ask = this.#ask }: PooledRequest): Promise<Validation> {
    const input: ThreadInput = {
      ...{ bytes, content, trust: this.#trust, methods: this.#methods, at, online: !offline },
      algorithms: this.#algorithms.table,
    };
    const thread = new Worker(new URL('./thread.js', import.meta.url), {
      workerData: input,
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    this.#threads.add(thread);
    let judged: Validation | undefined;
    return new Promise<Validation>((resolve, reject) => {
      const tooLong = setTimeout(
        () => reject(serverProblems.error('VALIDATION_TOO_LONG')),
        VALIDATION_TIMEOUT_MS,
      );
      let patience: NodeJS.Timeout | undefined;
      thread.on('message', (message: FromThread) => {
        switch (message.kind) {
          case 'ask':
            void answer(thread, ask, message);
            return;
          case 'validation':
            judged = message.validation;
            patience = setTimeout(() => resolve(message.validation), OPINION_TIMEOUT_MS);
            return;
          case 'opinions':
            resolve({ ...judged!, report: withOpinions(judged!.report, message.opinions) });
        }
      });
      thread.on('error', (error) => (judged ? resolve(judged) : reject(ended(error))));
      thread.on('exit', () => {
        clearTimeout(tooLong);
        clearTimeout(patience);
        if (judged) resolve(judged);
        else reject(serverProblems.error('VALIDATION_TOO_LONG'));
      });
    }).finally(() => {
      this.#threads.delete(thread);
      void thread.terminate();
    });
  }
}

async function answer(
  thread: Worker,
  ask: AskStatus,
  { id, certificate, issuer }: FromThread & { kind: 'ask' },
): Promise<void> {
  let told: ToThread;
  try {
    const answer = await ask(certificate, issuer);
    told = 'problem' in answer ? { id, problem: answer.problem } : { id, status: plain(answer) };
  } catch (error) {
    told = { id, problem: isSeglError(error) ? error.problem : adesProblems.of('status/cannot-be-asked') };
  }
  thread.postMessage(told);
}

/** What can be handed to a thread. */
const plain = ({ status, revokedAt, reason, source, url }: AskedStatus): AskedStatus => ({
  status,
  ...(revokedAt && { revokedAt }),
  ...(reason && { reason }),
  source,
  url,
});

/** A thread that used up its memory is one that took too long. */
const ended = (error: Error): Error =>
  (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? serverProblems.error('VALIDATION_TOO_LONG', {}, { cause: error })
    : error;

/** Those of attached packages have ids that begin with their part. */
function withOpinions(
  report: ValidationReport,
  opinions: ReadonlyMap<string, SecondOpinion>,
  prefix = '',
): ValidationReport {
  const signatures = report.signatures.map((one) => {
    const secondOpinion = opinions.get(`${prefix}${one.id}`);
    return secondOpinion ? { ...one, secondOpinion } : one;
  });
  const parts = report.parts.map((part, index) => ({
    ...part,
    report: withOpinions(part.report, opinions, `${prefix}${partPrefix(index)}`),
  }));
  return { ...report, signatures, parts };
}
