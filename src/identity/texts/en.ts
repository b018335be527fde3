/** English texts of the codes in `problems.ts`. */
export const en = {
  METHOD_UNKNOWN: 'There is no identity method "{name}" here.',
  'METHOD_UNKNOWN.todo': 'Use one of: {known}.',
  SIGN_TYPE_REFUSED: 'A document of type {type} cannot be signed.',
  'SIGN_TYPE_REFUSED.todo': 'Give it as application/pdf or text/plain.',
  SIGN_TEXT_UNREADABLE: 'The text of document "{document}" cannot be shown: {why}.',
  'SIGN_TEXT_UNREADABLE.todo': 'Send it as UTF-8, or name its charset in the content type.',
  NATIVE_SIGNATURE_REFUSED: 'The signature is not accepted (check "{check}"): {why}.',
  'NATIVE_SIGNATURE_REFUSED.todo': 'Sign once more; if it stays, tell the operator the name of the check.',
  LOGIN_REFUSED: 'The login is not accepted (check "{check}"): {why}.',
  'LOGIN_REFUSED.todo': 'Log in once more; if it stays, tell the operator the name of the check.',
  OCES_INVALID: 'This is not an OCES certificate that can be used: {why}.',
  'OCES_INVALID.todo': 'Use a certificate of the type that is asked for.',
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
  WSD_INVALID: 'The witnessed signature is not valid: {why}.',
  'WSD_INVALID.todo': 'Do not rely on it; fetch it again from where it was made.',
  POLICY_NOT_MET:
    'The package cannot be made: requirement {requirement} of its packaging policy is not met: {why}.',
  'POLICY_NOT_MET.todo':
    'Nothing was sealed, and the task stays as it is. Look into what was kept of the visit (sessions, audit_entries, native_signatures).',
} as const;
