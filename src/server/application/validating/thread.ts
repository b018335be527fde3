/** The thread that looks at one file: whatever is in it, the service goes on. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Problem } from '@segl/problem/problem';
import { AlgorithmCalendar, type CalendarTable } from '@segl/pki/algorithms/algorithm-constraints';
import { opinionsOn } from '@segl/ades/validation/second-opinion';
import type { AskedStatus, AskStatus } from '@segl/ades/validation/status';
import type { Validation } from '@segl/ades/validation/validate';
import type { EvidenceTrust } from '@segl/identity/evidence/trust';
import { loadModules } from '@segl/identity/catalogue';
import { validateEvidence } from '@segl/identity/evidence/validate';

export interface ThreadInput {
  readonly bytes: Uint8Array;
  readonly content: Uint8Array | undefined;
  readonly trust: EvidenceTrust;
  /** The methods that are known, as `loadModules` finds them. */
  readonly methods: readonly string[];
  readonly at: Date;
  readonly online: boolean;
  readonly algorithms: CalendarTable;
}

export type FromThread =
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly certificate: Uint8Array;
      readonly issuer: Uint8Array;
    }
  | { readonly kind: 'validation'; readonly validation: Validation }
  | { readonly kind: 'opinions'; readonly opinions: Awaited<ReturnType<typeof opinionsOn>> };

export type ToThread =
  { readonly id: number; readonly status: AskedStatus } | { readonly id: number; readonly problem: Problem };

const port = parentPort!;
const { bytes, content, trust, methods, at, online, algorithms } = workerData as ThreadInput;
const tell = (message: FromThread): void => port.postMessage(message);

const waiting = new Map<number, (told: Awaited<ReturnType<AskStatus>>) => void>();
port.on('message', (answer: ToThread) => {
  const asked = waiting.get(answer.id);
  waiting.delete(answer.id);
  asked?.('status' in answer ? answer.status : { problem: answer.problem });
});

let questions = 0;
const ask: AskStatus = (certificate, issuer) =>
  new Promise((resolve) => {
    const id = questions++;
    waiting.set(id, resolve);
    tell({ kind: 'ask', id, certificate, issuer });
  });

const { xml, ...validation } = await validateEvidence({
  bytes,
  trust,
  modules: await loadModules(methods),
  at,
  algorithms: new AlgorithmCalendar(algorithms),
  ...(content && { content }),
  ...(online && { ask }),
});
tell({ kind: 'validation', validation });

tell({ kind: 'opinions', opinions: await opinionsOn(xml) });
port.close();
