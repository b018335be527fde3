/** What the client programs in JavaScript share: where the service is, steps that report themselves, a signer. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const {
  SEGL_URL,
  SEGL_SERVICE,
  SEGL_PASSWORD,
  SEGL_PDF,
  SEGL_CALLBACK,
  SEGL_METHODS,
  SEGL_MOBILE,
  SEGL_CLI,
} = process.env;

export const url = SEGL_URL;
export const service = SEGL_SERVICE;
export const password = SEGL_PASSWORD;
export const callback = SEGL_CALLBACK;
export const pdfFile = SEGL_PDF;
export const pdf = readFileSync(SEGL_PDF);

/** Names that clients order methods with. */
export const methods = SEGL_METHODS.split(',');

/** The sandbox's person who signs. */
export const signer = { user: 'anna', nationalId: '1405822042', mobile: SEGL_MOBILE };

export function report(outcome, api, operation, text) {
  process.stdout.write(
    [outcome, api, operation, String(text).replace(/\s+/g, ' ').slice(0, 400)].join('\t') + '\n',
  );
}

/** Runs one step and reports it under an operation; gives undefined where it failed. */
export async function step(api, operation, run) {
  try {
    const { text, value } = await run();
    report('passed', api, operation, text);
    return value;
  } catch (error) {
    report('failed', api, operation, error.message);
    return undefined;
  }
}

export function check(holds, what) {
  if (!holds) throw new Error(what);
}

export function checkEqual(found, wanted, what) {
  check(found === wanted, `${what} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

/** A person opens the task's address, reads, signs and sends in. */
export async function signAsPerson(requestId, taskId, artifact = '') {
  const query = `request_id=${encodeURIComponent(requestId)}&task_id=${encodeURIComponent(taskId)}&artifact=${artifact}`;
  const taskUrl = `${url}/std/docaction/${service}?${query}`;
  const args = [SEGL_CLI, 'sandbox', 'sign', taskUrl, '--user', signer.user, '--quiet'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout.trim();
}

/** The list of tasks that a user session's address leads to, as a browser gets there: one redirect, with a cookie. */
export async function openUserSession(userSessionId, artifact = '') {
  const query = new URLSearchParams({ user_session_id: userSessionId, ...(artifact && { artifact }) });
  const start = await fetch(`${url}/std/docaction/${service}?${query}`, { redirect: 'manual' });
  const place = start.headers.get('location');
  check(place, `the address leads nowhere: ${start.status}`);
  const cookie = start.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  const page = await fetch(new URL(place, url), { headers: { cookie: cookie.join('; ') } });
  const html = await page.text();
  check(page.status === 200 && html.includes('data-step="tasks"'), `the page is ${page.status}`);
  return html;
}

/** Asks until the answer is there, for what the service makes in the background. */
export async function until(what, ask) {
  for (let tries = 0; tries < 150; tries++) {
    const answer = await ask();
    if (answer) return answer;
    await sleep(200);
  }
  throw new Error(`waited in vain: ${what}`);
}
