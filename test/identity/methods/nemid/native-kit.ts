/** Writes native messages of every producer, and such as nobody would write in good faith. */
import type { KeyObject } from 'node:crypto';
import { ocesEnvironment, type OcesEnvironment } from '@segl/identity/oces/environments';
import {
  signXml,
  type TestReference,
  type TestSignature,
} from '../../../support/signatures/xml-signature.ts';
import { createPki, POLICY_PREFIX, type Holder } from './local-pki.ts';

export const OPENOCES = 'http://www.openoces.org/2006/07/signature#';
export const pki = createPki();
export const person = pki.holder();
export const environment: OcesEnvironment = ocesEnvironment('sandbox', {
  anchors: [pki.root],
  policyPrefix: POLICY_PREFIX,
});

export interface KitProperty {
  readonly name: string;
  /** Text as it stands in the element, already encoded. */
  readonly content: string;
  /** Attributes of Value, as text. */
  readonly attributes?: string;
  /** Attributes of SignatureProperty, as text. */
  readonly target?: string;
}

export interface KitMessage {
  readonly signer?: { readonly privateKey: KeyObject; readonly certificates: readonly Uint8Array[] };
  readonly properties?: readonly KitProperty[];
  readonly namespace?: string;
  readonly prolog?: string;
  /** Between the references and after them. */
  readonly references?: readonly TestReference[];
  /** Behind ToBeSigned. */
  readonly objects?: string;
  readonly objectAttributes?: string;
  readonly toBeSigned?: string;
  readonly change?: Partial<TestSignature>;
  readonly wrap?: (signature: string) => string;
}

export const base64 = (value: string | Uint8Array): string => Buffer.from(value).toString('base64');

export const shown = (name: string, value: string | Uint8Array): KitProperty => ({
  name,
  content: base64(value),
  attributes: ' Encoding="base64" VisibleToSigner="yes"',
  target: ' Target="signature"',
});

export const hidden = (name: string, content: string): KitProperty => ({
  name,
  content,
  attributes: ' Encoding="xml" VisibleToSigner="no"',
  target: ' Target="signature"',
});

export const SIGN_TEXT = 'Jeg køber en båd for 1 kr.';

/** As the JavaScript client writes it. */
export const usual: readonly KitProperty[] = [
  shown('signtext', SIGN_TEXT),
  shown('RequestIssuer', 'Prøvebanken'),
  hidden('action', 'sign'),
  hidden('challenge', '1234567890'),
];

const property = ({ name, content, attributes = '', target = '' }: KitProperty): string =>
  `<ds:SignatureProperty${target}><openoces:Name>${name}</openoces:Name>` +
  `<openoces:Value${attributes}>${content}</openoces:Value></ds:SignatureProperty>`;

export const certificatesOf = ({ certificate }: Holder): Uint8Array[] => [pki.issuer, certificate, pki.root];

/** The complete message; in everything that is not said it is the one of the JavaScript client. */
export function writeMessage(message: KitMessage = {}): Buffer {
  const {
    properties = usual,
    namespace = OPENOCES,
    prolog = '<?xml version="1.0" encoding="UTF-8" ?>\n',
    references = [{ uri: '#ToBeSigned' }],
    objects = '',
    objectAttributes = '',
    toBeSigned = `<ds:SignatureProperties>${properties.map(property).join('')}</ds:SignatureProperties>`,
    signer = { privateKey: person.privateKey, certificates: certificatesOf(person) },
    change = {},
    wrap = (signature: string): string =>
      `${prolog}<openoces:signature xmlns:openoces="${namespace}" version="0.1">${signature}</openoces:signature>`,
  } = message;
  const signed = signXml({
    wrap,
    references,
    ...signer,
    objects: `<ds:Object Id="ToBeSigned"${objectAttributes}>${toBeSigned}</ds:Object>${objects}`,
    ...change,
  });
  return Buffer.from(signed, 'utf8');
}

/** Changes one place of a text that is known to be there. */
export function edit(message: Uint8Array | string, find: string | RegExp, replace: string): Buffer {
  const text = Buffer.from(message).toString('utf8');
  const changed = text.replace(find, () => replace);
  if (changed === text) throw new Error(`${String(find)} is not in the message`);
  return Buffer.from(changed, 'utf8');
}

/** The first element `name` with all that is in it. */
export function part(message: Uint8Array, name: string): string {
  const found = new RegExp(`<${name}[ >][^]*?</${name}>`).exec(Buffer.from(message).toString('utf8'));
  if (!found) throw new Error(`${name} is not in the message`);
  return found[0];
}
