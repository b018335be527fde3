/** What the signer was shown: the sign text of a message, in the format of the client (guidelines section 5). */
import { nemidProblems } from '../problems.ts';
import { createHash } from 'node:crypto';
import { parseXml } from '@segl/ades/xml/document';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { htmlProblem } from './html-subset.ts';
import { propertyText, type NativeMessage } from '../evidence/message.ts';
import type { ClientParameters } from './parameters.ts';

export const signTextFormats = ['TEXT', 'HTML', 'XML', 'PDF'] as const;
export type SignTextFormat = (typeof signTextFormats)[number];

export interface SignedText {
  readonly format: SignTextFormat;
  /**
   * How the format is known. `asked`: from the parameters that the client was started with; `stated`: the message says
   * so; `recognized`: only by what the bytes look like, since the message of a plain text and of HTML are alike.
   */
  readonly known: 'asked' | 'stated' | 'recognized';
  readonly bytes: Uint8Array;
  /** Decoded; absent for PDFs and for bytes that are not UTF-8. */
  readonly text?: string;
  /** The client says that it showed it. */
  readonly visible: boolean;
  /** It was shown in a font of fixed width. Only the parameters tell. */
  readonly monospace: boolean;
  /** XML: by which stylesheet it was turned into what was shown. */
  readonly stylesheet?: { readonly sha256?: Uint8Array; readonly identifier?: string };
}

/** The sign text is a property, or (OpenSign with a PDF) an object of this name. */
const SIGN_TEXT_OBJECT = 'signText';

/**
 * The sign text of a message; undefined when it has none. `asked` are the parameters of the client, where they were
 * kept. Nothing of it is ever run: a stylesheet is known by its digest alone.
 */
export function readSignText(message: NativeMessage, asked: ClientParameters = {}): SignedText | undefined {
  const property = message.properties.get('signtext');
  const object = message.objects.find(({ id }) => id === SIGN_TEXT_OBJECT);
  const bytes = object?.bytes ?? property?.value;
  if (!bytes) return undefined;
  const parameters = new Map(Object.entries(asked).map(([name, value]) => [name.toUpperCase(), value]));
  const stylesheet = readStylesheet(message);
  const text = decode(bytes);
  const known = formatAsked(parameters.get('SIGNTEXT_FORMAT'));
  const stated = stylesheet ? 'XML' : object?.mimeType === 'application/pdf' ? 'PDF' : undefined;
  const format = known ?? stated ?? recognize(bytes, text);
  return {
    format,
    known: known ? 'asked' : stated ? 'stated' : 'recognized',
    bytes,
    ...(text !== undefined && format !== 'PDF' && { text }),
    visible: property?.visible ?? object !== undefined,
    monospace: parameters.get('SIGNTEXT_MONOSPACEFONT')?.toUpperCase() === 'TRUE',
    ...(stylesheet && { stylesheet }),
  };
}

/** Why a text is not what its format allows, or undefined. `stylesheet`: the one that was sent along, if it is known. */
export function signTextProblem(signed: SignedText, stylesheet?: Uint8Array): Problem | undefined {
  const { format, bytes, text } = signed;
  if (format !== 'XML' && signed.stylesheet) return nemidProblems.of('nemid/stylesheet-unasked');
  if (format === 'PDF') return isPdfFile(bytes) ? undefined : nemidProblems.of('nemid/text-not-pdf');
  if (text === undefined) return nemidProblems.of('nemid/text-not-utf8');
  if (format === 'TEXT') return undefined;
  if (format === 'HTML') return htmlProblem(text);
  return stylesheetProblem(signed, stylesheet) ?? xmlProblem(bytes);
}

/** A remote client encodes SIGNTEXT_FORMAT once more in base64 and writes it small. */
function formatAsked(parameter: string | undefined): SignTextFormat | undefined {
  if (parameter === undefined) return undefined;
  const spellings = [parameter, Buffer.from(parameter, 'base64').toString('latin1')];
  return signTextFormats.find((format) => spellings.some((one) => one.trim().toUpperCase() === format));
}

/** HTML that no client shows as such can only have been shown as plain text. */
function recognize(bytes: Uint8Array, text: string | undefined): SignTextFormat {
  if (isPdfFile(bytes)) return 'PDF';
  const html = text !== undefined && /^\s*<html[\s>]/i.test(text) && htmlProblem(text) === undefined;
  return html ? 'HTML' : 'TEXT';
}

export const isPdfFile = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 5)).toString('latin1') === '%PDF-';

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The digest is 32 bytes or, as clients differ in encoding properties, the base64 of them. */
function readStylesheet(message: NativeMessage): SignedText['stylesheet'] {
  const value = message.properties.get('stylesheetdigest')?.value;
  const identifier = propertyText(message, 'stylesheetidentifier');
  if (!value && identifier === undefined) return undefined;
  const decoded = value && Buffer.from(Buffer.from(value).toString('latin1'), 'base64');
  const sha256 = [value, decoded].find((bytes) => bytes?.length === 32);
  return { ...(sha256 && { sha256 }), ...(identifier !== undefined && { identifier }) };
}

function stylesheetProblem({ stylesheet }: SignedText, sent: Uint8Array | undefined): Problem | undefined {
  if (!stylesheet?.sha256) return nemidProblems.of('nemid/stylesheet-untold');
  if (!sent) return undefined;
  const same = createHash('sha256').update(sent).digest().equals(stylesheet.sha256);
  return same ? undefined : nemidProblems.of('nemid/other-stylesheet');
}

function xmlProblem(bytes: Uint8Array): Problem | undefined {
  try {
    parseXml(bytes);
  } catch (error) {
    if (!isSeglError(error, 'XML_INVALID')) throw error;
    return nemidProblems.of('nemid/text-not-xml', { why: reasonOf(error) });
  }
}
