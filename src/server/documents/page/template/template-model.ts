/** What a template of signature pages holds, once it is read. */
import type { PageImage } from '../drawing/image.ts';
import type { Language, TemplateTexts } from './template-texts.ts';

/** Points (1/72 inch). */
export interface Margin {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export const FONTS = ['regular', 'bold', 'mono'] as const;
export const SIZES = ['heading', 'title', 'section', 'name', 'text', 'label', 'digest'] as const;
export const COLORS = ['ink', 'text', 'muted', 'accent', 'line', 'panel', 'seal'] as const;
export const DOCUMENT_SECTIONS = ['heading', 'document', 'signers', 'trail', 'note'] as const;
export const SECTIONS = [
  'heading',
  'introduction',
  'signers',
  'documents',
  'trail',
  'note',
  'seal',
  'verification',
] as const;

export type FontRole = (typeof FONTS)[number];
export type SizeName = (typeof SIZES)[number];
export type ColorName = (typeof COLORS)[number];
export type Section = (typeof SECTIONS)[number];
export type DocumentSection = (typeof DOCUMENT_SECTIONS)[number];

/** A picture beside template.json. */
export interface Picture {
  readonly file: string;
  readonly image: PageImage;
}

export interface Logo extends Partial<Picture> {
  /** Largest size in points. */
  readonly width: number;
  readonly height: number;
  readonly at: 'left' | 'center' | 'right';
  /** That of the order's graphical profile takes its place, where there is one. */
  readonly profile: boolean;
}

/** Behind all else, on every page. A color and no transparency, which PDF/A-1 does not have. */
export type Watermark =
  | { readonly text: string; readonly color: string; readonly size: number; readonly angle: number }
  | (Picture & { readonly width: number });

export interface PadesTemplate {
  /** Printed at the top of every page; may be empty. */
  readonly brand: string;
  readonly logo?: Logo;
  readonly watermark?: Watermark;
  /** Leads to the page that verifies files. `size`: of the modules without the quiet zone. */
  readonly qrCode?: { readonly size: number; readonly beside: 'heading' | 'seal' };
  /** IANA name; absent: that of the service. */
  readonly timeZone?: string;
  readonly page: { readonly width: number; readonly height: number; readonly margin: Margin };
  readonly layout: {
    /** Height of the colored bar at the top. */
    readonly bar: number;
    readonly heading: 'left' | 'center';
    /** Signers side by side. */
    readonly columns: 1 | 2;
    readonly card: 'panel' | 'frame' | 'rule';
  };
  /** Names of DejaVu font files. */
  readonly fonts: Readonly<Record<FontRole, string>>;
  /** Points. */
  readonly sizes: Readonly<Record<SizeName, number>>;
  /** `#rrggbb`. */
  readonly colors: Readonly<Record<ColorName, string>>;
  /** In the order in which they are printed. */
  readonly sections: readonly Section[];
  /** A page for each document, where there are at least `from`. */
  readonly documentPages?: { readonly sections: readonly DocumentSection[]; readonly from: number };
  readonly texts: Readonly<Record<Language, TemplateTexts>>;
}

export type Unread<T> = T extends Picture ? Omit<T, 'image'> : T;

/** A template whose pictures are not read yet. */
export type Unpictured = Omit<PadesTemplate, 'logo' | 'watermark'> & {
  readonly logo?: Omit<Logo, 'image'>;
  readonly watermark?: Unread<Watermark>;
};
