/** Validates sealed WSDs against the published schema, schemas/wsd-1.0.xsd. */
import { checkSchema } from '@segl/ades/xml/schema';
import { packageFile } from '@segl/problem/paths';
import { withWsdErrors } from './read.ts';

const SCHEMA = packageFile(import.meta.url, 'schemas', 'wsd-1.0.xsd');

/** Throws WSD_INVALID naming the first element that does not follow the schema. */
export function checkWsdSchema(bytes: Uint8Array): void {
  withWsdErrors(() => checkSchema(bytes, SCHEMA));
}
