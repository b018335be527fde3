/** Texts of the pages on which a person acts. */
import type { Lie } from '../lies.ts';

interface PageTexts {
  readonly heading: string;
  readonly phone: string;
  readonly nothingWaits: string;
  readonly waits: string;
  readonly open: string;
  readonly asks: string;
  readonly noText: string;
  readonly compare: string;
  readonly presented: string;
  readonly document: string;
  readonly person: string;
  readonly level: string;
  readonly approve: string;
  readonly abort: string;
  readonly fail: string;
  readonly timeOut: string;
  readonly rollOver: string;
  readonly liesHeading: string;
  readonly liesWhy: string;
  readonly lies: Readonly<Record<Lie, string>>;
}

export type PageLanguage = 'en' | 'da';

export const pageTexts: Readonly<Record<PageLanguage, PageTexts>> = {
  en: {
    heading: 'Approve in the app',
    phone: 'Everybody’s phone',
    nothingWaits: 'Nothing waits in any app.',
    waits: 'This waits in the apps:',
    open: 'Open the app',
    asks: 'You are asked to approve:',
    noText: 'The app shows no text.',
    compare: 'The last eight characters are the code on the page that you came from.',
    presented: 'What you sign',
    document: 'Open the document',
    person: 'Who you are',
    level: 'Level of assurance',
    approve: 'Approve',
    abort: 'Cancel',
    fail: 'Let it fail',
    timeOut: 'Let it time out',
    rollOver: 'Approve, with a new key of the provider',
    liesHeading: 'Answers that are not so',
    liesWhy: 'Each makes the provider say something wrong. A service must refuse every one of them.',
    lies: {
      nonce: 'Another nonce',
      'other-order': 'The token of another order',
      'other-person': 'Another person',
      'no-number': 'No number of the person',
      'low-level': 'A lower level',
      'other-eid': 'Another eID',
      'other-text': 'Another text was shown',
      audience: 'For another client',
      issuer: 'Of another issuer',
      expired: 'Expired',
      'old-session': 'An old session, nobody was asked',
      forged: 'Forged: signed with another key',
      'old-key': 'Signed with a key that is not published any more',
      unsigned: 'Not signed at all',
      simulated: 'Simulated',
      'native-missing': 'No signature of the eID',
      'native-visible': 'It signed another text',
      'native-hidden': 'It signed other data beside the text',
      'native-log-on': 'It was used to log on',
      'native-forged': 'A forged signature',
      'native-wrapped': 'A signature with an unsigned text in front',
      'native-person': 'The signature of another person',
      'native-issuer': 'A signature under another authority',
      'native-revoked': 'A signature with a revoked certificate',
      'native-no-status': 'A signature without the status of its certificate',
      'native-old-status': 'A signature with an old status',
      'transaction-missing': 'No transaction token',
      'transaction-order': 'The transaction token of another order',
      'transaction-document': 'Another document was shown',
      'transaction-unsigned': 'Shown, and not signed',
      'transaction-forged': 'A forged transaction token',
      'transaction-policy': 'A certificate under another policy',
      'transaction-revoked': 'A revoked certificate',
      'transaction-no-status': 'No status of the certificate',
      'transaction-old-status': 'An old status of the certificate',
      'transaction-test': 'A certificate for testing',
    },
  },
  da: {
    heading: 'Godkend i appen',
    phone: 'Alles telefon',
    nothingWaits: 'Der venter ikke noget i nogen app.',
    waits: 'Det venter i apperne:',
    open: 'Åbn appen',
    asks: 'Du bliver bedt om at godkende:',
    noText: 'Appen viser ingen tekst.',
    compare: 'De sidste otte tegn er koden på den side, du kom fra.',
    presented: 'Det, du underskriver',
    document: 'Åbn dokumentet',
    person: 'Hvem du er',
    level: 'Sikringsniveau',
    approve: 'Godkend',
    abort: 'Afbryd',
    fail: 'Lad det gå galt',
    timeOut: 'Lad tiden løbe ud',
    rollOver: 'Godkend med en ny nøgle hos udbyderen',
    liesHeading: 'Svar, der ikke passer',
    liesWhy: 'Hvert svar får udbyderen til at sige noget forkert. En tjeneste skal afvise dem alle.',
    lies: {
      nonce: 'En anden nonce',
      'other-order': 'Token fra en anden bestilling',
      'other-person': 'En anden person',
      'no-number': 'Intet personnummer',
      'low-level': 'Et lavere niveau',
      'other-eid': 'Et andet eID',
      'other-text': 'Der blev vist en anden tekst',
      audience: 'Til en anden klient',
      issuer: 'Fra en anden udsteder',
      expired: 'Udløbet',
      'old-session': 'En gammel session, ingen blev spurgt',
      forged: 'Forfalsket: underskrevet med en anden nøgle',
      'old-key': 'Underskrevet med en nøgle, der ikke længere er offentliggjort',
      unsigned: 'Slet ikke underskrevet',
      simulated: 'Simuleret',
      'native-missing': 'Ingen underskrift fra eID’et',
      'native-visible': 'Det underskrev en anden tekst',
      'native-hidden': 'Det underskrev andre data ved siden af teksten',
      'native-log-on': 'Det blev brugt til at logge ind',
      'native-forged': 'En forfalsket underskrift',
      'native-wrapped': 'En underskrift med en tekst foran, som ikke er underskrevet',
      'native-person': 'En anden persons underskrift',
      'native-issuer': 'En underskrift under en anden udsteder',
      'native-revoked': 'En underskrift med et spærret certifikat',
      'native-no-status': 'En underskrift uden status for certifikatet',
      'native-old-status': 'En underskrift med en gammel status',
      'transaction-missing': 'Intet transaktionstoken',
      'transaction-order': 'Transaktionstoken fra en anden bestilling',
      'transaction-document': 'Der blev vist et andet dokument',
      'transaction-unsigned': 'Vist, men ikke underskrevet',
      'transaction-forged': 'Et forfalsket transaktionstoken',
      'transaction-policy': 'Et certifikat under en anden politik',
      'transaction-revoked': 'Et spærret certifikat',
      'transaction-no-status': 'Ingen status for certifikatet',
      'transaction-old-status': 'En gammel status for certifikatet',
      'transaction-test': 'Et testcertifikat',
    },
  },
};
