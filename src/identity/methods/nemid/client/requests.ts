/** How each client is asked. Both are asked the same things; names and values differ, and CodeFile minds their case. */
import type { ClientKind, Holders } from '../name-options.ts';
import { clientLanguage, launcherUrl, type Random } from './client.ts';
import { writeSignProperties, writeTimestamp, type ClientParameters } from './parameters.ts';

export interface ClientRequest {
  readonly flow: 'login' | 'sign';
  readonly language: string;
  /** Of the page: scheme://host[:port]. */
  readonly origin: string;
  readonly friendlyName: string;
  /** To be signed; a login has none. */
  readonly signText?: string;
  /** As SIGN_PROPERTIES has them. */
  readonly properties: string;
  readonly at: Date;
  readonly holders: Holders;
}

interface Client {
  /** Of a page of its own for each request, so that no cache answers. */
  url(base: string, random: Random): string;
  /** See Show: it is used in another way than NemID is known for. */
  readonly text?: string;
  parameters(request: ClientRequest): ClientParameters;
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** What the subject of a certificate has in it. */
const SUBJECTS: Readonly<Record<Holders, string>> = { persons: 'PID:', employees: 'RID:' };

export const clients: Readonly<Record<ClientKind, Client>> = {
  launcher: {
    url: launcherUrl,
    parameters: ({ flow, language, origin, signText, properties, at }) => ({
      CLIENTFLOW: flow === 'sign' ? 'OCESSIGN2' : 'OCESLOGIN2',
      LANGUAGE: clientLanguage(language),
      ORIGIN: origin,
      SIGN_PROPERTIES: properties,
      ...(signText !== undefined && { SIGNTEXT: base64(signText), SIGNTEXT_FORMAT: 'TEXT' }),
      TIMESTAMP: writeTimestamp(at),
    }),
  },
  codefile: {
    text: 'key-file',
    url: (base, random) => `${base}/?t=${Buffer.from(random(6)).readUIntBE(0, 6)}`,
    parameters: ({ flow, language, origin, friendlyName, signText, properties, at, holders }) => ({
      CLIENTFLOW: flow,
      LANGUAGE: clientLanguage(language).toLowerCase(),
      ORIGIN: base64(origin),
      REQUESTISSUER: base64(friendlyName),
      SIGN_PROPERTIES: properties,
      ...(signText !== undefined && { SIGNTEXT: base64(signText), SIGNTEXT_FORMAT: base64('text') }),
      TIMESTAMP: base64(writeTimestamp(at)),
      ADDITIONAL_PARAMS: base64(writeSignProperties([['subjectdnfilter', base64(SUBJECTS[holders])]])),
    }),
  },
};
