/** The text of a document that signers are shown. */
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from './problems.ts';

// control characters other than tab, line feed, form feed and carriage return
const UNSHOWABLE = /[\u0000-\u0008\u000b\u000e-\u001f\u007f]/;

/**
 * Plain text as it is shown: decoded by its charset (none: UTF-8), a byte order mark taken off, line ends and white space
 * untouched. Throws SIGN_TEXT_UNREADABLE when the bytes are not text in their charset or have control characters.
 */
export function textOf(documentId: string, mimeType: string, bytes: Uint8Array): string {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(mimeType)?.[1] ?? 'utf-8';
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
