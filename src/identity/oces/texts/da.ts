/** Danish texts of the codes in `problems.ts`. */
export const da = {
  OCES_INVALID: 'Dette er ikke et OCES-certifikat, der kan bruges: {why}.',
  'OCES_INVALID.todo': 'Brug et certifikat af den type, der bedes om.',
  CALLER_CERTIFICATE_MISSING:
    'Kontoen {service} kræver et klientcertifikat ud over adgangskoden, og der blev ikke sendt noget.',
  'CALLER_CERTIFICATE_MISSING.todo':
    'Lad klienten sende sit certifikat (OCES3, FOCES eller VOCES) i TLS; en proxy undervejs skal sende det videre, som CALLER_CERT_HEADER siger.',
  CALLER_CERTIFICATE_UNREADABLE: 'Klientcertifikatet kan ikke læses: {why}.',
  'CALLER_CERTIFICATE_UNREADABLE.todo':
    'Send ét X.509-certifikat sammen med udstedernes; driften kan se proxyernes headerformater i docs/guide/callers.md.',
  CALLER_CERTIFICATE_EXPIRED: 'Klientcertifikatet {what}.',
  'CALLER_CERTIFICATE_EXPIRED.todo':
    'Få det fornyet; CVR-nummer og UUID, FID eller UID forbliver de samme, så intet skal registreres på ny.',
  CALLER_CHAIN_REFUSED: 'Klientcertifikatet er ikke fra en godkendt kæde: {why}.',
  'CALLER_CHAIN_REFUSED.todo':
    'Brug en af de kæder, som segl caller rules viser, og send udstederens certifikat med.',
  CALLER_TYPE_REFUSED:
    'Klientcertifikatet tilhører hverken en organisation eller et system (OCES3), en funktion (FOCES) eller en virksomhed (VOCES): {why}.',
  'CALLER_TYPE_REFUSED.todo': 'Bestil et OCES3-systemcertifikat til det kaldende system.',
  CALLER_OCES2_ENDED: 'Kalderes OCES2-certifikater er blevet afvist siden {end}.',
  'CALLER_OCES2_ENDED.todo':
    'Bestil et OCES3-systemcertifikat, og få driften til at registrere det; OCES2_CALLERS_UNTIL siger, hvor længe OCES2 blev accepteret.',
  CALLER_CERTIFICATE_REVOKED: 'Klientcertifikatet eller en udsteder over det blev spærret {when}.',
  'CALLER_CERTIFICATE_REVOKED.todo':
    'Bestil et nyt; har ingen hos jer fået det spærret, så sig det til driften.',
  CALLER_STATUS_UNKNOWN: 'Det kan ikke fastslås, om klientcertifikatet er spærret.',
  'CALLER_STATUS_UNKNOWN.todo':
    'Prøv igen om et minut; driften ser i loggen, hvilken adresse der blev spurgt.',
  'oces/authority': 'det er et certificeringscenters',
  'oces/nameless': 'det navngiver ingen',
  'oces/serial-number':
    'dets serienummer-attribut er ikke en OCES-persons, -medarbejders, -virksomheds eller -funktions',
  'oces/serial-numbers': 'det har flere serienumre af OCES-typen',
  'oces/subject-of-oces3':
    'dets indehaver er ikke angivet som i OCES3: ét serienummer UI:DK-O:G eller UI:DK-E med et UUID og én organisationsidentifikator NTRDK med CVR-nummeret',
  'oces/policy': 'dets indehaver er af typen {type}, men det er ikke udstedt efter politikken {policies}',
  'oces/not-for-signatures': 'nøglen er ikke beregnet til digitale signaturer',
  'oces/key-of-authority': 'nøglen er en udsteders',
  'oces/not-committing': 'nøglen er ikke beregnet til bindende underskrifter (nonRepudiation)',
  'oces/committing':
    'nøglen er beregnet til bindende underskrifter (nonRepudiation), hvilket en nøgle af typen {type} ikke kan være',
  'oces/two-companies': 'det nævner to virksomheder',
  'oces/no-broker': 'det tilhører {organization}, som ikke er en kendt broker',
  'oces/is-employee': 'en medarbejder hos {organization} (CVR {cvr}) med id {uuid}',
  'oces/is-organisation': 'organisationen {organization} (CVR {cvr}) med id {uuid}',
  'oces/no-issuer': 'det har ingen udsteder',
  'oces/other-environment': 'det hører til miljøet {other}, ikke til {name}',
  'oces/other-hierarchy': 'det hører til en anden udsteder, ikke til {name}',
  'oces/issuer': '{issuer} udsteder ikke OCES-certifikater',
  'setting/trust-of-other':
    'NEMID_TRUST_FILE indeholder {name}, som hører til miljøet {other}: sæt NEMID_ENVIRONMENT={other}',
  'setting/trust-missing': 'NEMID_TRUST_FILE skal nævne sandkassens tillidsankre',
  'setting/trust-of-nobody':
    'NEMID_TRUST_FILE indeholder {name}, som ikke er et tillidsanker for NEMID_ENVIRONMENT={environment}: lad den være tom',
  'setting/root-changed':
    'certs/oces/{file}.pem er ikke det certifikat, det skulle være: installer Segl igen',
  'caller/not-a-certificate': 'det er ikke et certifikat',
  'caller/not-yet-valid': 'er først gyldigt fra {notBefore}',
  'caller/expired': 'udløb {notAfter}',
  'caller/chain-not-accepted': 'kæden {chain} accepteres ikke i miljøet {environment}',
  'caller/names-a-person': 'det er af typen {type}, som udstedes til en person',
} as const;
