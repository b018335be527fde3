/** Hashes of passwords that tell how they were made: PHC string format, `$scrypt$ln=14,r=8,p=1$SALT$HASH`. */
import { randomBytes, scrypt as scryptCallback, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

const scrypt = promisify<string, Buffer, number, ScryptOptions, Buffer>(scryptCallback);

/** Of scrypt (RFC 7914): `ln` is log2 of its cost N. It takes 128 · N · r bytes. */
interface Parameters {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** Those of new hashes. They take 16 MiB and some 65 ms; those that are stored name their own. */
const TODAY: Parameters = { ln: 14, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const written = ({ ln, r, p }: Parameters): string => `$scrypt$ln=${ln},r=${r},p=${p}$`;

/** PHC writes base64 without padding. */
const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

const derive = (password: string, salt: Buffer, bytes: number, { ln, r, p }: Parameters): Promise<Buffer> =>
  scrypt(password, salt, bytes, { N: 2 ** ln, r, p, maxmem: 2 * 128 * 2 ** ln * r });

/** The hash of a password, with a salt of its own and today's parameters. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, TODAY);
  return `${written(TODAY)}${base64(salt)}$${base64(hash)}`;
}

/** Whether it is the password of the hash, by the parameters that the hash names. False for what is no hash of ours. */
export async function matchesPassword(password: string, stored: string): Promise<boolean> {
  const [, ln, r, p, salt, hash] = PHC.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const parameters = { ln: Number(ln), r: Number(r), p: Number(p) };
  const given = await derive(password, Buffer.from(salt, 'base64'), expected.length, parameters);
  return timingSafeEqual(expected, given);
}
