/** English texts of the codes in `problems.ts`. */
export const en = {
  PERSON_UNKNOWN: 'There is no test person "{user}" in the sandbox.',
  'PERSON_UNKNOWN.todo': 'Use one of those that its page of test persons lists.',
  PERSON_STUCK: 'The test person cannot go on at {url} ({step}). The page says: {text}',
  'PERSON_STUCK.todo':
    'See what the page asks for; a test person opens, reads, signs, gives the CPR number and sends in.',
  'sandbox/itself': 'The sandbox',
  'sandbox/sms-to': '"to" must be a number such as +4512345678',
  'sandbox/sms-text': '"text" must have 1 to {most} characters',
  'sandbox/sms-id': '"id" is needed',
  'sandbox/sms-from': '"from" must be text',
  'sandbox/not-a-time':
    '"{text}" is no time to move to; write +3y, -1d, +1y6mo, +90min or 2030-01-31T12:00:00Z',
} as const;
