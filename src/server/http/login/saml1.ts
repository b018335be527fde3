/**
 * SAML 1.1, Browser/POST: the Response that `target` gets, as clients of the contract read it. One signature, over the
 * Response; one assertion in it, or none where nobody logged on.
 */
import { randomBytes } from 'node:crypto';
import { element, textElement } from '@segl/ades/xml/canonical-text';
import { signEnveloped } from '@segl/ades/xml/sign-enveloped';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import type { Clock } from '@segl/problem/clock';
import {
  ANSWER_SECONDS,
  type LogOn,
  type LoginFailure,
  type LoginOutcome,
} from '../../domain/login/model.ts';
import { toldAttributes } from '../../domain/login/told.ts';

const PROTOCOL = 'urn:oasis:names:tc:SAML:1.0:protocol';
const ASSERTION = 'urn:oasis:names:tc:SAML:1.0:assertion';
const BEARER = 'urn:oasis:names:tc:SAML:1.0:cm:bearer';

/** Those of the contract, declared here or not. */
const PREFIXES = ['code', 'ds', 'kind', 'rw', 'saml', 'samlp', 'typens', '#default', 'xsd', 'xsi'] as const;

const NAME_FORMATS = {
  subject: 'urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName',
  nationalId: 'urn:kantega:ksi:3.0:nameid-format:fnr',
  id: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
} as const;

/** Who says so, with which key, at which time. */
export interface Asserting {
  readonly key: SigningKey;
  /** As `Issuer` has it. */
  readonly issuer: string;
  readonly clock: Clock;
}

const newId = (): string => `_${randomBytes(16).toString('hex')}`;

/** The Response, signed. `target` is its Recipient, byte for byte. Throws XML_CHARACTER_INVALID, and what the key throws. */
export async function writeSaml1Response(
  outcome: LoginOutcome,
  { service, target }: { readonly service: string; readonly target: string },
  { key, issuer, clock }: Asserting,
): Promise<string> {
  const now = clock.now();
  const id = newId();
  const content = [
    status(outcome),
    ...(outcome.kind === 'authenticated' ? [assertion(outcome.logOn, { service, issuer, now })] : []),
  ];
  return signEnveloped(
    (signature) =>
      element(
        'Response',
        {
          xmlns: PROTOCOL,
          'xmlns:saml': ASSERTION,
          'xmlns:samlp': PROTOCOL,
          'xmlns:xsd': 'http://www.w3.org/2001/XMLSchema',
          'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
          IssueInstant: now.toISOString(),
          MajorVersion: '1',
          MinorVersion: '1',
          Recipient: target,
          ResponseID: id,
        },
        signature,
        ...content,
      ),
    { key, id, prefixes: PREFIXES },
  );
}

function status(outcome: LoginOutcome): string {
  if (outcome.kind === 'authenticated') return element('Status', {}, statusCode('samlp:Success'));
  return element(
    'Status',
    {},
    statusCode('samlp:Responder'),
    textElement('StatusMessage', outcome.kind === 'cancelled' ? CANCELLED : failed(outcome)),
  );
}

const statusCode = (value: string): string => element('StatusCode', { Value: value });

const CANCELLED = 'urn:signicat:error:usercancel; The user cancelled';

const failed = ({ method, code }: LoginFailure): string =>
  method === undefined ? `urn:signicat:error; ${code}` : `urn:signicat:error:${method}:${code}`;

/** What every reader takes for the person, by what is known. */
function nameIdentifier({ subjectDn, nationalId, subjectId }: LogOn): string {
  if (subjectDn !== undefined)
    return textElement('NameIdentifier', subjectDn, { Format: NAME_FORMATS.subject });
  if (nationalId) return textElement('NameIdentifier', nationalId.id, { Format: NAME_FORMATS.nationalId });
  return textElement('NameIdentifier', subjectId, { Format: NAME_FORMATS.id });
}

function assertion(
  logOn: LogOn,
  { service, issuer, now }: { readonly service: string; readonly issuer: string; readonly now: Date },
): string {
  const until = new Date(now.getTime() + ANSWER_SECONDS * 1000);
  const subject = element(
    'Subject',
    {},
    nameIdentifier(logOn),
    element('SubjectConfirmation', {}, textElement('ConfirmationMethod', BEARER)),
  );
  return element(
    'Assertion',
    {
      xmlns: ASSERTION,
      AssertionID: newId(),
      IssueInstant: now.toISOString(),
      Issuer: issuer,
      MajorVersion: '1',
      MinorVersion: '1',
    },
    element('Conditions', { NotBefore: now.toISOString(), NotOnOrAfter: until.toISOString() }),
    element(
      'AuthenticationStatement',
      {
        AuthenticationInstant: logOn.at,
        AuthenticationMethod: logOn.authenticationMethod ?? 'urn:oasis:names:tc:SAML:1.0:am:unspecified',
      },
      subject,
    ),
    element(
      'AttributeStatement',
      {},
      subject,
      ...toldAttributes(service, logOn).map(({ namespace, name, value }) =>
        element(
          'Attribute',
          { AttributeName: name, AttributeNamespace: namespace },
          textElement('AttributeValue', value),
        ),
      ),
    ),
  );
}
