/** English texts of the codes in `problems.ts`. */
export const en = {
  ADDRESS_TAKEN: 'Something else listens on {address} already.',
  'ADDRESS_TAKEN.todo': 'Stop it, or choose another PORT or SANDBOX_PORT.',
  CALLER_TAKEN: 'CVR {cvr}, {kind} {identifier} belongs to the account {service} already.',
  'CALLER_TAKEN.todo':
    'A calling system is one account; remove it there first: segl caller remove {service} --cvr {cvr} --{option} {identifier}.',
  CALLER_NOT_REGISTERED:
    'The account {service} has no caller with CVR {cvr}, {kind} {identifier} in the environment {environment}.',
  'CALLER_NOT_REGISTERED.todo': 'See segl caller list.',
  COMMAND_FAILED: 'The command failed: {text}.',
  'COMMAND_FAILED.todo': 'With LOG_LEVEL=debug it tells where.',
  DATABASE_REFUSED: 'The database refuses: {text} ({code}).',
  'DATABASE_REFUSED.todo': 'Check DATABASE_URL; segl doctor tells more.',
  FILE_UNUSABLE: '{file} cannot be used ({code}).',
  'FILE_UNUSABLE.todo': 'Check the path, and that this user may use the file.',
  UNREACHED: 'Nobody answers at {place} ({code}).',
  'UNREACHED.todo': 'Start what should be there, or correct the address.',
  PROVIDER_MISSING: 'The account "{service}" has no set-up of its own as service provider.',
  'PROVIDER_MISSING.todo': 'It works with that of the settings; `segl provider set` gives it one.',
} as const;
