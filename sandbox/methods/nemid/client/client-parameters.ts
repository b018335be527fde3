/** What the client checks before it shows anything: the parameters that the service provider's page gave it. */
import { isUtf8 } from 'node:buffer';
import type { Problem } from '@segl/problem/problem';
import { simulatorProblems } from '../problems.ts';
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
  | { readonly kind: 'refused'; readonly code: string; readonly why: Problem };

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

const refused = (code: string, why: Problem): CheckedParameters => ({ kind: 'refused', code, why });

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

/** A combination that makes no sense (APP008). */
function contradiction(named: ReadonlyMap<string, string>, flow: 'login' | 'sign'): Problem | undefined {
  const has = (name: string): boolean => named.has(name);
  if (flow === 'login' && [...named.keys()].some((name) => /^SIGNTEXT/.test(name))) {
    return simulatorProblems.of('client/only-signing', { name: 'SIGNTEXT' });
  }
  if (flow === 'sign' && has('CREDENTIAL_UPDATE'))
    return simulatorProblems.of('client/only-login', { name: 'CREDENTIAL_UPDATE' });
  if (has('SIGNTEXT') && has('SIGNTEXT_URI'))
    return simulatorProblems.of('client/both', { name: 'SIGNTEXT', other: 'SIGNTEXT_URI' });
  if (has('SIGNTEXT_REMOTE_HASH') && !has('SIGNTEXT_URI'))
    return simulatorProblems.of('client/needs', { name: 'SIGNTEXT_REMOTE_HASH', other: 'SIGNTEXT_URI' });
  if (has('SIGNTEXT_URI') && !has('SIGNTEXT_REMOTE_HASH'))
    return simulatorProblems.of('client/needs', { name: 'SIGNTEXT_URI', other: 'SIGNTEXT_REMOTE_HASH' });
  const xml = named.get('SIGNTEXT_FORMAT')?.toUpperCase() === 'XML';
  if (xml !== has('SIGNTEXT_TRANSFORMATION')) return simulatorProblems.of('client/transformation');
  if (has('REMEMBER_USERID_INITIAL_STATUS') && !has('REMEMBER_USERID')) {
    return simulatorProblems.of('client/needs', {
      name: 'REMEMBER_USERID_INITIAL_STATUS',
      other: 'REMEMBER_USERID',
    });
  }
  return undefined;
}

/** Only plain text is signed here; HTML, XML and PDF sign texts end with APP002. */
function readSignText(named: ReadonlyMap<string, string>): Uint8Array | { code: string; why: Problem } {
  if (named.has('SIGNTEXT_URI') || named.has('SIGNTEXT_TRANSFORMATION')) {
    return { code: 'APP002', why: simulatorProblems.of('client/plain-text') };
  }
  const text = named.get('SIGNTEXT');
  if (!text) return { code: 'APP007', why: simulatorProblems.of('client/missing', { name: 'SIGNTEXT' }) };
  const format = (named.get('SIGNTEXT_FORMAT') ?? 'TEXT').toUpperCase();
  if (format !== 'TEXT')
    return {
      code: 'APP002',
      why: simulatorProblems.of('client/plain-text-not', { format: format.slice(0, 40) }),
    };
  if (!isBase64(text))
    return { code: 'APP001', why: simulatorProblems.of('client/not-base64', { name: 'SIGNTEXT' }) };
  const bytes = Buffer.from(text, 'base64');
  return isUtf8(bytes)
    ? bytes
    : { code: 'APP002', why: simulatorProblems.of('client/not-utf8', { name: 'SIGNTEXT' }) };
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
  if (!parameters) return refused('APP001', simulatorProblems.of('client/not-strings'));
  const named = new Map(Object.entries(parameters).map(([name, value]) => [name.toUpperCase(), value]));

  const missing = MANDATORY.find((name) => !named.get(name));
  if (missing) return refused('APP007', simulatorProblems.of('client/missing', { name: missing }));
  const unknown = [...named.keys()].find((name) => !KNOWN.has(name));
  if (unknown)
    return refused('APP007', simulatorProblems.of('client/unknown', { name: unknown.slice(0, 40) }));

  const { digestMatches, signatureMatches, certificate } = verifyParameters(parameters);
  if (!digestMatches) return refused('APP001', simulatorProblems.of('client/digest'));
  const provider = certificate && findProvider(certificate);
  if (!provider) return refused('SRV005', simulatorProblems.of('client/provider-unknown'));
  if (!signatureMatches) return refused('SRV001', simulatorProblems.of('client/signature'));
  if (!provider.clients.includes('js')) return refused('SRV010', simulatorProblems.of('client/not-open'));
  if (!isAllowed(provider, address)) {
    return refused('SRV010', simulatorProblems.of('client/address', { address: address.slice(0, 60) }));
  }

  const timestamp = named.get('TIMESTAMP') ?? '';
  const time = readTimestamp(timestamp);
  if (!time) return refused('APP001', simulatorProblems.of('client/timestamp'));
  if (Math.abs(time.getTime() - now.getTime()) > TOLERANCE_MILLISECONDS) {
    return refused('SRV003', simulatorProblems.of('client/timestamp-off'));
  }
  const expectedOrigin = named.get('ORIGIN');
  if (expectedOrigin !== undefined && expectedOrigin !== origin) {
    return refused('APP007', simulatorProblems.of('client/origin', { origin: origin.slice(0, 200) }));
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
  if (!flow)
    return refused(
      'APP001',
      simulatorProblems.of('client/none-of', { name: 'CLIENTFLOW', values: ['OCESLOGIN2', 'OCESSIGN2'] }),
    );
  const language = (named.get('LANGUAGE') || 'DA').toUpperCase();
  if (!['DA', 'EN', 'KL'].includes(language))
    return refused(
      'APP001',
      simulatorProblems.of('client/none-of', { name: 'LANGUAGE', values: ['DA', 'EN', 'KL'] }),
    );
  if (Buffer.from(named.get('TRANSACTION_CONTEXT') ?? '', 'base64').length > 100) {
    return refused(
      'SRV011',
      simulatorProblems.of('client/too-long', { name: 'TRANSACTION_CONTEXT', most: 100 }),
    );
  }
  if (named.get('PREVENT_OTP_CARD')?.toUpperCase() === 'TRUE') {
    return refused('AUTH019', simulatorProblems.of('client/key-card-only'));
  }
  const notASwitch = SWITCHES.find((name) => !/^(TRUE)?$/i.test(named.get(name) ?? ''));
  if (notASwitch)
    return refused('APP001', simulatorProblems.of('client/none-of', { name: notASwitch, values: ['TRUE'] }));
  if (!/^(FALSE)?$/i.test(named.get('REMEMBER_USERID_INITIAL_STATUS') ?? '')) {
    return refused(
      'APP001',
      simulatorProblems.of('client/none-of', { name: 'REMEMBER_USERID_INITIAL_STATUS', values: ['FALSE'] }),
    );
  }
  if (!/^(PASSWORD|ALIAS)?$/i.test(named.get('CREDENTIAL_UPDATE') ?? '')) {
    return refused(
      'APP001',
      simulatorProblems.of('client/none-of', { name: 'CREDENTIAL_UPDATE', values: ['PASSWORD', 'ALIAS'] }),
    );
  }
  if (!['TEXT', 'HTML', 'XML', 'PDF'].includes((named.get('SIGNTEXT_FORMAT') ?? 'TEXT').toUpperCase())) {
    return refused(
      'APP001',
      simulatorProblems.of('client/none-of', {
        name: 'SIGNTEXT_FORMAT',
        values: ['TEXT', 'HTML', 'XML', 'PDF'],
      }),
    );
  }
  const why = contradiction(named, flow);
  if (why) return refused('APP008', why);
  const signText = flow === 'sign' ? readSignText(named) : new Uint8Array();
  if ('code' in signText) return refused(signText.code, signText.why);

  const properties = readSignProperties(named.get('SIGN_PROPERTIES') ?? '');
  const names = new Set(properties.map(([name]) => name));
  if (names.size !== properties.length) return refused('APP001', simulatorProblems.of('client/name-twice'));
  const wrong = [...names].find((name) => !/^[A-Za-z_]+$/.test(name) || RESERVED.has(name.toLowerCase()));
  if (wrong !== undefined) {
    return refused('APP001', simulatorProblems.of('client/name-reserved', { name: wrong.slice(0, 40) }));
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
