/** Danish texts of the codes in `problems.ts`. */
export const da = {
  'part/database': 'Databasen',
  'part/job-queue': 'Jobkøen',
  'part/password-check': 'Kontrollen af adgangskoder',
  'foreign/said': '{said}',
} as const;
