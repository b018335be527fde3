/** English texts of the codes in `problems.ts`. */
export const en = {
  INTERNAL: 'Something failed inside the service.',
  'INTERNAL.todo': 'Try again; if it stays, give the operator the reference {reference}.',
  UNAVAILABLE: '{what} does not answer.',
  'UNAVAILABLE.todo': 'Try again in a minute.',
  NOT_FOUND: 'There is nothing at this address.',
  'NOT_FOUND.todo': 'Check the URL.',
  PAYLOAD_TOO_LARGE: 'The body is larger than {limit} bytes.',
  'PAYLOAD_TOO_LARGE.todo': 'Send a smaller body, or have the operator raise {setting}.',
  BAD_REQUEST: 'The request cannot be read: {why}.',
  'BAD_REQUEST.todo': 'Correct it and send it again.',
  CONFIG_INVALID: 'The configuration is not usable:\n{problems}',
  'CONFIG_INVALID.todo':
    'Correct these settings; `segl help` lists them all. To try Segl without any: segl start --sandbox.',
  'part/database': 'The database',
  'part/job-queue': 'The job queue',
  'part/password-check': 'The check of passwords',
  'foreign/said': '{said}',
} as const;
