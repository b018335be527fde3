/** English texts of the codes in `problems.ts`. */
export const en = {
  METHOD_UNKNOWN: 'There is no identity method "{name}" here.',
  'METHOD_UNKNOWN.todo': 'Use one of: {known}.',
  SIGNER_MISMATCH: 'The document was signed by somebody else than the person it is meant for.',
  'SIGNER_MISMATCH.todo': 'Sign as yourself, or ask the sender to correct the order.',
  LOGIN_MISMATCH: 'Somebody else has logged in than the person the task is meant for.',
  'LOGIN_MISMATCH.todo': 'Log in as yourself, or ask the sender to correct the order.',
  STEP_NOT_DUE: 'This is not the step that is due: {why}.',
  'STEP_NOT_DUE.todo': 'Go back to the task.',
  PROVIDER_UNUSABLE: 'The set-up as service provider cannot be used: {why}.',
  'PROVIDER_UNUSABLE.todo': 'Correct it with `segl provider set`.',
  PROVIDER_REFUSED: 'The set-up is not accepted:\n{problems}',
  'PROVIDER_REFUSED.todo': 'Correct these and set it again; nothing was changed.',
  METHOD_UNSUPPORTED: 'The identity method asks for something that is not done here: {what}.',
  'METHOD_UNSUPPORTED.todo':
    'Use another method for now; the module of this one is ahead of this version of Segl.',
  CONSENT_MISSING: 'The signer has not consented.',
  'CONSENT_MISSING.todo': 'Tick the consent on the page.',
  SIGN_TYPE_REFUSED: 'A document of type {type} cannot be signed.',
  'SIGN_TYPE_REFUSED.todo': 'Give it as application/pdf or text/plain.',
  SIGN_TEXT_UNREADABLE: 'The text of document "{document}" cannot be shown: {why}.',
  'SIGN_TEXT_UNREADABLE.todo': 'Send it as UTF-8, or name its charset in the content type.',
  NATIVE_SIGNATURE_REFUSED: 'The signature is not accepted (check "{check}"): {why}.',
  'NATIVE_SIGNATURE_REFUSED.todo': 'Sign once more; if it stays, tell the operator the name of the check.',
  LOGIN_REFUSED: 'The login is not accepted (check "{check}"): {why}.',
  'LOGIN_REFUSED.todo': 'Log in once more; if it stays, tell the operator the name of the check.',
  WSD_INVALID: 'The witnessed signature is not valid: {why}.',
  'WSD_INVALID.todo': 'Do not rely on it; fetch it again from where it was made.',
  POLICY_NOT_MET:
    'The package cannot be made: requirement {requirement} of its packaging policy is not met: {why}.',
  'POLICY_NOT_MET.todo':
    'Nothing was sealed, and the task stays as it is. Look into what was kept of the visit (sessions, audit_entries, native_signatures).',
} as const;
