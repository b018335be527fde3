import type { PackageOrder, PackagingService } from '../../../application/api.ts';
import type { DocumentReference } from '../../../domain/order/account.ts';
import { InvalidValues } from '../invalid-values.ts';
import { soapProblems } from '../problems.ts';
import { soapService, type Operation, type SoapService } from '../service.ts';
import {
  flagOf,
  partOf,
  partsOf,
  present,
  requiredPart,
  requiredText,
  type WireObject,
} from '../wire-value.ts';
import { readDocumentId } from './document-id.ts';
import { idOrError } from './refusal.ts';

type Sdo = PackageOrder['sdos'][number];

/** Stands for a reference that was wrong; nobody sees it, as the request is refused. */
const unusable: DocumentReference = { kind: 'sds', id: '' };

function readExtended(from: WireObject, path: string, invalid: InvalidValues): Sdo {
  const supplement = partOf(from, 'supplementary-data');
  const original = supplement && partOf(supplement, 'original-document');
  return present({
    sdo: readDocumentId(requiredPart(from, 'sdo'), `${path}/sdo`, invalid) ?? unusable,
    original: original && readDocumentId(original, `${path}/supplementary-data/original-document`, invalid),
  });
}

/**
 * LTV-SDOs in the order of the document, which is that of the signatures: a list of `sdo` in v1 and v2, a choice of
 * `sdo` and `sdo-extended` since.
 */
function readSdos(input: WireObject, path: string, invalid: InvalidValues): Sdo[] {
  const list = partsOf(input, 'sdo').map((sdo): WireObject => ({ sdo }));
  const items = list.length > 0 ? list : partsOf(input, '$choice');
  if (items.length === 0) invalid.add(path, soapProblems.of('soap/no-sdo'));
  const count = { sdo: 0, 'sdo-extended': 0 };
  return items.map((item) => {
    const sdo = partOf(item, 'sdo');
    const name = sdo ? 'sdo' : 'sdo-extended';
    const at = `${path}/${name}[${++count[name]}]`;
    return sdo
      ? { sdo: readDocumentId(sdo, at, invalid) ?? unusable }
      : readExtended(requiredPart(item, 'sdo-extended'), at, invalid);
  });
}

const createPackage =
  (api: PackagingService): Operation =>
  async ({ input, account }) => {
    const invalid = new InvalidValues();
    const order: PackageOrder = {
      validationPolicy: requiredText(input, 'validation-policy').trim(),
      packagingMethod: requiredText(input, 'packaging-method').trim(),
      // v4 alone has it
      sendResultToArchive: flagOf(input, 'send-result-to-archive') ?? false,
      sdos: readSdos(input, 'create-package-request', invalid),
    };
    invalid.throwIfAny();
    return idOrError(() => api.createPackage(account, order));
  };

/** PackagingService v1 to v4. The element `version` is read by nobody: the address says which version it is. */
export const packagingServices = (api: PackagingService): SoapService[] =>
  [1, 2, 3, 4].map((version) =>
    soapService(
      `packagingservice-v${version}`,
      api,
      { 'create-package': createPackage(api) },
      { mayBeMissing: ['create-package-request/version'] },
    ),
  );
