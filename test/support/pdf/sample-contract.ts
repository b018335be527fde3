/** A contract as customers send them: several pages, embedded fonts, a table, Danish letters. */
import { readFileSync } from 'node:fs';
import fontkit from '@pdf-lib/fontkit';
import { PDFDocument, rgb, type PDFFont, type PDFPage } from 'pdf-lib';
import { projectFile } from '@segl/server/paths';

const MARGIN = 64;
const ink = rgb(0.13, 0.17, 0.22);
const soft = rgb(0.42, 0.47, 0.53);
const accent = rgb(0.12, 0.37, 0.55);

const clauses: readonly (readonly [string, string])[] = [
  [
    'Parterne',
    'Denne aftale er indgået mellem Nørreå Ejendomme A/S, Ågade 12, 8370 Hadsten (udlejer), og Mia Prøvestykke, ' +
      'Østergade 3, 5000 Odense C (lejer). Parterne har i fællesskab gennemgået lejemålet den 1. november.',
  ],
  [
    'Det lejede',
    'Lejemålet omfatter lejligheden på 2. sal til venstre, i alt 84 m², med tilhørende kælderrum nr. 7 og adgang ' +
      'til fælles gård, cykelparkering og vaskeri. Lejemålet må kun bruges til beboelse.',
  ],
  [
    'Leje og depositum',
    'Lejen betales forud den første hverdag i måneden. Depositum svarer til tre måneders leje og frigives, når ' +
      'lejemålet er afleveret i den stand, som fremgår af indflytningsrapporten.',
  ],
  [
    'Ikrafttræden og opsigelse',
    'Aftalen træder i kraft den 1. december og løber, indtil den opsiges. Lejer kan opsige med tre måneders varsel ' +
      'til den første i en måned. Udlejer kan kun opsige efter reglerne i lejeloven.',
  ],
  [
    'Vedligeholdelse',
    'Udlejer står for den udvendige vedligeholdelse, herunder tag, facade, vinduer og fælles installationer. Lejer ' +
      'står for maling, tapetsering og gulve i lejemålet. Skader meldes straks.',
  ],
  [
    'Særlige vilkår',
    'Husdyr må holdes efter skriftlig aftale. Udlejer betaler for varme og vand a conto efter måler og afregner en ' +
      'gang om året. Ændringer af aftalen er kun gyldige, når begge parter har underskrevet dem.',
  ],
];

function writeParagraph(page: PDFPage, font: PDFFont, text: string, y: number, size: number): number {
  const width = page.getWidth() - 2 * MARGIN;
  let line = '';
  for (const word of [...text.split(' '), '\n']) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (word !== '\n' && font.widthOfTextAtSize(longer, size) <= width) {
      line = longer;
      continue;
    }
    page.drawText(line, { x: MARGIN, y, size, font, color: ink });
    y -= size * 1.55;
    line = word;
  }
  return y;
}

/** The bytes of a PDF of `pages` A4 pages. */
export async function sampleContract(pages = 4): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.registerFontkit(fontkit);
  const folder = ['node_modules', 'dejavu-fonts-ttf', 'ttf'];
  const embed = (name: string): Promise<PDFFont> =>
    pdf.embedFont(readFileSync(projectFile(...folder, name)), { subset: true });
  const [regular, bold] = await Promise.all([embed('DejaVuSans.ttf'), embed('DejaVuSans-Bold.ttf')]);
  pdf.setTitle('Lejeaftale');
  pdf.setLanguage('da');
  for (let number = 1; number <= pages; number++) {
    const page = pdf.addPage([595.28, 841.89]);
    let y = 770;
    page.drawRectangle({ x: 0, y: 832, width: 595.28, height: 10, color: accent });
    if (number === 1) {
      page.drawText('Lejeaftale', { x: MARGIN, y, size: 26, font: bold, color: ink });
      page.drawText('Ågade 12, 2. tv., 8370 Hadsten', {
        x: MARGIN,
        y: y - 26,
        size: 12,
        font: regular,
        color: soft,
      });
      y -= 70;
    }
    for (const [index, [title, body]] of clauses.entries()) {
      page.drawText(`§ ${(number - 1) * clauses.length + index + 1}  ${title}`, {
        x: MARGIN,
        y,
        size: 12,
        font: bold,
        color: accent,
      });
      y = writeParagraph(page, regular, body, y - 20, 10) - 14;
    }
    if (number === 1) drawTable(page, regular, bold, y - 4);
    const footer = `Lejeaftale · side ${number} af ${pages}`;
    page.drawText(footer, { x: MARGIN, y: 40, size: 8.5, font: regular, color: soft });
  }
  return pdf.save();
}

function drawTable(page: PDFPage, regular: PDFFont, bold: PDFFont, top: number): void {
  const rows = [
    ['Ydelse', 'Pr. måned', 'Pr. år'],
    ['Husleje', '9.450,00 kr.', '113.400,00 kr.'],
    ['Varme a conto', '725,00 kr.', '8.700,00 kr.'],
    ['Vand a conto', '240,00 kr.', '2.880,00 kr.'],
  ];
  for (const [row, cells] of rows.entries()) {
    const y = top - row * 20;
    const font = row === 0 ? bold : regular;
    page.drawLine({ start: { x: MARGIN, y: y - 6 }, end: { x: 531, y: y - 6 }, thickness: 0.6, color: soft });
    for (const [column, cell] of cells.entries()) {
      const right = [0, 390, 531][column]!;
      const x = column === 0 ? MARGIN : right - font.widthOfTextAtSize(cell, 10);
      page.drawText(cell, { x, y, size: 10, font, color: ink });
    }
  }
}
