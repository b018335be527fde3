/** Codes of OpenID Connect, and their texts. */
import { defineProblems } from '@segl/problem/errors';
import { identityProblems } from '../../problems.ts';

export const oidcProblems = defineProblems({
  errors: {},
  details: {
    'oidc/provider': { provider: 'name' },
    'oidc/found': { issuer: 'name' },
    'oidc/not-asked': { issuer: 'name' },
    'oidc/issuer-insecure': { provider: 'name' },
    'oidc/key': { provider: 'name', why: 'problem' },
    'oidc/file': { provider: 'name', file: 'name', why: 'problem' },
    'oidc/key-set': { provider: 'name', why: 'problem' },
    'oidc/key-algorithm': { provider: 'name', algorithm: 'token' },
    'oidc/option': { name: 'name', option: 'token' },
    'oidc/not-returned': {},
    'oidc/answer': { said: 'token' },
    'oidc/response': {},
    'oidc/code': {},
    'oidc/no-keys': {},
    'oidc/no-subject': {},
    'oidc/not-pushed': { provider: 'name' },
  },
  texts: {
    en: {
      'oidc/provider': 'the identity provider "{provider}"',
      'oidc/found': '{issuer} answers',
      'oidc/not-asked': '{issuer} was not asked',
      'oidc/issuer-insecure': 'the issuer of "{provider}" must be an https address, or one of this machine',
      'oidc/key': 'a key of "{provider}" cannot be used: {why}',
      'oidc/file': 'the file {file} of "{provider}" cannot be read: {why}',
      'oidc/key-set': 'the key set of "{provider}" cannot be used: {why}',
      'oidc/key-algorithm': 'a key of "{provider}" is not one for {algorithm}',
      'oidc/option': 'METHODS_FILE: the option {option} of "{name}" is unknown or of another form',
      'oidc/not-returned': 'the signer was not sent back by the identity provider',
      'oidc/answer': 'the identity provider answers {said}',
      'oidc/response': 'the answer of the identity provider cannot be relied on',
      'oidc/code': 'the code was used before, has expired or belongs to another exchange',
      'oidc/no-keys': 'the identity provider does not say where its keys are',
      'oidc/no-subject': 'the identity provider does not tell who it was',
      'oidc/not-pushed':
        '"{provider}" takes no pushed requests, in which a document could be sent to be shown',
    },
    da: {
      'oidc/provider': 'identitetsudbyderen "{provider}"',
      'oidc/found': '{issuer} svarer',
      'oidc/not-asked': '{issuer} blev ikke spurgt',
      'oidc/issuer-insecure':
        'udstederen for "{provider}" skal være en https-adresse eller en på denne maskine',
      'oidc/key': 'en nøgle for "{provider}" kan ikke bruges: {why}',
      'oidc/file': 'filen {file} for "{provider}" kan ikke læses: {why}',
      'oidc/key-set': 'nøglesættet for "{provider}" kan ikke bruges: {why}',
      'oidc/key-algorithm': 'en nøgle for "{provider}" er ikke til {algorithm}',
      'oidc/option': 'METHODS_FILE: indstillingen {option} for "{name}" er ukendt eller har en anden form',
      'oidc/not-returned': 'underskriveren blev ikke sendt tilbage af identitetsudbyderen',
      'oidc/answer': 'identitetsudbyderen svarer {said}',
      'oidc/response': 'man kan ikke stole på identitetsudbyderens svar',
      'oidc/code': 'koden er brugt før, udløbet eller hører til en anden udveksling',
      'oidc/no-keys': 'identitetsudbyderen oplyser ikke, hvor dens nøgler er',
      'oidc/no-subject': 'identitetsudbyderen oplyser ikke, hvem det var',
      'oidc/not-pushed':
        '"{provider}" tager ikke imod pushede forespørgsler, som et dokument kan sendes med for at blive vist',
    },
  },
  uses: [identityProblems],
});
