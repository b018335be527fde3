import type { PackagingService } from '../../../application/api.ts';
import { InvalidValues } from '../invalid-values.ts';
import { soapProblems } from '../problems.ts';
import { soapService, type Operation, type SoapService } from '../service.ts';
import { flagOf, partOf, requiredText } from '../wire-value.ts';
import { readDocumentId } from './document-id.ts';
import { idOrError } from './refusal.ts';

const createSeal =
  (api: PackagingService): Operation =>
  async ({ input, account }) => {
    const path = 'create-seal-request';
    const invalid = new InvalidValues();
    const given = ['sdo', 'inputdocument'].flatMap((name) => {
      const part = partOf(input, name);
      return part ? [readDocumentId(part, `${path}/${name}`, invalid)] : [];
    });
    if (given.length !== 1) {
      invalid.add(path, soapProblems.of('soap/not-one-reference', { kinds: ['sdo', 'inputdocument'] }));
    }
    invalid.throwIfAny();
    const [document] = given;
    if (!document) throw new Error('A request without a document was not refused');
    return idOrError(() =>
      api.createSeal(account, {
        packagingMethod: requiredText(input, 'packaging-method').trim(),
        document,
        sendResultToArchive: flagOf(input, 'send-result-to-archive') ?? false,
      }),
    );
  };

/**
 * SealingService v1. The document to seal is called `sdo` by generated clients and `inputdocument` in the description
 * of the service; either one is taken.
 */
export const sealingService = (api: PackagingService): SoapService =>
  soapService(
    'sealingservice-v1',
    api,
    { 'create-seal': createSeal(api) },
    { mayBeMissing: ['create-seal-request/version'] },
  );
