/** English texts of NemID's problems. */
export const en = {
  CPR_INVALID: 'This is not a CPR number.',
  'CPR_INVALID.todo': 'Give ten digits, the first six a date.',
  CPR_MISMATCH: 'The CPR number does not belong to the signer.',
  'CPR_MISMATCH.todo': 'Check it and try again.',
  CPR_TOO_MANY_ATTEMPTS: 'The CPR number was wrong too often.',
  'CPR_TOO_MANY_ATTEMPTS.todo': 'Open the link again and sign once more.',
  CPR_LOCKED: 'Too many wrong CPR numbers were given for this signer.',
  'CPR_LOCKED.todo': 'Open the link again in 24 hours, and sign once more.',
  CPR_SERVICE_REFUSED: 'The {service} service refused the request: {name} (status {status}).',
  'CPR_SERVICE_REFUSED.todo': 'Report it: the request or the service is not as documented.',
  CPR_NOT_AGREED: 'The {service} service does not allow this: {name} (status {status}).',
  'CPR_NOT_AGREED.todo':
    'Check CPR agreement, service id (SPID) and VOCES certificate of the account; `segl provider check` tells which.',
  CPR_PERSON_UNKNOWN: 'The {service} service knows no CPR number for the signer: {name} (status {status}).',
  'CPR_PERSON_UNKNOWN.todo': 'Sign with an identity that has one; if it stays, ask the sender.',
  CPR_GUESSING:
    'Too many wrong CPR numbers were given for this signer: the {service} service answers no more for now.',
  'CPR_GUESSING.todo': 'Open the link again tomorrow.',
  OCES_INVALID: 'This is not an OCES certificate that can be used: {why}.',
  'OCES_INVALID.todo': 'Use a certificate of the type that is asked for.',
} as const;
