/** The task URL `/std/docaction/{service}?request_id=…&task_id=…[&artifact=…]` (wire contract, task URL). */

export interface TaskLink {
  readonly requestId: string;
  /** Readings of the task id in the order to try them; empty when the link names no task. */
  readonly taskIds: readonly string[];
  readonly artifact?: string;
}

/**
 * Reads the query by hand because the contract asks for RFC 3986 percent-encoding, where `+` is a plus, while many
 * clients build links as forms do, where it is a space: such a task id has two readings. The first of repeated
 * parameters counts; an empty one counts as absent; broken percent-encoding matches nothing.
 */
export function readTaskLink(url: string): TaskLink {
  const raw = new Map<string, string>();
  for (const pair of (url.split('?', 2)[1] ?? '').split('&')) {
    const [name = '', ...value] = pair.split('=');
    if (!raw.has(name)) raw.set(name, value.join('='));
  }
  const requestId = decode(raw.get('request_id') ?? '') ?? '';
  const task = raw.get('task_id') ?? '';
  const readings =
    task === '' ? [] : [task, task.replaceAll('+', ' ')].map((text) => decode(text) ?? '\ufffd');
  const artifact = decode(raw.get('artifact') ?? '');
  return { requestId, taskIds: [...new Set(readings)], ...(artifact ? { artifact } : {}) };
}

/** Undefined for text that is not percent-encoded UTF-8. */
export function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The link that starts the same task anew; without the artifact, which works once only. */
export function writeTaskLink(task: { service: string; requestId: string; taskId?: string }): string {
  const service = task.service === '' ? '' : `/${encodeURIComponent(task.service)}`;
  const taskId = task.taskId === undefined ? '' : `&task_id=${encodeURIComponent(task.taskId)}`;
  return `/std/docaction${service}?request_id=${encodeURIComponent(task.requestId)}${taskId}`;
}
