/** Invented signatures for `segl template preview`. */
import type {
  PageEvent,
  PageSigner,
  SignaturePageData,
  SignedDocument,
} from '@segl/server/documents/page/signature-page-data';
import type { Language } from '@segl/server/documents/page/template/template';
import { methodParts } from './methods/index.ts';

/** How many of each; the first ones are taken, and from the start again where there are more. */
export interface SampleSize {
  readonly signers: number;
  readonly documents: number;
}

const FIRST = new Date('2026-03-02T13:05:09Z');
const later = (seconds: number): Date => new Date(FIRST.getTime() + seconds * 1000);

const WAVE = Array.from(
  { length: 60 },
  (_, step) => [step * 3, 20 + 18 * Math.sin(step / 3) * Math.cos(step / 11)] as const,
);

/** People who write their names in many scripts. */
const PEOPLE: readonly (Partial<PageSigner> & { readonly name: string })[] = [
  { name: 'Søren Ærø Åkjær', handwriting: { strokes: [WAVE] } },
  { name: 'Γιώργος Παπαδόπουλος' },
  { name: 'Дмитрий Иванов', byLogin: true },
  { name: 'Nguyễn Thị Hồng Phượng', ownWord: true },
  { name: 'محمد عبد الله الأنصاري' },
  { name: 'שלום בן־דוד' },
  {
    name: '王小明',
    method: '',
    identifier: '',
    nationalIdVerified: false,
    handwriting: { typed: 'Wang Xiaoming' },
  },
  { name: 'Maximiliane-Friederike Freifrau von und zu Oberhausen-Unterberg, geb. Müller-Lüdenscheidt' },
  { name: 'Łukasz Żółć' },
  { name: 'Zoë Ğüneş' },
];

const DOCUMENTS: readonly SignedDocument[] = [
  { title: 'Lejekontrakt.pdf', sha256: '3b'.repeat(32), mimeType: 'application/pdf' },
  { title: 'Bilag 1 – Ærø, Østerå.txt', sha256: '7f'.repeat(32), mimeType: 'text/plain' },
  { title: 'Bilag 2 – Indflytningsrapport.pdf', sha256: 'c4'.repeat(32), mimeType: 'application/pdf' },
];

const SIGNER = methodParts[0]!.sample;

const EVENTS: readonly (readonly [type: string, seconds: number])[] = [
  ['started-transaction', -340],
  ['presented-document-to-signer', -335],
  ['signer-chose-to-proceed', -80],
  ['signature-created', 0],
  ['user-identified', 1],
  ['verified-signature', 1],
  ...SIGNER.events,
  ['signer-sent-in', 15],
];
const HOURS = 3600;

const nth = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

/** Every signer signs every document. */
export function sample(language: Language, size: SampleSize): SignaturePageData {
  const several = size.documents > 1;
  const documents = Array.from({ length: size.documents }, (_, index): SignedDocument => {
    const document = nth(DOCUMENTS, index);
    const extension = document.mimeType === 'text/plain' ? 'txt' : 'pdf';
    return { ...document, ...(several && { attachedAs: `document-${index + 1}.${extension}` }) };
  });
  const signers: PageSigner[] = [];
  const events: PageEvent[] = [];
  for (let index = 0; index < size.signers; index++) {
    const person = nth(PEOPLE, index);
    const start = index * HOURS;
    for (const documentIndex of documents.keys()) {
      const signedAt = later(start + documentIndex * 200);
      signers.push({
        method: SIGNER.method,
        identifier: SIGNER.identifier(index % 10),
        nationalIdVerified: true,
        ...person,
        signedAt,
        documentIndex,
      });
      for (const [type, seconds] of EVENTS) {
        const ofVisit = type === 'started-transaction' || type === 'signer-sent-in';
        if (ofVisit && documentIndex > 0) continue;
        events.push({
          at: later(start + documentIndex * 200 + seconds),
          type,
          signer: person.name,
          ...(!ofVisit && { documentIndex }),
        });
      }
    }
  }
  events.sort((one, other) => one.at.getTime() - other.at.getTime());
  const title = language === 'da' ? 'Lejekontrakt – Strandvejen 12' : 'Lease – Strandvejen 12';
  return {
    language,
    title,
    requestId: '02032026abcdefghij',
    documents,
    documentsAside: several,
    signers,
    events,
    sealedBy: 'Nordisk Ejendomsadministration A/S',
    sealedAt: later(size.signers * HOURS),
    verifyUrl: 'https://sign.example.dk/verify',
    timeZone: 'Europe/Copenhagen',
  };
}
