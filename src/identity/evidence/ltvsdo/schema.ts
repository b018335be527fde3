/** Validates packages against the published schema, schemas/LtvSdo-1.1.xsd. */
import { checkSchema } from '@segl/ades/xml/schema';
import { packageFile } from '@segl/problem/paths';
import { withLtvSdoErrors } from './read.ts';

const SCHEMA = packageFile(import.meta.url, 'schemas', 'LtvSdo-1.1.xsd');

/** Throws LTVSDO_INVALID naming the first element that does not follow the schema. Reads version 1.1 only. */
export function checkLtvSdoSchema(bytes: Uint8Array): void {
  withLtvSdoErrors(() => checkSchema(bytes, SCHEMA));
}
