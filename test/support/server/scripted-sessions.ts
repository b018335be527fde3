/** User sessions in memory, for tests of the portal: one list over the task of a scripted flow. */
import { serverProblems } from '@segl/server/problems';
import type {
  SessionTaskView,
  SigningFlow,
  UserSessionFlow,
  UserSessionView,
} from '@segl/server/application/signing-api';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';

export interface SessionScript {
  readonly tasks?: readonly SessionTaskView[];
  readonly language?: string;
  readonly onComplete?: string;
  readonly onCancel?: string;
  readonly onPostpone?: string;
}

/** The session `session-1`. A task that was sent in through `flow` is completed; `openTask` opens tasks of `flow`. */
export function scriptedSessions(flow: SigningFlow, script: SessionScript = {}): UserSessionFlow {
  const { tasks = [], onComplete, onCancel, onPostpone } = script;
  const opened = new Map<string, SessionKey>();
  const key: SessionKey = { ref: 'list1', secret: 'secret-of-list' };
  const asker = {
    ...(script.language !== undefined && { language: script.language }),
    sender: { name: 'demo' },
  };
  let left = false;
  const check = (given: SessionKey): void => {
    if (left || given.ref !== key.ref || given.secret !== key.secret)
      throw serverProblems.error('SESSION_GONE');
  };
  const stateOf = async (task: SessionTaskView): Promise<SessionTaskView['state']> => {
    const session = opened.get(task.taskId);
    const step = session && (await flow.view(session).catch(() => undefined))?.step.kind;
    if (step === 'done') return 'completed';
    return step === 'rejected' ? 'rejected' : task.state;
  };
  const leave = async (given: SessionKey, url: string | undefined): Promise<{ redirectTo?: string }> => {
    check(given);
    left = true;
    return url === undefined ? {} : { redirectTo: url };
  };
  return {
    async open({ userSessionId }) {
      if (userSessionId !== 'session-1') throw serverProblems.error('USER_SESSION_UNKNOWN');
      left = false;
      return key;
    },
    async asker(place) {
      const isKnown = 'ref' in place ? place.ref === key.ref : place.userSessionId === 'session-1';
      return isKnown ? asker : undefined;
    },
    async view(given): Promise<UserSessionView> {
      check(given);
      const states = await Promise.all(tasks.map(stateOf));
      const done = states.every((state) => state !== 'open' && state !== 'waiting');
      return {
        service: 'demo',
        ...asker,
        tasks: tasks.map((task, index) => ({ ...task, state: states[index]! })),
        done,
        ...(done && onComplete !== undefined && { redirectTo: onComplete }),
        canPostpone: onPostpone !== undefined,
      };
    },
    async openTask(given, { requestId, taskId }, client) {
      check(given);
      if (!tasks.some((task) => task.taskId === taskId)) throw serverProblems.error('TASK_UNKNOWN');
      const session = await flow.open({ requestId, taskId, client });
      opened.set(taskId, session);
      return session;
    },
    cancel: (given) => leave(given, onCancel),
    postpone: (given) => leave(given, onPostpone),
  };
}
