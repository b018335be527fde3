/** The agreement that the demo has signed: a plain two-page PDF, made on the spot. */
import { PDFDocument, rgb, StandardFonts, type PDFFont, type PDFPage } from 'pdf-lib';

const A4: [number, number] = [595.28, 841.89];
const MARGIN = 72;
const INK = rgb(0.13, 0.15, 0.2);

const SECTIONS: readonly (readonly [string, string])[] = [
  [
    '1. Parties',
    'This agreement is made between Anna Prøve Æblegård (lender) and Bo Prøve Østerbølge (borrower). Both are invented, as is everything else in it.',
  ],
  [
    '2. The loan',
    'The lender lends the borrower one cargo bicycle, dark blue, with a wooden box large enough for two children or eleven bags of groceries. The borrower returns it in the condition in which it was received, ordinary wear excepted.',
  ],
  [
    '3. Term',
    'The loan begins on the day on which both have signed and ends twelve months later. Either party may end it earlier with thirty days of notice, in writing.',
  ],
  [
    '4. Care',
    'The borrower keeps the chain oiled, the tyres firm and the brakes working, and locks the bicycle to something that does not move. Repairs above 500 kroner are agreed on beforehand.',
  ],
  [
    '5. Signatures',
    'The parties sign electronically. The signatures, the time of signing and the way in which each signer was identified are recorded on the page that follows this agreement.',
  ],
];

function wrap(text: string, font: PDFFont, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (font.widthOfTextAtSize(longer, size) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** A PDF of two pages with Danish letters in it. `now` becomes its creation date. */
export async function makeAgreement(now: Date): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.setTitle('Loan of a cargo bicycle');
  pdf.setCreationDate(now);
  pdf.setModificationDate(now);
  const serif = await pdf.embedFont(StandardFonts.TimesRoman);
  const bold = await pdf.embedFont(StandardFonts.TimesRomanBold);
  let page: PDFPage = pdf.addPage(A4);
  let y = A4[1] - MARGIN - 24;
  page.drawText('Loan of a cargo bicycle', { x: MARGIN, y, size: 24, font: bold, color: INK });
  y -= 44;
  for (const [index, [heading, body]] of SECTIONS.entries()) {
    if (index === 3) {
      page = pdf.addPage(A4);
      y = A4[1] - MARGIN - 14;
    }
    page.drawText(heading, { x: MARGIN, y, size: 14, font: bold, color: INK });
    y -= 22;
    for (const line of wrap(body, serif, 12, A4[0] - 2 * MARGIN)) {
      page.drawText(line, { x: MARGIN, y, size: 12, font: serif, color: INK });
      y -= 18;
    }
    y -= 16;
  }
  return pdf.save();
}
