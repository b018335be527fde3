/** Danish texts of the codes in `problems.ts`. */
export const da = {
  INTERNAL: 'Noget gik galt inde i tjenesten.',
  'INTERNAL.todo': 'Prøv igen; bliver det ved, så giv driften referencen {reference}.',
  UNAVAILABLE: '{what} svarer ikke.',
  'UNAVAILABLE.todo': 'Prøv igen om et minut.',
  NOT_FOUND: 'Der er intet på denne adresse.',
  'NOT_FOUND.todo': 'Kontrollér adressen.',
  PAYLOAD_TOO_LARGE: 'Indholdet er større end {limit} byte.',
  'PAYLOAD_TOO_LARGE.todo': 'Send noget mindre, eller få driften til at hæve {setting}.',
  BAD_REQUEST: 'Forespørgslen kan ikke læses: {why}.',
  'BAD_REQUEST.todo': 'Ret den, og send den igen.',
  CONFIG_INVALID: 'Opsætningen kan ikke bruges:\n{problems}',
  'CONFIG_INVALID.todo': 'Ret disse indstillinger; `segl --help` viser dem alle.',
  'part/database': 'Databasen',
  'part/job-queue': 'Jobkøen',
  'part/password-check': 'Kontrollen af adgangskoder',
  'foreign/said': '{said}',
} as const;
