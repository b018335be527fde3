/** Danish texts of the codes in `problems.ts`. */
export const da = {
  PERSON_UNKNOWN: 'Der er ingen testperson "{user}" i sandkassen.',
  'PERSON_UNKNOWN.todo': 'Brug en af dem, der står på siden med testpersoner.',
  PERSON_STUCK: 'Testpersonen kan ikke komme videre på {url} ({step}). Siden siger: {text}',
  'PERSON_STUCK.todo':
    'Se, hvad siden beder om; en testperson åbner, læser, underskriver, angiver CPR-nummeret og sender ind.',
} as const;
