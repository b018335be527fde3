/** English texts of the codes in `problems.ts`. */
export const en = {
  CMS_INVALID: 'The CMS signature is not valid: {why}.',
  'CMS_INVALID.todo': 'Do not rely on the signed document.',
  PDF_INVALID: 'The PDF cannot be used: {why}.',
  'PDF_INVALID.todo': 'Open it in the program that made it, save or print it as a new PDF, and send that.',
  ASIC_INVALID: 'The container cannot be read: {why}.',
  'ASIC_INVALID.todo': 'Send it again as it was made.',
  PDF_ENCRYPTED: 'The PDF is encrypted, so nothing can be added to it.',
  'PDF_ENCRYPTED.todo': 'Remove the password and all restrictions, and send it again.',
  PDF_CERTIFIED:
    'A signature in the PDF, such as the certification of its author, forbids what would be added to it.',
  'PDF_CERTIFIED.todo':
    'Leave the document as it is: it is sealed already. Or send it as it was before it was certified.',
  PADES_INVALID: 'The signature of the PDF does not hold: {why}.',
  'PADES_INVALID.todo': 'Do not trust the file; ask for it again from where it was made.',
  XML_INVALID: 'The XML is not acceptable: {why}.',
  'XML_INVALID.todo':
    'Send it as its maker produced it, unchanged; if it is beyond one of docs/reference/limits.md, ask its maker for a simpler one.',
  XML_CHARACTER_INVALID: 'XML cannot carry the character {character} in {where}.',
  'XML_CHARACTER_INVALID.todo': 'Remove the control character.',
  XMLDSIG_INVALID: 'The XML signature is not valid: {why}.',
  'XMLDSIG_INVALID.todo': 'Do not rely on it; ask its maker for the unchanged original.',
  XADES_INVALID: 'The XAdES signature is not valid: {why}.',
  'XADES_INVALID.todo': 'Do not rely on it.',
  XADES_LEVEL: 'The signature cannot be lifted to that level: {why}.',
  'XADES_LEVEL.todo': 'Choose a level that fits what it carries.',
  LTVSDO_INVALID: 'The LTV-SDO is not valid: {why}.',
  'LTVSDO_INVALID.todo': 'Do not rely on it; fetch the package again from where it was made.',
} as const;
