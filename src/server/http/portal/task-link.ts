/**
 * The task URL `/std/docaction/{service}?request_id=…&task_id=…[&artifact=…]` (wire contract, task URL), and that of a
 * user session, `…?user_session_id=…[&artifact=…]`.
 */

export interface TaskLink {
  readonly requestId: string;
  /** Readings of the task id in the order to try them; empty when the link names no task. */
  readonly taskIds: readonly string[];
  readonly artifact?: string;
  /** The link is that of a user session, not of a task. */
  readonly userSessionId?: string;
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
  const userSessionId = decode(raw.get('user_session_id') ?? '');
  return {
    requestId,
    taskIds: [...new Set(readings)],
    ...(artifact ? { artifact } : {}),
    ...(userSessionId ? { userSessionId } : {}),
  };
}

/** Undefined for text that is not percent-encoded UTF-8, or has the one character that no text may have. */
export function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text);
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
