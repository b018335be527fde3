/** Validates what we write against the published schemas in schemas/. */
import { readFileSync } from 'node:fs';
import { XmlBufferInputProvider, XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';
import { xmlRegisterInputProvider } from 'libxml2-wasm';
import { adesProblems } from '../problems.ts';
import { projectFile } from '@segl/problem/paths';
import type { Problem } from '@segl/problem/problem';
import { withLibxml } from './document.ts';

const IMPORTED = ['xmldsig-seal.xsd', 'xades-seal.xsd'];

/** The schema's own document stays: libxml2 may look into it for as long as the validator lives. */
interface Compiled {
  readonly validator: XsdValidator;
  readonly document: XmlDocument;
}

const compiled = new Map<string, Compiled>();
let lent = false;

/** Throws XML_INVALID naming the first element that does not follow `schema`, a file in schemas/. */
export function checkSchema(bytes: Uint8Array, schema: string): void {
  const { validator } = compiled.get(schema) ?? compile(schema);
  withLibxml(bytes, (document) => {
    try {
      validator.validate(document);
    } catch (error) {
      if (!(error instanceof XmlValidateError)) throw error;
      throw adesProblems.error('XML_INVALID', { why: describe(error) });
    }
  });
}

const read = (name: string): Uint8Array => readFileSync(projectFile('schemas', name));
const nameOf = (name: string): string => `segl-schemas/${name}`;

/** The imported schemas are lent to libxml2 under names of ours, so that it opens no file and no address itself. */
function compile(schema: string): Compiled {
  if (!lent) {
    const imported = Object.fromEntries(IMPORTED.map((name) => [nameOf(name), read(name)]));
    xmlRegisterInputProvider(new XmlBufferInputProvider(imported));
    lent = true;
  }
  const document = XmlDocument.fromBuffer(read(schema), { url: nameOf(schema) });
  const made = { validator: XsdValidator.fromDoc(document), document };
  compiled.set(schema, made);
  return made;
}

/** libxml2 quotes values of the document in its messages; what is told is the place, and no value. */
function describe({ details }: XmlValidateError): Problem {
  const path = details[0]?.xpath;
  if (!path) return adesProblems.of('xml/schema-somewhere');
  return adesProblems.of('xml/schema', { path });
}
