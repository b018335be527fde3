/** Signatures that the service witnesses, from the order to the package, and packages that tell something else. */
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { SEAL_SIGNATURE_POLICY, WSD_SIGNATURE_POLICY } from '@segl/identity/evidence/ltvsdo/policy';
import type { WsdContent } from '@segl/identity/evidence/wsd/content';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import { writeWsd, WSD_ENVELOPE } from '@segl/identity/evidence/wsd/write';
import { sealXml } from '@segl/ades/xades/seal';
import { sealLtvSdo } from '@segl/identity/evidence/ltvsdo/seal';
import type { SealOptions } from '@segl/ades/xades/seal';
import { sealPolicy } from '@segl/server/application/packaging/native-part';
import { packageTask } from '@segl/server/application/packaging/package-task';
import type { Clock } from '@segl/problem/clock';
import type { Subject, TaskSpec } from '@segl/server/domain/order/model';
import type { Declaration } from '@segl/server/application/signing-api';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import { validateCertificate } from '@segl/pki/revocation/validate';
import { findResult } from '@segl/server/adapters/postgres/orders/results';
import { anna, client, demo, order, task, type TestApplication } from '../server/services.ts';
import { pageOf, posted } from '../server/methods.ts';

const STROKES = JSON.stringify([
  [100, 300, 200, 80, 300, 300, 350, 300],
  [120, 220, 290, 220],
  [400, 300, 420, 180, 500, 190, 520, 300, 600, 180, 690, 310, 1100, 250],
]);
/** A drawing as the page sends it. */
export const drawn = { handwriting: { kind: 'drawn', text: STROKES } } as const;

const URL = 'http://localhost';

export interface Witnessed {
  readonly way: 'hand' | 'login' | 'drawn login';
  /** Of the order; the signer of a login is Anna. */
  readonly subject?: Subject;
  readonly declaration?: Partial<Declaration>;
  readonly text?: string;
}

const ways = {
  hand: { signatures: [{ methods: [{ name: '', handwritten: true }] }] },
  login: { signatures: [], authenticationBasedSignatures: [{ methods: [{ name: 'nemid' }] }] },
  'drawn login': {
    signatures: [],
    authenticationBasedSignatures: [{ methods: [{ name: 'nemid', handwritten: true }] }],
  },
} satisfies Record<string, Partial<TaskSpec>>;

/** Has somebody sign, and gives the finished package. */
export async function witness(home: TestApplication, how: Witnessed): Promise<Uint8Array> {
  const { way, subject, declaration = {}, text = 'I promise.' } = how;
  const person = way === 'hand' ? undefined : anna;
  const spec = order([task('a', person, { ...ways[way], ...(subject && { subject }) })]);
  const documents = spec.documents.map((document) => ({ ...document, data: Buffer.from(text) }));
  const { requestIds } = await home.orders.createRequests(demo, [{ ...spec, documents }]);
  const requestId = requestIds[0]!;
  const { portal } = home;
  const key = await portal.open({ requestId, taskId: 'a', client });
  (await portal.document(key, 'doc', client)).open().resume();
  await portal.markRead(key, 'doc');
  const { signTextDigest } = await portal.startDeclaring(key, 'doc', 'da');
  await portal.declare(key, 'doc', { signTextDigest, name: '', client, ...declaration });
  if (person) {
    const response = await home.nativeSignature(key, 'doc', person);
    const outcome = await portal.receiveSignature(key, 'doc', { ...posted(response), ...pageOf(client) });
    if (outcome.kind !== 'accepted') throw new Error(outcome.code);
  }
  return sendInAndPackage(home, key, requestId);
}

/** Sends the task `a` in, packages it, and gives the package of its document `doc`. */
export async function sendInAndPackage(
  home: TestApplication,
  key: SessionKey,
  requestId: string,
): Promise<Uint8Array> {
  const sent = home.portal.sendIn(key);
  let result: Awaited<ReturnType<typeof findResult>>;
  for (let tries = 0; !result && tries < 200; tries++) {
    await packageTask(home.packaging, { requestId, taskId: 'a' });
    result = await findResult(home.application.context.db, { requestId, taskId: 'a', documentId: 'doc' });
  }
  await sent;
  if (!result) throw new Error('it was not packaged');
  return home.application.context.blobs.read(result.sha256);
}

/** Seals as the packager would, whatever it is given. */
export async function createSealer(home: Pick<TestApplication, 'packaging'> & { readonly clock: Clock }) {
  const { key, anchors } = home.packaging.seal;
  const { revocation } = home.packaging;
  const signingTime = home.clock.now();
  const leaf = { leaf: key.certificate, intermediates: key.chain, anchors, at: signingTime, revocation };
  const { validation } = await validateCertificate(leaf);
  const options: Omit<SealOptions, 'policy'> = { key, signingTime, validation };
  const reseal = (content: LtvSdoContent): Promise<Uint8Array> =>
    sealLtvSdo(content, { ...options, policy: sealPolicy(SEAL_SIGNATURE_POLICY, URL) });
  return {
    reseal,
    /** The package around other bytes. */
    around: (content: LtvSdoContent, bytes: Uint8Array): Promise<Uint8Array> =>
      reseal({ ...content, native: { ...content.native, bytes } }),
    /** The package with a WSD that says something else, sealed again inside and outside. */
    withWsd: async (file: Uint8Array, change: (wsd: WsdContent) => WsdContent): Promise<Uint8Array> => {
      const content = readLtvSdo(file);
      const wsd = writeWsd(change(verifyWsd(content.native.bytes).content));
      const policy = sealPolicy(WSD_SIGNATURE_POLICY, URL);
      const bytes = await sealXml(wsd, WSD_ENVELOPE, { ...options, policy });
      return reseal({ ...content, native: { ...content.native, bytes } });
    },
  };
}
