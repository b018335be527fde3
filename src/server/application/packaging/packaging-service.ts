/** Packaging and sealing at the caller's wish, made while the caller waits. Implements the PackagingService on the store. */
import { createHash } from 'node:crypto';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { checkPdf } from '@segl/ades/pdf/check';
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import { publicId } from '@segl/problem/ids';
import type { Caller } from '../../domain/order/caller.ts';
import type { PackageOrder, PackagingService } from '../api.ts';
import type { Account, DocumentReference } from '../../domain/order/account.ts';
import { packagingMethodOf } from '../../domain/order/packaging-methods.ts';
import type { OrderRow } from '../../adapters/postgres/orders/orders.ts';
import { serviceHolds } from '../../adapters/postgres/sds.ts';
import { verifyPackage, type VerifiedPackage } from '@segl/identity/evidence/verify';
import {
  digestOf,
  storeEvidence,
  pageLanguage,
  PADES_MEDIA_TYPE,
  sealPdf,
  type OpenedPackage,
  type Original,
  type PdfContext,
} from './make-pdf.ts';
import { makeEvidence, type Evidence } from './make-evidence.ts';
import { methodOfService } from './service-templates.ts';
import { findReferenced } from '../documents/referenced-document.ts';

/** The one way in which LTV-SDOs are judged here: completely, against our own trust anchors. */
const VALIDATION_POLICY = 'ltvsdo-validator';

const SEALING_METHOD = 'seal';

/** LTV-SDOs in one call; each is read and verified while the caller waits. */
export const MAX_SDOS = 100;

type PackageEntry = PackageOrder['sdos'][number];

/** `number`: place in the call, from 1, as errors name it. */
interface NumberedPackage extends OpenedPackage {
  readonly number: number;
  readonly order?: OrderRow;
}

export class PackagingFlow implements PackagingService {
  readonly #context: PdfContext;

  constructor(context: PdfContext) {
    this.#context = context;
  }

  authenticate(service: string, password: string, caller?: Caller): Promise<Account> {
    return this.#context.authenticator.check(service, password, caller);
  }

  /** All LTV-SDOs are verified before anything is made of them. */
  async createPackage(account: Account, order: PackageOrder): Promise<string> {
    checkAsked(order);
    const offered = packagingMethodOf(this.#context.config, order.packagingMethod);
    const packages: NumberedPackage[] = [];
    for (const [index, { sdo }] of order.sdos.entries()) {
      const opened = await this.#open(account, index + 1, sdo);
      if (packages.some(({ bytes }) => Buffer.compare(bytes, opened.bytes) === 0)) {
        throw serverProblems.error('SDO_REPEATED', { number: opened.number });
      }
      packages.push(opened);
    }
    const originals = new Map<string, Original>();
    for (const [index, opened] of packages.entries()) {
      const original = await this.#original(account, opened, order.sdos[index]?.original);
      if (!originals.has(original.sha256)) originals.set(original.sha256, original);
    }
    const requestIds = new Set(packages.map(({ order }) => order?.requestId));
    const common = requestIds.size === 1 ? packages[0]?.order : undefined;
    const { db } = this.#context;
    const method = await methodOfService(db, account.service, order.packagingMethod, offered);
    const profile = common?.spec.profile;
    const made = await makeEvidence(this.#context, method, {
      language: pageLanguage(common?.spec.language),
      ...(common && { requestId: common.requestId }),
      ...(profile !== undefined && { profile }),
      originals: [...originals.values()],
      packages,
    });
    return this.#keep(account, made, order.sendResultToArchive);
  }

  /** The document stays as it looks: the seal is invisible, because nobody signed there is nothing to tell. */
  async createSeal(
    account: Account,
    order: {
      readonly packagingMethod: string;
      readonly document: DocumentReference;
      readonly sendResultToArchive: boolean;
    },
  ): Promise<string> {
    const { blobs, clock } = this.#context;
    if (order.packagingMethod !== SEALING_METHOD) {
      const { packagingMethod: method } = order;
      throw serverProblems.error('PACKAGING_METHOD_UNKNOWN', { method, allowed: SEALING_METHOD });
    }
    const { sha256 } = await findReferenced(this.#context, account, order.document);
    const file = await IncrementalFile.read((allocate) => blobs.read(sha256, allocate));
    checkPdf(file.bytes);
    const sealed = await sealPdf(this.#context, { file, attachments: [], signingTime: clock.now() });
    const made = { bytes: sealed, contentType: PADES_MEDIA_TYPE };
    return this.#keep(account, made, order.sendResultToArchive);
  }

  async #open(account: Account, number: number, sdo: PackageEntry['sdo']): Promise<NumberedPackage> {
    const { blobs, seal, eid } = this.#context;
    const { signers } = await eid.of(account.service);
    const { sha256, order } = await findReferenced(this.#context, account, sdo);
    const bytes = await blobs.read(sha256);
    const verified = judge(number, () => verifyPackage(bytes, { sealAnchors: seal.anchors, signers }));
    return { number, bytes, verified, ...(order && { order }) };
  }

  /**
   * The document that was signed, told by its digest: as the caller gives it, as the LTV-SDO carries it, or as this
   * service has it in an order, in session data storage or in the archive.
   */
  async #original(
    account: Account,
    { number, verified }: NumberedPackage,
    given: PackageEntry['original'],
  ): Promise<Original> {
    const { db, blobs, clock } = this.#context;
    const { content } = verified;
    const sha256 = digestOf(content);
    const original = (file: IncrementalFile): Original => {
      const { title, mimeType } = content.document;
      return { title, contentType: mimeType, sha256, file };
    };
    const stored = (): Promise<IncrementalFile> =>
      IncrementalFile.read((allocate) => blobs.read(sha256, allocate));
    if (given) {
      const found = await findReferenced(this.#context, account, given);
      if (found.sha256 !== sha256) {
        throw serverProblems.error('ORIGINAL_MISMATCH', { number, found: found.sha256, signed: sha256 });
      }
      return original(await stored());
    }
    const carried = carriedBy(verified);
    if (carried) return original(IncrementalFile.of(carried));
    if (!(await serviceHolds(db, account.service, sha256, clock.now()))) {
      throw serverProblems.error('ORIGINAL_NEEDED', { number });
    }
    return original(await stored());
  }

  async #keep(account: Account, { bytes, contentType }: Evidence, archive: boolean): Promise<string> {
    const { db, blobs, clock } = this.#context;
    const { sha256, size } = await blobs.put(bytes);
    const createdAt = clock.now();
    const id = publicId(createdAt);
    const { service } = account;
    const kept = { id, service, contentType, sha256, size, createdAt };
    await storeEvidence(db, this.#context, archive ? 'archive' : 'sds', kept);
    return id;
  }
}

function checkAsked({ validationPolicy, sdos }: PackageOrder): void {
  if (validationPolicy !== VALIDATION_POLICY) {
    throw serverProblems.error('VALIDATION_POLICY_UNKNOWN', { policy: validationPolicy });
  }
  if (sdos.length === 0 || sdos.length > MAX_SDOS) {
    throw serverProblems.error('SDO_COUNT_REFUSED', { count: sdos.length, limit: MAX_SDOS });
  }
}

/** What is wrong with evidence is named with the place of the LTV-SDO in the call. */
function judge(number: number, verify: () => VerifiedPackage): VerifiedPackage {
  try {
    return verify();
  } catch (error) {
    if (isSeglError(error))
      throw serverProblems.error('SDO_REFUSED', { number, why: error.problem }, { cause: error });
    throw error;
  }
}

function carriedBy({ content, document }: VerifiedPackage): Uint8Array | undefined {
  if (document) return document;
  const { originalDocument } = content.native;
  if (!originalDocument) return undefined;
  const digest = createHash('sha256').update(originalDocument).digest('hex');
  return digest === digestOf(content) ? originalDocument : undefined;
}
