/** Validates packages against the published schema, schemas/LtvSdo-1.1.xsd. */
import { readFileSync } from 'node:fs';
import { XmlBufferInputProvider, XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';
import { xmlRegisterInputProvider } from 'libxml2-wasm';
import { SeglError } from '../../errors.ts';
import { projectFile } from '../../paths.ts';
import { withXml } from '../xml/document.ts';
import { withLtvSdoErrors } from './read.ts';

const MAIN = 'LtvSdo-1.1.xsd';
const IMPORTED = ['xmldsig-seal.xsd', 'xades-seal.xsd'];

/** The schema's own document stays: libxml2 may look into it for as long as the validator lives. */
let compiled: { readonly validator: XsdValidator; readonly document: XmlDocument } | undefined;

/** Throws LTVSDO_INVALID naming the first element that does not follow the schema. Reads version 1.1 only. */
export function checkLtvSdoSchema(bytes: Uint8Array): void {
  const { validator } = (compiled ??= compile());
  withLtvSdoErrors(() =>
    withXml(bytes, (document) => {
      try {
        validator.validate(document);
      } catch (error) {
        if (!(error instanceof XmlValidateError)) throw error;
        throw new SeglError('LTVSDO_INVALID', { why: describe(error) });
      }
    }),
  );
}

/** The imported schemas are lent to libxml2 under names of ours, so that it opens no file and no address itself. */
function compile(): NonNullable<typeof compiled> {
  const read = (name: string): Uint8Array => readFileSync(projectFile('schemas', name));
  const nameOf = (name: string): string => `segl-schemas/${name}`;
  const imported = Object.fromEntries(IMPORTED.map((name) => [nameOf(name), read(name)]));
  xmlRegisterInputProvider(new XmlBufferInputProvider(imported));
  const document = XmlDocument.fromBuffer(read(MAIN), { url: nameOf(MAIN) });
  return { validator: XsdValidator.fromDoc(document), document };
}

/** libxml2 quotes values of the document in its messages; what is told is the place, and no value. */
function describe({ details }: XmlValidateError): string {
  const [first] = details;
  const path = first?.xpath ?? '';
  return `${path || 'an element'} does not follow the schema`;
}
