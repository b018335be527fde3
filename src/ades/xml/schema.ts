/** Validates what we write against published schemas. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { XmlBufferInputProvider, XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';
import { xmlRegisterInputProvider } from 'libxml2-wasm';
import { adesProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';
import { withLibxml } from './document.ts';

/** The schema's own document stays: libxml2 may look into it for as long as the validator lives. */
interface Compiled {
  readonly validator: XsdValidator;
  readonly document: XmlDocument;
}

/** By the path of the schema; compiled once. */
const compiled = new Map<string, Compiled>();

/** Throws XML_INVALID naming the first element that does not follow `schema`, a file beside those that it imports. */
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

/** The schemas of the folder are lent to libxml2 under names of ours, so that it opens no file and no address itself. */
function compile(schema: string): Compiled {
  const folder = dirname(schema);
  const nameOf = (file: string): string => `segl-schemas${folder}/${file}`;
  const beside = readdirSync(folder).filter((name) => name.endsWith('.xsd'));
  const lent = Object.fromEntries(beside.map((name) => [nameOf(name), readFileSync(join(folder, name))]));
  xmlRegisterInputProvider(new XmlBufferInputProvider(lent));
  const document = XmlDocument.fromBuffer(readFileSync(schema), { url: nameOf(basename(schema)) });
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
