/** Codes of passkeys, and their texts. What is wrong with an assertion is a code of identity evidence: `passkey/…` there. */
import { defineProblems } from '@segl/problem/errors';
import { identityProblems } from '../../problems.ts';

export const passkeyProblems = defineProblems({
  errors: {
    PASSKEY_UNKNOWN: { fault: 'Client', status: 422 },
    PASSKEY_OTHER_ACCOUNT: { fault: 'Client', status: 422 },
    PASSKEY_REFUSED: { fault: 'Client', status: 422, params: { why: 'problem' } },
    PASSKEY_KNOWN: { fault: 'Client', status: 422 },
    PASSKEY_UNAVAILABLE: { fault: 'Server', status: 503, params: { why: 'problem' } },
  },
  details: {
    'passkey/answer': {},
    'passkey/replayed': {},
    'passkey/no-number': {},
    'passkey/attestation': {},
    'passkey/ip-address': { host: 'name' },
    'passkey/no-https': { origin: 'name' },
    'passkey/rp-id': { rpId: 'name', host: 'name' },
    'passkey/ready': { rpId: 'name' },
  },
  texts: {
    en: {
      PASSKEY_UNKNOWN: 'This passkey is not registered here.',
      'PASSKEY_UNKNOWN.todo': 'Use another one, or another way to sign.',
      PASSKEY_OTHER_ACCOUNT: 'This passkey is registered with another sender.',
      'PASSKEY_OTHER_ACCOUNT.todo': 'Use one for this sender, or another way to sign.',
      PASSKEY_REFUSED: 'The passkey cannot be registered: {why}.',
      'PASSKEY_REFUSED.todo': 'Try again, or with another device.',
      PASSKEY_KNOWN: 'This passkey is registered already.',
      'PASSKEY_KNOWN.todo': 'Use it the next time.',
      PASSKEY_UNAVAILABLE: 'Passkeys cannot be used here: {why}.',
      'PASSKEY_UNAVAILABLE.todo': 'Set PUBLIC_URL to a host name with https.',
      'passkey/answer': 'what the page brought back is not what was asked for',
      'passkey/replayed': 'the passkey has signed this before: the same answer counts once',
      'passkey/no-number':
        'the order names a national id, and none was known when the passkey was registered',
      'passkey/attestation': 'what the authenticator says of itself does not hold',
      'passkey/ip-address': 'PUBLIC_URL has the address {host}, and passkeys need a host name',
      'passkey/no-https': 'browsers use passkeys on https alone, or on localhost, and pages are at {origin}',
      'passkey/rp-id': 'rpId is {rpId}, which is neither {host} nor a domain above it',
      'passkey/ready': 'passkeys are made for {rpId}',
    },
    da: {
      PASSKEY_UNKNOWN: 'Adgangsnøglen er ikke registreret her.',
      'PASSKEY_UNKNOWN.todo': 'Brug en anden, eller underskriv på en anden måde.',
      PASSKEY_OTHER_ACCOUNT: 'Adgangsnøglen er registreret hos en anden afsender.',
      'PASSKEY_OTHER_ACCOUNT.todo': 'Brug en til denne afsender, eller underskriv på en anden måde.',
      PASSKEY_REFUSED: 'Adgangsnøglen kan ikke registreres: {why}.',
      'PASSKEY_REFUSED.todo': 'Prøv igen, eller med en anden enhed.',
      PASSKEY_KNOWN: 'Adgangsnøglen er allerede registreret.',
      'PASSKEY_KNOWN.todo': 'Brug den næste gang.',
      PASSKEY_UNAVAILABLE: 'Adgangsnøgler kan ikke bruges her: {why}.',
      'PASSKEY_UNAVAILABLE.todo': 'Sæt PUBLIC_URL til et værtsnavn med https.',
      'passkey/answer': 'det, siden kom tilbage med, er ikke det, der blev bedt om',
      'passkey/replayed': 'adgangsnøglen har underskrevet dette før: samme svar gælder én gang',
      'passkey/no-number':
        'ordren angiver et nationalt id, og der var ikke noget kendt, da adgangsnøglen blev registreret',
      'passkey/attestation': 'det, enheden siger om sig selv, holder ikke',
      'passkey/ip-address': 'PUBLIC_URL har adressen {host}, og adgangsnøgler kræver et værtsnavn',
      'passkey/no-https':
        'browsere bruger kun adgangsnøgler på https eller localhost, og siderne er på {origin}',
      'passkey/rp-id': 'rpId er {rpId}, som hverken er {host} eller et domæne over det',
      'passkey/ready': 'adgangsnøgler laves til {rpId}',
    },
  },
  uses: [identityProblems],
});
