/** Keys on security modules are named by URIs (RFC 7512). */
import type { Problem } from '@segl/problem/problem';
import type { SeglError } from '@segl/problem/errors';
import { serverProblems } from '../../../problems.ts';

/** Which token and which key. What is absent fits all; exactly one must be left. */
export interface Pkcs11Uri {
  /** File of the PKCS#11 library. */
  readonly modulePath: string;
  readonly token: {
    readonly label?: string;
    readonly serial?: string;
    readonly manufacturer?: string;
    readonly model?: string;
    readonly slotId?: number;
  };
  readonly object: { readonly label?: string; readonly id?: Uint8Array };
  /** File that holds the PIN. */
  readonly pinFile?: string;
}

export const isPkcs11Uri = (source: string): boolean => /^pkcs11:/i.test(source);

const invalid = (why: Problem): SeglError => serverProblems.error('PKCS11_URI_INVALID', { why });

const TOKEN = { token: 'label', serial: 'serial', manufacturer: 'manufacturer', model: 'model' } as const;

/**
 * `pkcs11:token=…;object=…?module-path=…&pin-source=…`. Known are token, serial, manufacturer, model, slot-id, object, id,
 * type (private), module-path and pin-source; any other attribute is refused (RFC 7512 §2.4: what is not understood
 * must not be left out of account). Throws PKCS11_URI_INVALID {why}.
 */
export function readPkcs11Uri(uri: string): Pkcs11Uri {
  const [, path = '', query = ''] = /^pkcs11:([^?]*)(?:\?(.*))?$/is.exec(uri) ?? [];
  const token: Record<string, string | number> = {};
  const object: { label?: string; id?: Uint8Array } = {};
  for (const [name, value] of attributes(path, ';')) {
    if (Object.hasOwn(TOKEN, name)) token[TOKEN[name as keyof typeof TOKEN]] = text(name, value);
    else if (name === 'slot-id') token['slotId'] = slotId(text(name, value));
    else if (name === 'object') object.label = text(name, value);
    else if (name === 'id') object.id = value;
    else if (name !== 'type') throw invalid(serverProblems.of('pkcs11/attribute-unknown', { name }));
    else if (text(name, value) !== 'private') throw invalid(serverProblems.of('pkcs11/not-private'));
  }
  let modulePath: string | undefined;
  let pinFile: string | undefined;
  for (const [name, value] of attributes(query, '&')) {
    if (name === 'module-path') modulePath = text(name, value);
    else if (name === 'pin-source') pinFile = text(name, value).replace(/^file:(\/\/(?=\/))?/i, '');
    else if (name === 'pin-value') throw invalid(serverProblems.of('pkcs11/pin-in-uri'));
    else throw invalid(serverProblems.of('pkcs11/attribute-unknown', { name }));
  }
  if (modulePath === undefined) throw invalid(serverProblems.of('pkcs11/module-path-missing'));
  if (!modulePath.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(modulePath)) {
    throw invalid(serverProblems.of('pkcs11/module-path-relative'));
  }
  if (object.label === undefined && object.id === undefined) {
    throw invalid(serverProblems.of('pkcs11/object-missing'));
  }
  return { modulePath, token, object, ...(pinFile !== undefined && { pinFile }) };
}

function* attributes(part: string, separator: string): Generator<[string, Buffer]> {
  const seen = new Set<string>();
  for (const attribute of part.split(separator).filter((one) => one !== '')) {
    const [, name, value] = /^([\w-]+)=(.*)$/s.exec(attribute) ?? [];
    if (name === undefined || value === undefined) throw invalid(serverProblems.of('pkcs11/no-value'));
    if (seen.has(name)) throw invalid(serverProblems.of('pkcs11/attribute-repeated', { name }));
    seen.add(name);
    if (/%(?![0-9a-f]{2})/i.test(value)) throw invalid(serverProblems.of('pkcs11/percent-sign', { name }));
    // byte for byte, since an id need not be text
    const utf8 = Buffer.from(value, 'utf8').toString('latin1');
    const bytes = utf8.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    yield [name, Buffer.from(bytes, 'latin1')];
  }
}

function text(name: string, value: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value);
  } catch {
    throw invalid(serverProblems.of('pkcs11/not-utf8', { name }));
  }
}

function slotId(value: string): number {
  const slot = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(slot)) throw invalid(serverProblems.of('pkcs11/slot-id'));
  return slot;
}
