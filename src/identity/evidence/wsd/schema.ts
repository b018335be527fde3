/** Validates sealed WSDs against the published schema, schemas/wsd-1.0.xsd. */
import { checkSchema } from '@segl/ades/xml/schema';
import { withWsdErrors } from './read.ts';

/** Throws WSD_INVALID naming the first element that does not follow the schema. */
export function checkWsdSchema(bytes: Uint8Array): void {
  withWsdErrors(() => checkSchema(bytes, 'wsd-1.0.xsd'));
}
