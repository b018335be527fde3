/** What XML 1.0 §2.2 does not allow, not even as a character reference; lone surrogates are among it. */
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/gu;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

const refer = (character: string): string => references[character] ?? character;

/** Character data of an element. A carriage return becomes a reference: read back plainly it would be a line feed. */
export const escapeText = (text: string): string =>
  text.replace(forbidden, '\ufffd').replace(/[&<>\r]/g, refer);

/** Value of an attribute between double quotes. */
export const escapeAttribute = (text: string): string =>
  text.replace(forbidden, '\ufffd').replace(/[&<>"\t\n\r]/g, refer);
