/** The Response of SAML 2.0 (Web Browser SSO profile): the assertion signed, encrypted where that is asked for, and the whole signed. */
import { createHash, randomBytes } from 'node:crypto';
import { element, textElement } from '@segl/ades/xml/canonical-text';
import { signEnveloped } from '@segl/ades/xml/sign-enveloped';
import {
  ANSWER_SECONDS,
  type LogOn,
  type LoginOutcome,
  type Saml2Reply,
} from '../../../domain/login/model.ts';
import { contextClass, nameIdFormat } from '../../../domain/login/service-provider.ts';
import { saml2Attributes } from '../../../domain/login/told.ts';
import type { Asserting } from '../saml1.ts';
import { encryptAssertion } from './encrypt.ts';
import { ASSERTION, PROTOCOL, providerAddress } from './words.ts';

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';
const BASIC = 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

const newId = (): string => `_${randomBytes(16).toString('hex')}`;

export interface Saml2Asserting extends Omit<Asserting, 'issuer'> {
  /** As PUBLIC_URL has it. */
  readonly publicUrl: string;
}

/** The Response, signed. Throws XML_CHARACTER_INVALID, and what the key throws. */
export async function writeSaml2Response(
  outcome: LoginOutcome,
  { service, reply }: { readonly service: string; readonly reply: Saml2Reply },
  { key, publicUrl, clock }: Saml2Asserting,
): Promise<string> {
  const now = clock.now();
  const issuer = providerAddress(publicUrl, service);
  const result = judged(outcome, reply);
  const content =
    result.kind === 'authenticated' ? await assertion(result.logOn, { reply, issuer, now, key }) : '';
  const id = newId();
  return signEnveloped(
    (signature) =>
      element(
        'samlp:Response',
        {
          'xmlns:samlp': PROTOCOL,
          Destination: reply.consumer,
          ID: id,
          InResponseTo: reply.requestId,
          IssueInstant: now.toISOString(),
          Version: '2.0',
        },
        issuerElement(issuer),
        signature,
        status(result),
        content,
      ),
    { key, id },
  );
}

const issuerElement = (issuer: string): string =>
  textElement('saml:Issuer', issuer, { 'xmlns:saml': ASSERTION });

/** A log-on may turn out weaker than the method promises. */
function judged(outcome: LoginOutcome, { levels }: Saml2Reply): LoginOutcome {
  const isWeak =
    outcome.kind === 'authenticated' && levels.length > 0 && !levels.includes(outcome.logOn.assurance);
  return isWeak ? { kind: 'failed', code: 'authn-request/context' } : outcome;
}

/** Second status codes (SAML Core section 3.2.2.2), by code. */
const SECOND: Readonly<Record<string, readonly [top: string, second: string]>> = {
  'authn-request/context': ['Responder', 'NoAuthnContext'],
  'authn-request/passive': ['Responder', 'NoPassive'],
  'authn-request/name-id': ['Requester', 'InvalidNameIDPolicy'],
};

function status(outcome: LoginOutcome): string {
  if (outcome.kind === 'authenticated')
    return element('samlp:Status', {}, element('samlp:StatusCode', { Value: `${STATUS}Success` }));
  const code = outcome.kind === 'failed' ? outcome.code : undefined;
  const [top, second] = SECOND[code ?? ''] ?? ['Responder', 'AuthnFailed'];
  return element(
    'samlp:Status',
    {},
    element(
      'samlp:StatusCode',
      { Value: `${STATUS}${top}` },
      element('samlp:StatusCode', { Value: `${STATUS}${second}` }),
    ),
    ...(code === undefined ? [] : [textElement('samlp:StatusMessage', code)]),
  );
}

/** As the service provider may know the person. A persistent name is of one service provider, and tells nothing itself. */
function nameId(
  { subjectId, family }: LogOn,
  { nameId: kind, entityId }: Saml2Reply,
  issuer: string,
): string {
  const pairwise = createHash('sha256').update(JSON.stringify([issuer, entityId, family, subjectId]));
  const values = {
    unspecified: () => subjectId,
    persistent: () => pairwise.digest('base64url'),
    transient: newId,
  };
  return textElement('saml:NameID', values[kind](), { Format: nameIdFormat(kind) });
}

async function assertion(
  logOn: LogOn,
  {
    reply,
    issuer,
    now,
    key,
  }: {
    readonly reply: Saml2Reply;
    readonly issuer: string;
    readonly now: Date;
    readonly key: Asserting['key'];
  },
): Promise<string> {
  const until = new Date(now.getTime() + ANSWER_SECONDS * 1000).toISOString();
  const id = newId();
  const confirmation = { InResponseTo: reply.requestId, NotOnOrAfter: until, Recipient: reply.consumer };
  const context = contextClass(reply.scale, logOn);
  const signed = await signEnveloped(
    (signature) =>
      element(
        'saml:Assertion',
        { 'xmlns:saml': ASSERTION, ID: id, IssueInstant: now.toISOString(), Version: '2.0' },
        textElement('saml:Issuer', issuer),
        signature,
        element(
          'saml:Subject',
          {},
          nameId(logOn, reply, issuer),
          element(
            'saml:SubjectConfirmation',
            { Method: BEARER },
            element('saml:SubjectConfirmationData', confirmation),
          ),
        ),
        element(
          'saml:Conditions',
          { NotBefore: now.toISOString(), NotOnOrAfter: until },
          element('saml:AudienceRestriction', {}, textElement('saml:Audience', reply.entityId)),
        ),
        element(
          'saml:AuthnStatement',
          { AuthnInstant: logOn.at, SessionIndex: id },
          element('saml:AuthnContext', {}, textElement('saml:AuthnContextClassRef', context)),
        ),
        element(
          'saml:AttributeStatement',
          {},
          ...saml2Attributes(logOn).map(([name, value]) =>
            element(
              'saml:Attribute',
              { Name: name, NameFormat: BASIC },
              textElement('saml:AttributeValue', value),
            ),
          ),
        ),
      ),
    { key, id },
  );
  return reply.encryption === undefined
    ? signed
    : encryptAssertion(signed, Buffer.from(reply.encryption, 'base64'));
}
