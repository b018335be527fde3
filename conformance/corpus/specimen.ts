/** A file of the corpus: made by somebody else, as it left its maker or broken on purpose. */
import type { Identity } from '../world.ts';

export type Format = 'XAdES' | 'PAdES' | 'CAdES';

export interface Specimen {
  /** What it is, and what was done to it; unique. */
  readonly name: string;
  readonly format: Format;
  readonly maker: 'EU DSS' | 'pyHanko';
  readonly bytes: Uint8Array;
  /** Data beside it, that it is over. */
  readonly content?: Uint8Array;
  /** Whose signatures are in it: a relying party asks for their status. */
  readonly signers: readonly Identity[];
  /** When it is judged; when it was made when left out. */
  readonly at?: Date;
  /** A relying party that can ask nobody: only what the file carries counts. */
  readonly isOffline?: boolean;
  /** Broken on purpose. */
  readonly isBroken?: boolean;
}

export const extensionOf = ({ format }: Specimen): string =>
  ({ XAdES: 'xml', PAdES: 'pdf', CAdES: 'p7m' })[format];

/** LT and LTA are to hold without anybody to ask. */
export const standsAlone = (level: string): boolean => level.startsWith('LT');
