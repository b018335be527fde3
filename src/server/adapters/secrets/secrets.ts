/**
 * Secrets at rest: keys of service providers, what signers asked to have remembered. AES-256-GCM under a key
 * that is not in the database, so that a dump of it tells nothing.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../problems.ts';

const KEY_BYTES = 32;
const VERSION = 1;
const ID_BYTES = 8;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * `context` says what a secret is and whose, e.g. `provider-key:demo`: it is authenticated with it, so that one secret
 * cannot be put in the place of another.
 */
export interface SecretBox {
  seal(plain: Uint8Array, context: string): Buffer;
  /** Throws SECRET_UNREADABLE {what, why}. */
  open(sealed: Uint8Array, context: string): Buffer;
  /** False for what was sealed with an older key. */
  isCurrent(sealed: Uint8Array): boolean;
  /** A keyed hash to find something by without storing it. */
  index(text: string, context: string): Buffer;
  /** The same under every key, the current one first: what was stored under an older key is still found. */
  indexes(text: string, context: string): Buffer[];
}

interface DerivedKey {
  readonly id: Buffer;
  readonly encryption: Buffer;
  readonly index: Buffer;
}

const derive = (master: Uint8Array, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', master, new Uint8Array(), `segl ${purpose}`, bytes));

const derivedFrom = (master: Uint8Array): DerivedKey => ({
  id: derive(master, 'key id', ID_BYTES),
  encryption: derive(master, 'encryption', KEY_BYTES),
  index: derive(master, 'index', KEY_BYTES),
});

/** `masters`: 32 random bytes each; the first one is used from now on, the others only to read. */
export function createSecretBox(masters: readonly Uint8Array[]): SecretBox {
  const keys = masters.map(derivedFrom);
  const [current] = keys;
  if (!current) throw new TypeError('there is no key');
  const header = Buffer.concat([Buffer.of(VERSION), current.id]);
  const hash = (key: DerivedKey, text: string, context: string): Buffer =>
    createHmac('sha256', key.index).update(`${context}\0${text}`, 'utf8').digest();
  return {
    seal(plain, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', current.encryption, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.concat([header, Buffer.from(context, 'utf8')]));
      return Buffer.concat([header, iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed);
      // what stands before the colon tells the kind; what follows may name a person
      const unreadable = (why: Problem): SeglError =>
        serverProblems.error('SECRET_UNREADABLE', { what: context.split(':')[0] ?? '', why });
      const start = 1 + ID_BYTES + IV_BYTES;
      if (bytes.length < start + TAG_BYTES || bytes[0] !== VERSION)
        throw unreadable(serverProblems.of('secret/damaged'));
      const id = bytes.subarray(1, 1 + ID_BYTES);
      const key = keys.find((one) => one.id.equals(id));
      if (!key) throw unreadable(serverProblems.of('secret/other-key', { id: id.toString('hex') }));
      const iv = bytes.subarray(1 + ID_BYTES, start);
      const decipher = createDecipheriv('aes-256-gcm', key.encryption, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.concat([bytes.subarray(0, 1 + ID_BYTES), Buffer.from(context, 'utf8')]));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(start, -TAG_BYTES)), decipher.final()]);
      } catch {
        throw unreadable(serverProblems.of('secret/misplaced'));
      }
    },
    isCurrent: (sealed) => Buffer.from(sealed).subarray(0, header.length).equals(header),
    index: (text, context) => hash(current, text, context),
    indexes: (text, context) => keys.map((key) => hash(key, text, context)),
  };
}

/** 64 hex digits or base64 of 32 bytes. */
function readKey(text: string, variable: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (key.length === KEY_BYTES && /^[0-9a-zA-Z+/=_-]+$/.test(text)) return key;
  const problems = [serverProblems.of('setting/secret-key', { setting: variable })];
  throw serverProblems.error('CONFIG_INVALID', { problems });
}

type SecretSettings = Pick<Config, 'secretsKey' | 'secretsOldKeys' | 'dataDir'>;

/**
 * The box with the keys of the settings. Without SECRETS_KEY the key is in DATA_DIR, made at the first start: all
 * processes of an installation share that folder. Throws CONFIG_INVALID.
 */
export async function openSecretBox(config: SecretSettings): Promise<SecretBox> {
  return boxOf(config, provideKey);
}

/**
 * The same for looking only: nothing is written. A key that is not there yet has sealed nothing, so one that is forgotten
 * takes its place. Throws CONFIG_INVALID.
 */
export async function peekSecretBox(config: SecretSettings): Promise<SecretBox> {
  return boxOf(config, async (path) => (await findKey(path)) ?? randomBytes(KEY_BYTES));
}

async function boxOf(
  { secretsKey, secretsOldKeys, dataDir }: SecretSettings,
  keyIn: (path: string) => Promise<Buffer>,
): Promise<SecretBox> {
  const old = secretsOldKeys.map((text) => readKey(text, 'SECRETS_OLD_KEYS'));
  const own =
    secretsKey === undefined ? keyIn(join(dataDir, 'secrets.key')) : readKey(secretsKey, 'SECRETS_KEY');
  return createSecretBox([await own, ...old]);
}

async function findKey(path: string): Promise<Buffer | undefined> {
  try {
    return readKey((await readFile(path, 'utf8')).trim(), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Of several processes that start at once, one makes the key and all use it. */
async function provideKey(path: string): Promise<Buffer> {
  const known = await findKey(path);
  if (known) return known;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
    await file.sync();
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await file.close();
    await rm(temporary, { force: true });
  }
  return (await findKey(path)) ?? readKey('', path);
}
