/** Sizes around every limit: what is accepted can be packaged, and what cannot is told at the order. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { MAX_ATTACHMENT } from '@segl/ades/pdf/attachments';
import { DEFAULT_LIMITS } from '@segl/ades/xml/document';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { takeDocuments } from '@segl/server/application/documents/taking-documents';
import type { FlowContext } from '@segl/server/application/context';
import { loadConfig } from '@segl/server/config/config';
import type { InvalidValue } from '@segl/server/domain/order/invalid-value';
import {
  fitsPackage,
  largestSigned,
  MAX_NATIVE,
  MAX_PACKAGE,
  MAX_SIGNED,
  nativeBytes,
} from '@segl/server/domain/order/size-limits';
import { createSealer, sampleContent } from '../../../support/signatures/ltvsdo.ts';
import { order, task } from '../../../support/server/orders.ts';

const MIB = 1 << 20;

/** Sizes near each limit, and anywhere. */
const anySize = fc.oneof(
  ...[0, loadConfig({}).maxDocumentBytes, MAX_SIGNED, MAX_NATIVE, MAX_PACKAGE].map((limit) =>
    fc.integer({ min: Math.max(0, limit - 200), max: limit + 200 }),
  ),
  fc.nat({ max: MAX_PACKAGE }),
);

t.test('whatever can be ordered fits its package, and what does not fit is not kept', (t) => {
  const settings = fc.oneof(fc.constant(loadConfig({}).maxDocumentBytes), anySize);
  fc.assert(
    fc.property(anySize, settings, fc.nat({ max: 3 * MIB }), (size, taken, evidence) => {
      if (size > largestSigned(taken)) return size > taken || size > MAX_SIGNED;
      return nativeBytes(size) <= MAX_NATIVE && fitsPackage({ native: nativeBytes(size), evidence });
    }),
    { numRuns: 5_000 },
  );
  fc.assert(
    fc.property(anySize, anySize, anySize, (native, evidence, original) => {
      const inBase64 = [native, evidence, original].reduce((sum, size) => sum + 4 * Math.ceil(size / 3), 0);
      return fitsPackage({ native, evidence, original }) === inBase64 + 4 * MIB <= MAX_PACKAGE;
    }),
  );
  t.equal(MAX_PACKAGE, DEFAULT_LIMITS.bytes, 'a package is what its reader takes');
  t.ok(MAX_PACKAGE <= MAX_ATTACHMENT, 'and can be attached to a PDF');
  t.ok(nativeBytes(MAX_SIGNED + 3 * 76) > MAX_NATIVE, 'no smaller than it need be');
  t.ok(
    largestSigned(loadConfig({}).maxDocumentBytes) === loadConfig({}).maxDocumentBytes,
    'the default fits',
  );
  t.ok(
    fitsPackage({ native: 2 * MIB, evidence: 3 * MIB, original: MAX_SIGNED }),
    'witnessed: it is beside the WSD',
  );
  t.end();
});

/** An order of one document of `size` bytes in session data storage, which is only looked up. */
async function problemsOf(size: number, use: 'sign' | 'view', taken: number): Promise<InvalidValue[]> {
  const problems: InvalidValue[] = [];
  const row = { id: 'x', service: 'demo', sha256: 'ab'.repeat(32), size, contentType: 'application/pdf' };
  const read = new Error('its bytes are read');
  const context = {
    db: { query: async () => [row] },
    blobs: { read: () => Promise.reject(read) },
    clock: { now: () => new Date() },
    config: { maxDocumentBytes: taken },
  } as unknown as FlowContext;
  const spec = order([task('a', undefined, { documentActions: [{ type: use, documentRef: 'doc' }] })], {
    documents: [{ kind: 'sds', id: 'doc', description: 'A promise', refSdsId: 'x' }],
  });
  await takeDocuments(context, { service: 'demo' }, spec, problems).catch((error: unknown) => {
    if (error !== read) throw error;
  });
  return problems;
}

t.test('the limits, to the byte', (t) => {
  // base64 makes 4 bytes of 3; what a package holds beside the signature is 8 MiB of it, and that beside the document 1 MiB
  t.equal(MAX_NATIVE, ((MAX_PACKAGE - 8 * MIB) / 4) * 3);
  const lines = Math.floor((MAX_NATIVE - MIB) / 78);
  t.equal(MAX_SIGNED, lines * 57, '57 bytes are a line of 76 characters');
  t.strictSame(
    [0, 1, 3, 57, 58, 114, 115].map((size) => nativeBytes(size) - MIB),
    [0, 6, 6, 78, 84, 156, 162],
  );
  t.strictSame([1, MAX_SIGNED, MAX_SIGNED + 1].map(largestSigned), [1, MAX_SIGNED, MAX_SIGNED]);
  t.end();
});

t.test('a document that is too large for its package is refused with its order', async (t) => {
  const taken = 2 * MAX_SIGNED;
  await fc.assert(
    fc.asyncProperty(anySize, async (size) => {
      if (size === 0) return;
      const problems = await problemsOf(size, 'sign', taken);
      t.equal(problems.length, size > MAX_SIGNED ? 1 : 0, `${size} bytes`);
    }),
  );
  t.match(await problemsOf(MAX_SIGNED + 1, 'sign', taken), [
    { element: /@ref-sds-id$/, problem: { code: 'document/too-large-to-sign' } },
  ]);
  t.same(await problemsOf(MAX_SIGNED + 1, 'view', taken), [], 'what is only looked at gets no package');
});

t.test('the largest is written, sealed and verified; one that is larger is not', async (t) => {
  const { seal } = await createSealer();
  const bytes = Buffer.alloc(nativeBytes(MAX_SIGNED), 'native');
  const content = sampleContent();
  const native = { ...content.native, bytes };
  delete (native as { originalDocument?: unknown }).originalDocument;
  const sealed = await seal({ ...content, native });
  t.ok(sealed.length <= MAX_PACKAGE, `${sealed.length} of ${MAX_PACKAGE} bytes`);
  const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
  t.equal(sha256(verifyLtvSdo(sealed).content.native.bytes), sha256(bytes));
  t.throws(() => verifyLtvSdo(Buffer.concat([sealed, Buffer.alloc(MAX_PACKAGE + 1 - sealed.length, ' ')])), {
    code: 'LTVSDO_INVALID',
  });
});
