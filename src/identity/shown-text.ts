/** The text of a document that signers are shown. */
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from './problems.ts';

// control characters other than tab, line feed, form feed and carriage return
const UNSHOWABLE = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;

/** The charset that a media type names, UTF-8 when it names none. */
const charsetOf = (mimeType: string): string =>
  /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(mimeType)?.[1] ?? 'utf-8';

/**
 * Plain text as it is signed: decoded by its charset (none: UTF-8), a byte order mark taken off, line ends and white space
 * untouched. Throws SIGN_TEXT_UNREADABLE when the bytes are not text in their charset or have control characters.
 */
export function textOf(documentId: string, mimeType: string, bytes: Uint8Array): string {
  const charset = charsetOf(mimeType);
  const refuse = (why: Problem): never => {
    throw identityProblems.error('SIGN_TEXT_UNREADABLE', { document: documentId, why });
  };
  let text: string;
  try {
    text = new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch (error) {
    const unknown = error instanceof RangeError;
    return refuse(
      unknown
        ? identityProblems.of('sign-text/charset-unknown', { charset })
        : identityProblems.of('sign-text/charset-mismatch', { charset }),
    );
  }
  return UNSHOWABLE.test(text) ? refuse(identityProblems.of('sign-text/control-characters')) : text;
}

/**
 * What makes a text read differently from what it says, or hides text in it: characters that override or embed a reading
 * direction (UAX #9, 2.1 to 2.5: "Trojan Source"), deprecated format characters, annotations that are not shown, tags that spell
 * text unseen (Unicode TR36, 2.10), and control characters of ISO 6429.
 */
const DECEPTIVE = /[\u0080-\u009f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\u{e0000}-\u{e00ff}]/gu;

/** Joiners are part of the spelling in these: Persian, and the scripts of India. */
export const SPELLED_JOINER =
  /(?<=[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{M}])[\u200c\u200d](?=[\p{L}\p{M}])/gu;

/** Takes no room, or looks like a space and is none; but for joiners that belong there, and the look of a pictograph. */
const INVISIBLE = new RegExp(
  `(?!${SPELLED_JOINER.source})(?!(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f])[\\p{Cf}\\p{Default_Ignorable_Code_Point}\\u0080-\\u009f]`,
  'gu',
);

/** Characters that a problem names; a text may be full of them. */
export const MAX_NAMED = 10;

/** As the Unicode standard writes it, e.g. `U+202E`. */
export const codePointOf = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * Plain text that may be ordered: what `textOf` gives. Throws what that throws, SIGN_TEXT_UNREADABLE too when the bytes are UTF-8
 * and the charset another one in which they read differently, and SIGN_TEXT_DECEPTIVE.
 */
export function judgeText(documentId: string, mimeType: string, bytes: Uint8Array): string {
  const text = textOf(documentId, mimeType, bytes);
  const utf8 = asUtf8(bytes);
  if (utf8 !== undefined && utf8 !== text && !UNSHOWABLE.test(utf8)) {
    const why = identityProblems.of('sign-text/charset-mismatch', { charset: charsetOf(mimeType) });
    throw identityProblems.error('SIGN_TEXT_UNREADABLE', { document: documentId, why });
  }
  const found = text.match(DECEPTIVE);
  if (!found) return text;
  const line = text.slice(0, text.search(DECEPTIVE)).split(/\r\n|\r|\n/).length;
  throw identityProblems.error('SIGN_TEXT_DECEPTIVE', {
    document: documentId,
    characters: [...new Set(found)].slice(0, MAX_NAMED).map(codePointOf),
    line: String(line),
  });
}

/** Undefined when they are not. */
function asUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The text as a page or a PDF of ours shows it: what cannot be seen is written out where it stands, e.g. `⟦U+200B⟧`, and has no
 * effect any more.
 */
export const shownText = (text: string): string =>
  text.replace(INVISIBLE, (character) => `⟦${codePointOf(character)}⟧`);
