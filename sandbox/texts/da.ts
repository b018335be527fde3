/** Danish texts of the codes in `problems.ts`. */
export const da = {
  PERSON_UNKNOWN: 'Der er ingen testperson "{user}" i sandkassen.',
  'PERSON_UNKNOWN.todo': 'Brug en af dem, der står på siden med testpersoner.',
  PERSON_STUCK: 'Testpersonen kan ikke komme videre på {url} ({step}). Siden siger: {text}',
  'PERSON_STUCK.todo':
    'Se, hvad siden beder om; en testperson åbner, læser, underskriver, angiver CPR-nummeret og sender ind.',
  'sandbox/itself': 'Sandkassen',
  'sandbox/sms-to': '"to" skal være et nummer som +4512345678',
  'sandbox/sms-text': '"text" skal have 1 til {most} tegn',
  'sandbox/sms-id': '"id" skal med',
  'sandbox/sms-from': '"from" skal være tekst',
  'sandbox/not-a-time':
    '"{text}" er ikke et tidspunkt at flytte uret til; skriv +3y, -1d, +1y6mo, +90min eller 2030-01-31T12:00:00Z',
} as const;
