/** A signature page of each template that ships, for files that are put before other validators. */
import type { SignaturePage } from '@segl/server/documents/page/signature-page';
import { renderSignaturePage } from '@segl/server/documents/page/signature-page';
import type { SignaturePageData } from '@segl/server/documents/page/signature-page-data';
import { loadTemplate } from '@segl/server/documents/page/template/template';

const TEMPLATES = ['standard', 'classic', 'compact'] as const;

const names = ['Søren Ærø Åkjær', 'Ελένη Παπαδοπούλου', 'Дмитрий Иванов', 'Nguyễn Thị Ánh', 'محمد الأمين'];

const dataAt = (at: Date): SignaturePageData => ({
  language: 'da',
  title: 'Lejekontrakt æøå',
  requestId: '20112026abcdefghij',
  documents: [{ title: 'Lejekontrakt.pdf', sha256: 'ab'.repeat(32), mimeType: 'application/pdf' }],
  signers: names.map((name, index) => ({
    name,
    method: 'NemID',
    identifier: `PID:9208-2002-2-19382356496${index}`,
    signedAt: at,
    nationalIdVerified: index === 0,
  })),
  sealedBy: 'Segl',
  sealedAt: at,
  verifyUrl: 'https://sign.example/verify',
  timeZone: 'Europe/Copenhagen',
});

export const signaturePages = (at: Date): Promise<{ template: string; page: SignaturePage }[]> =>
  Promise.all(
    TEMPLATES.map(async (template) => ({
      template,
      page: renderSignaturePage(await loadTemplate(template), dataAt(at)),
    })),
  );
