/** Danish texts of the codes in `problems.ts`. */
export const da = {
  COMMAND_FAILED: 'Kommandoen mislykkedes: {text}.',
  'COMMAND_FAILED.todo': 'Med LOG_LEVEL=debug viser den hvor.',
  DATABASE_REFUSED: 'Databasen afviser: {text} ({code}).',
  'DATABASE_REFUSED.todo': 'Kontrollér DATABASE_URL; segl doctor viser mere.',
  FILE_UNUSABLE: '{file} kan ikke bruges ({code}).',
  'FILE_UNUSABLE.todo': 'Kontrollér stien, og at denne bruger må bruge filen.',
  UNREACHED: 'Ingen svarer på {place} ({code}).',
  'UNREACHED.todo': 'Start det, der skulle være der, eller ret adressen.',
  ADDRESS_TAKEN: 'Noget andet lytter allerede på {address}.',
  'ADDRESS_TAKEN.todo': 'Stop det, eller vælg en anden PORT eller SANDBOX_PORT.',
  CALLER_TAKEN: 'CVR {cvr}, {kind} {identifier} hører allerede til kontoen {service}.',
  'CALLER_TAKEN.todo':
    'Et kaldende system hører til én konto; fjern det først der: segl caller remove {service} --cvr {cvr} --{option} {identifier}.',
  CALLER_NOT_REGISTERED:
    'Kontoen {service} har ingen kalder med CVR {cvr}, {kind} {identifier} i miljøet {environment}.',
  'CALLER_NOT_REGISTERED.todo': 'Se segl caller list.',
  PROVIDER_MISSING: 'Kontoen "{service}" har ingen egen opsætning som tjenesteudbyder.',
  'PROVIDER_MISSING.todo':
    'Den bruger opsætningen fra indstillingerne; `segl provider set` giver den sin egen.',
  'option/missing': '{option} mangler',
  'option/file-unreadable': '{option} {file} kan ikke læses ({said})',
  'option/certificate-or-ids':
    '--certificate angiver --cvr og --fid eller --uid: brug det ene eller det andet',
  'option/fid-or-uid': 'angiv enten --fid eller --uid',
  'option/module': '--module skal være en af {allowed}',
  'argument/no-method': 'ingen metode fra {module} tilbydes',
  'setting/no-database':
    'DATABASE_URL skal sættes, eller DATA_DIR nævne en mappe med en database: {folder} har ingen',
  'option/all-or-ids': "brug --all eller id'er",
  'argument/file-unreadable': '{file} kan ikke læses ({said})',
  'argument/names-no-caller': '{file} navngiver hverken en funktion (FID) eller en virksomhed (UID)',
  'argument/no-account': 'der er ingen konto {service}',
  'argument/no-template': '{service} har ingen egen skabelon',
  'argument/no-template-for-method': '{service} har ingen egen skabelon til {method}',
  'argument/not-a-url': '"{text}" er ikke en URL',
  'password/too-short': 'en adgangskode skal have mindst {least} tegn',
  'sandbox/place': 'Sandkassen på {url}',
  'option/no-certificate': '{option} {file} indeholder intet certifikat i PEM eller DER: {why}',
} as const;
