/** English texts of the codes in `problems.ts`. */
export const en = {
  PERSON_UNKNOWN: 'There is no test person "{user}" in the sandbox.',
  'PERSON_UNKNOWN.todo': 'Use one of those that its page of test persons lists.',
  PERSON_STUCK: 'The test person cannot go on at {url} ({step}). The page says: {text}',
  'PERSON_STUCK.todo':
    'See what the page asks for; a test person opens, reads, signs, gives the CPR number and sends in.',
} as const;
