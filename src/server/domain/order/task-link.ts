/** Path and query of a task URL, without the artifact, which works once only. Without `taskId`: the first open task. */
export function writeTaskLink(task: { service: string; requestId: string; taskId?: string }): string {
  const service = task.service === '' ? '' : `/${encodeURIComponent(task.service)}`;
  const taskId = task.taskId === undefined ? '' : `&task_id=${encodeURIComponent(task.taskId)}`;
  return `/std/docaction${service}?request_id=${encodeURIComponent(task.requestId)}${taskId}`;
}

/** Path and query of the URL of a user session, without the artifact. */
export function writeSessionLink(session: { service: string; userSessionId: string }): string {
  const service = session.service === '' ? '' : `/${encodeURIComponent(session.service)}`;
  return `/std/docaction${service}?user_session_id=${encodeURIComponent(session.userSessionId)}`;
}
