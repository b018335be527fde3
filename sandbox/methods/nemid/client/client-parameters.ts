/** What the client checks before it shows anything: the parameters that the service provider's page gave it. */
import { isUtf8 } from 'node:buffer';
import { isAllowed, type Provider } from '../providers/registry.ts';
import {
  readSignProperties,
  readTimestamp,
  verifyParameters,
  type ClientParameters,
} from '@segl/identity/methods/nemid/client/parameters';

/** The parameters, understood. */
export interface ClientRequest {
  readonly flow: 'login' | 'sign';
  readonly language: 'da' | 'en';
  /** The provider's name as it is on record, shown to the user and signed as RequestIssuer. */
  readonly friendlyName: string;
  /** The provider, as its agreement names it. */
  readonly providerId: string;
  /** False: the user is given no way to leave (DO_NOT_SHOW_CANCEL). */
  readonly mayCancel: boolean;
  /** TIMESTAMP as text, to be echoed. */
  readonly timestamp: string;
  readonly signText: Uint8Array;
  readonly monospace: boolean;
  readonly properties: readonly (readonly [name: string, value: string])[];
  /** Where answers go. */
  readonly origin: string;
}

/** The service provider that a VOCES certificate belongs to; undefined: nobody with an agreement. */
export type FindProvider = (certificate: Uint8Array) => Provider | undefined;

export type CheckedParameters =
  | { readonly kind: 'accepted'; readonly request: ClientRequest }
  | { readonly kind: 'refused'; readonly code: string; readonly why: string };

const TOLERANCE_MILLISECONDS = 3 * 60_000;

const MANDATORY = ['CLIENTFLOW', 'SP_CERT', 'TIMESTAMP', 'PARAMS_DIGEST', 'DIGEST_SIGNATURE'];

const KNOWN = new Set([
  ...MANDATORY,
  'SIGNTEXT',
  'SIGNTEXT_URI',
  'SIGNTEXT_REMOTE_HASH',
  'SIGNTEXT_FORMAT',
  'SIGNTEXT_TRANSFORMATION',
  'SIGNTEXT_TRANSFORMATION_ID',
  'SIGNTEXT_MONOSPACEFONT',
  'SIGN_PROPERTIES',
  'ORIGIN',
  'LANGUAGE',
  'REMEMBER_USERID',
  'REMEMBER_USERID_INITIAL_STATUS',
  'CREDENTIAL_UPDATE',
  'DO_NOT_SHOW_CANCEL',
  'ENABLE_AWAITING_APP_APPROVAL_EVENT',
  'PREVENT_OTP_CARD',
  'SUPPRESS_PUSH_TO_DEVICE',
  'TRANSACTION_CONTEXT',
  'CLIENTMODE',
]);

/** Properties that the client writes itself, so a provider cannot set them. */
const RESERVED = new Set([
  'signtext',
  'requestissuer',
  'logonto',
  'action',
  'timestamp',
  'useragent',
  'identityassurancelevel',
  'host',
]);

const refused = (code: string, why: string): CheckedParameters => ({ kind: 'refused', code, why });

const isBase64 = (text: string): boolean =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 && text.length > 0;

function readObject(text: string): ClientParameters | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const names = new Set(entries.map(([name]) => name.toUpperCase()));
  if (names.size !== entries.length || entries.some(([, item]) => typeof item !== 'string')) return undefined;
  return value as ClientParameters;
}

/** Parameters that are TRUE or not there, but for one. */
const SWITCHES = [
  'SIGNTEXT_MONOSPACEFONT',
  'DO_NOT_SHOW_CANCEL',
  'ENABLE_AWAITING_APP_APPROVAL_EVENT',
  'PREVENT_OTP_CARD',
  'SUPPRESS_PUSH_TO_DEVICE',
];

/** Combinations that make no sense (APP008), as sentences. */
function contradiction(named: ReadonlyMap<string, string>, flow: 'login' | 'sign'): string | undefined {
  const has = (name: string): boolean => named.has(name);
  if (flow === 'login' && [...named.keys()].some((name) => /^SIGNTEXT/.test(name))) {
    return 'SIGNTEXT is for signing, not for logging on';
  }
  if (flow === 'sign' && has('CREDENTIAL_UPDATE')) return 'CREDENTIAL_UPDATE is for logging on';
  if (has('SIGNTEXT') && has('SIGNTEXT_URI')) return 'SIGNTEXT and SIGNTEXT_URI are both there';
  if (has('SIGNTEXT_REMOTE_HASH') && !has('SIGNTEXT_URI')) return 'SIGNTEXT_REMOTE_HASH needs SIGNTEXT_URI';
  if (has('SIGNTEXT_URI') && !has('SIGNTEXT_REMOTE_HASH')) return 'SIGNTEXT_URI needs SIGNTEXT_REMOTE_HASH';
  const xml = named.get('SIGNTEXT_FORMAT')?.toUpperCase() === 'XML';
  if (xml !== has('SIGNTEXT_TRANSFORMATION'))
    return 'SIGNTEXT_TRANSFORMATION belongs to XML, and XML needs it';
  if (has('REMEMBER_USERID_INITIAL_STATUS') && !has('REMEMBER_USERID')) {
    return 'REMEMBER_USERID_INITIAL_STATUS needs REMEMBER_USERID';
  }
  return undefined;
}

/** Only plain text is signed here; HTML, XML and PDF sign texts end with APP002. */
function readSignText(named: ReadonlyMap<string, string>): Uint8Array | { code: string; why: string } {
  if (named.has('SIGNTEXT_URI') || named.has('SIGNTEXT_TRANSFORMATION')) {
    return { code: 'APP002', why: 'the sandbox signs plain text only (SIGNTEXT)' };
  }
  const text = named.get('SIGNTEXT');
  if (!text) return { code: 'APP007', why: 'SIGNTEXT is missing' };
  const format = (named.get('SIGNTEXT_FORMAT') ?? 'TEXT').toUpperCase();
  if (format !== 'TEXT') return { code: 'APP002', why: `the sandbox signs plain text only, not ${format}` };
  if (!isBase64(text)) return { code: 'APP001', why: 'SIGNTEXT is not base64' };
  const bytes = Buffer.from(text, 'base64');
  return isUtf8(bytes) ? bytes : { code: 'APP002', why: 'SIGNTEXT is not UTF-8' };
}

/**
 * Judges the parameters in the order in which the client does: form, mandatory ones, digest (APP001, APP007), provider
 * and signature (SRV005, SRV001), whether the client is open to the provider and the address (SRV010), time (SRV003),
 * the page's origin (APP007), then their values (APP001, APP002, APP008, SRV011). `origin` is the page's as the browser
 * reports it. `why` is for the sandbox's log; providers only see the code.
 */
export function checkParameters(
  text: string,
  origin: string,
  { now, findProvider, address }: { now: Date; findProvider: FindProvider; address: string },
): CheckedParameters {
  const parameters = readObject(text);
  if (!parameters) return refused('APP001', 'the parameters are not a JSON object of strings');
  const named = new Map(Object.entries(parameters).map(([name, value]) => [name.toUpperCase(), value]));

  const missing = MANDATORY.find((name) => !named.get(name));
  if (missing) return refused('APP007', `${missing} is missing`);
  const unknown = [...named.keys()].find((name) => !KNOWN.has(name));
  if (unknown) return refused('APP007', `there is no parameter ${unknown.slice(0, 40)}`);

  const { digestMatches, signatureMatches, certificate } = verifyParameters(parameters);
  if (!digestMatches) return refused('APP001', 'PARAMS_DIGEST is not the digest of the parameters');
  const provider = certificate && findProvider(certificate);
  if (!provider) return refused('SRV005', 'SP_CERT is not a VOCES certificate of a provider known here');
  if (!signatureMatches) return refused('SRV001', 'DIGEST_SIGNATURE does not verify with SP_CERT');
  if (!provider.clients.includes('js')) return refused('SRV010', 'this client is not open to the provider');
  if (!isAllowed(provider, address)) {
    return refused('SRV010', `the provider may not be used from ${address.slice(0, 60)}`);
  }

  const timestamp = named.get('TIMESTAMP') ?? '';
  const time = readTimestamp(timestamp);
  if (!time) return refused('APP001', 'TIMESTAMP cannot be read');
  if (Math.abs(time.getTime() - now.getTime()) > TOLERANCE_MILLISECONDS) {
    return refused('SRV003', 'TIMESTAMP is more than three minutes from the time here');
  }
  const expectedOrigin = named.get('ORIGIN');
  if (expectedOrigin !== undefined && expectedOrigin !== origin) {
    return refused('APP007', `the page comes from ${origin.slice(0, 200)}, not from ORIGIN`);
  }
  return readValues(named, {
    friendlyName: provider.friendlyName,
    providerId: provider.id,
    timestamp,
    origin,
  });
}

function readValues(
  named: ReadonlyMap<string, string>,
  known: Pick<ClientRequest, 'friendlyName' | 'providerId' | 'timestamp' | 'origin'>,
): CheckedParameters {
  const flow = ({ OCESLOGIN2: 'login', OCESSIGN2: 'sign' } as const)[
    (named.get('CLIENTFLOW') ?? '').toUpperCase()
  ];
  if (!flow) return refused('APP001', 'CLIENTFLOW is neither OCESLOGIN2 nor OCESSIGN2');
  const language = (named.get('LANGUAGE') || 'DA').toUpperCase();
  if (!['DA', 'EN', 'KL'].includes(language)) return refused('APP001', 'LANGUAGE is not DA, EN or KL');
  if (Buffer.from(named.get('TRANSACTION_CONTEXT') ?? '', 'base64').length > 100) {
    return refused('SRV011', 'TRANSACTION_CONTEXT is longer than 100 characters');
  }
  if (named.get('PREVENT_OTP_CARD')?.toUpperCase() === 'TRUE') {
    return refused('AUTH019', 'users of the sandbox have a key card and nothing else');
  }
  const notASwitch = SWITCHES.find((name) => !/^(TRUE)?$/i.test(named.get(name) ?? ''));
  if (notASwitch) return refused('APP001', `${notASwitch} is not TRUE`);
  if (!/^(FALSE)?$/i.test(named.get('REMEMBER_USERID_INITIAL_STATUS') ?? '')) {
    return refused('APP001', 'REMEMBER_USERID_INITIAL_STATUS is not FALSE');
  }
  if (!/^(PASSWORD|ALIAS)?$/i.test(named.get('CREDENTIAL_UPDATE') ?? '')) {
    return refused('APP001', 'CREDENTIAL_UPDATE is neither PASSWORD nor ALIAS');
  }
  if (!['TEXT', 'HTML', 'XML', 'PDF'].includes((named.get('SIGNTEXT_FORMAT') ?? 'TEXT').toUpperCase())) {
    return refused('APP001', 'SIGNTEXT_FORMAT is not TEXT, HTML, XML or PDF');
  }
  const why = contradiction(named, flow);
  if (why) return refused('APP008', why);
  const signText = flow === 'sign' ? readSignText(named) : new Uint8Array();
  if ('code' in signText) return refused(signText.code, signText.why);

  const properties = readSignProperties(named.get('SIGN_PROPERTIES') ?? '');
  const names = new Set(properties.map(([name]) => name));
  if (names.size !== properties.length) return refused('APP001', 'SIGN_PROPERTIES has a name twice');
  const wrong = [...names].find((name) => !/^[A-Za-z_]+$/.test(name) || RESERVED.has(name.toLowerCase()));
  if (wrong !== undefined) {
    return refused('APP001', `SIGN_PROPERTIES cannot have the name ${wrong.slice(0, 40)}`);
  }
  return {
    kind: 'accepted',
    request: {
      ...known,
      flow,
      // there is no Greenlandic text here; its speakers get the Danish one
      language: language === 'EN' ? 'en' : 'da',
      signText,
      mayCancel: named.get('DO_NOT_SHOW_CANCEL')?.toUpperCase() !== 'TRUE',
      monospace: named.get('SIGNTEXT_MONOSPACEFONT')?.toUpperCase() === 'TRUE',
      properties,
    },
  };
}
