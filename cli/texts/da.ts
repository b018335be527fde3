/** Danish texts of the codes in `problems.ts`. */
export const da = {
  ADDRESS_TAKEN: 'Noget andet lytter allerede på {address}.',
  'ADDRESS_TAKEN.todo': 'Stop det, eller vælg en anden PORT eller SANDBOX_PORT.',
  CALLER_TAKEN: 'CVR {cvr}, {kind} {identifier} hører allerede til kontoen {service}.',
  'CALLER_TAKEN.todo':
    'Et kaldende system er én konto; fjern det først der: segl caller remove {service} --cvr {cvr} --{option} {identifier}.',
  CALLER_NOT_REGISTERED:
    'Kontoen {service} har ingen kalder med CVR {cvr}, {kind} {identifier} i miljøet {environment}.',
  'CALLER_NOT_REGISTERED.todo': 'Se segl caller list.',
  PROVIDER_MISSING: 'Kontoen "{service}" har ingen egen opsætning som tjenesteudbyder.',
  'PROVIDER_MISSING.todo': 'Den arbejder med indstillingernes; `segl provider set` giver den sin egen.',
} as const;
