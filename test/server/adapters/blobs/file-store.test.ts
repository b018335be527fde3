import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { FileBlobStore } from '@segl/server/adapters/blobs/file-store';
import { systemClock } from '@segl/problem/clock';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function openStore(t: {
  teardown(fn: () => unknown): void;
}): Promise<{ store: FileBlobStore; root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'segl-blobs-'));
  t.teardown(() => rm(root, { recursive: true }));
  return { root, store: await FileBlobStore.open(root, systemClock) };
}

async function all(store: FileBlobStore): Promise<string[]> {
  const names = [];
  for await (const { sha256 } of store.list()) names.push(sha256);
  return names.sort();
}

t.test('bytes come back under their digest', async (t) => {
  const { store, root } = await openStore(t);
  const bytes = Buffer.from('hello');
  const name = sha256(bytes);
  t.strictSame(await store.put(bytes), { sha256: name, size: 5 });
  t.strictSame(await store.put(Readable.from([bytes.subarray(0, 2), bytes.subarray(2)])), {
    sha256: name,
    size: 5,
  });
  t.strictSame(await store.put(Buffer.alloc(0)), { sha256: sha256(Buffer.alloc(0)), size: 0 });
  t.same(Buffer.from(await store.read(name)), bytes);
  const memory = Buffer.alloc(8, '.');
  await store.read(name, (size) => memory.subarray(1, 1 + size));
  t.equal(memory.toString(), '.hello..', 'into the memory that it is given');
  t.same(await buffer(store.open(name)), bytes);
  t.equal(String(await buffer(store.open(name, { start: 1, end: 3 }))), 'ell', 'both ends are included');
  t.same(await readdir(join(root, name.slice(0, 2))), [name], 'kept once, aa/<sha256>');
  t.same(await readdir(join(root, 'incoming')), []);
  t.same(await all(store), [name, sha256(Buffer.alloc(0))].sort());
  t.equal(await store.has(name), true);
  await store.delete(name);
  await store.delete(name);
  t.equal(await store.has(name), false);
});

t.test('a sweeper does not delete what was put again after it looked', async (t) => {
  const { store, root } = await openStore(t);
  const { sha256: name } = await store.put(Buffer.from('hello'));
  await utimes(join(root, name.slice(0, 2), name), new Date(0), new Date(0));
  const looked = new Date(1000);
  await store.put(Buffer.from('hello'));
  await store.delete(name, looked);
  t.equal(await store.has(name), true);
  await utimes(join(root, name.slice(0, 2), name), new Date(0), new Date(0));
  await store.delete(name, looked);
  t.equal(await store.has(name), false);
  t.same(await readdir(join(root, 'incoming')), []);
});

t.test('the same bytes at the same time', async (t) => {
  const { store } = await openStore(t);
  const bytes = Buffer.alloc(1_000_000, 'x');
  const stored = await Promise.all(Array.from({ length: 8 }, () => store.put(Readable.from([bytes]))));
  t.equal(new Set(stored.map((blob) => blob.sha256)).size, 1);
  t.same(await all(store), [sha256(bytes)]);
});

t.test('too much, or a source that fails, leaves nothing behind', async (t) => {
  const { store, root } = await openStore(t);
  await t.rejects(store.put(Readable.from([Buffer.alloc(6), Buffer.alloc(5)]), 10), {
    code: 'PAYLOAD_TOO_LARGE',
  });
  t.strictSame((await store.put(Buffer.alloc(10), 10)).size, 10);
  const source = new PassThrough();
  source.write('some');
  const failing = store.put(source);
  setTimeout(() => source.destroy(new Error('gone')), 20);
  await t.rejects(failing, /gone/);
  t.same(await readdir(join(root, 'incoming')), []);
  t.equal((await all(store)).length, 1);
});

t.test('what is not there, what is damaged, what is no name', async (t) => {
  const { store, root } = await openStore(t);
  const nowhere = 'a'.repeat(64);
  await t.rejects(store.read(nowhere), { code: 'BLOB_MISSING' });
  await t.rejects(buffer(store.open(nowhere)), { code: 'BLOB_MISSING' });
  t.equal(await store.has(nowhere), false);
  await t.rejects(store.read('../../etc/passwd'), { code: 'BLOB_MISSING' });
  t.throws(() => store.open('..'), { code: 'BLOB_MISSING' });
  const { sha256: name } = await store.put(Buffer.from('hello'));
  await truncate(join(root, name.slice(0, 2), name), 4);
  await t.rejects(store.read(name), { code: 'BLOB_DAMAGED' });
});

t.test('a reader that leaves early closes the file', async (t) => {
  const { store } = await openStore(t);
  const { sha256: name } = await store.put(Buffer.alloc(1_000_000));
  for await (const chunk of store.open(name)) {
    t.ok(chunk);
    break;
  }
  await store.delete(name);
});

t.test('unfinished files of a crash are swept at the next start, young ones are not', async (t) => {
  const { root } = await openStore(t);
  const old = join(root, 'incoming', 'old');
  await writeFile(old, 'x');
  await utimes(old, new Date(0), new Date(0));
  await writeFile(join(root, 'incoming', 'young'), 'x');
  await FileBlobStore.open(root, systemClock);
  t.same(await readdir(join(root, 'incoming')), ['young']);
});
