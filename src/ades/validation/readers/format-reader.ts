/** The port through which formats are validated that are no standard's: packages of evidence, native messages of an eID. */
import type { Judged } from '../judged.ts';
import type { ProcessContext } from '../process.ts';

/** The beginning of a file, as formats are told apart by. */
export interface FileHead {
  /** The first bytes, one character each. */
  readonly latin1: string;
  /** Qualified name of the root element. */
  readonly root: string;
}

/** Reads and judges the files of one format, which are XML. */
export interface FormatReader {
  /** As reports name it. */
  readonly format: string;
  /** What a file of it is called where formats are listed, e.g. `LTV-SDO`. */
  readonly title: string;
  readonly mediaType: string;
  /** It is a package of evidence, and is judged by itself where a PDF has it attached. */
  readonly isPackage: boolean;
  recognises(head: FileHead): boolean;
  /** Judges every signature in the file. Throws a SeglError when it cannot be read at all. */
  judge(bytes: Uint8Array, context: ProcessContext): Promise<Judged>;
}
