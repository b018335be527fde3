/** Codes of one-time codes, and their texts. */
import { defineProblems } from '@segl/problem/errors';
import { identityProblems } from '../../problems.ts';

export const otpProblems = defineProblems({
  errors: {
    CODE_ADDRESS_MISSING: { fault: 'Client', params: { what: 'problem' } },
    CODE_WRONG: { fault: 'Client', status: 422 },
    CODE_OVER: { fault: 'Client', status: 422 },
    CODE_TOO_MANY_SENT: { fault: 'Client', status: 429 },
    CODE_TOO_MANY_WRONG: { fault: 'Client', status: 429 },
  },
  details: {
    'code/no-sms': {},
    'code/no-email': {},
    'code/gateway-sms': {},
    'code/gateway-email': {},
    'code/ready': {},
  },
  texts: {
    en: {
      CODE_ADDRESS_MISSING: 'No code can be sent: {what}.',
      'CODE_ADDRESS_MISSING.todo': 'Name it in the subject of the order.',
      CODE_WRONG: 'This is not the code that was sent.',
      'CODE_WRONG.todo': 'Check it and try again.',
      CODE_OVER: 'The code has expired or was tried too often.',
      'CODE_OVER.todo': 'Have a new one sent.',
      CODE_TOO_MANY_SENT: 'Too many codes were sent to this address.',
      'CODE_TOO_MANY_SENT.todo': 'Try again in an hour.',
      CODE_TOO_MANY_WRONG: 'Too many wrong codes were typed for this address.',
      'CODE_TOO_MANY_WRONG.todo': 'Try again tomorrow, or use another way to sign.',
      'code/no-sms': 'the order names no mobile number with its country code',
      'code/no-email': 'the order names no mail address',
      'code/gateway-sms': 'codes by SMS need a gateway: set SMS_GATEWAY_URL',
      'code/gateway-email': 'codes by e-mail need a mail server: set SMTP_URL and MAIL_FROM',
      'code/ready': 'there is a gateway for it',
    },
    da: {
      CODE_ADDRESS_MISSING: 'Der kan ikke sendes en kode: {what}.',
      'CODE_ADDRESS_MISSING.todo': 'Angiv det i ordrens subject.',
      CODE_WRONG: 'Det er ikke den kode, der blev sendt.',
      'CODE_WRONG.todo': 'Kontrollér den, og prøv igen.',
      CODE_OVER: 'Koden er udløbet eller blev prøvet for mange gange.',
      'CODE_OVER.todo': 'Få sendt en ny.',
      CODE_TOO_MANY_SENT: 'Der er sendt for mange koder til adressen.',
      'CODE_TOO_MANY_SENT.todo': 'Prøv igen om en time.',
      CODE_TOO_MANY_WRONG: 'Der er indtastet for mange forkerte koder for adressen.',
      'CODE_TOO_MANY_WRONG.todo': 'Prøv igen i morgen, eller brug en anden måde at underskrive på.',
      'code/no-sms': 'ordren angiver intet mobilnummer med landekode',
      'code/no-email': 'ordren angiver ingen mailadresse',
      'code/gateway-sms': 'koder på sms kræver en gateway: sæt SMS_GATEWAY_URL',
      'code/gateway-email': 'koder på e-mail kræver en mailserver: sæt SMTP_URL og MAIL_FROM',
      'code/ready': 'der er en gateway til det',
    },
  },
  uses: [identityProblems],
});
