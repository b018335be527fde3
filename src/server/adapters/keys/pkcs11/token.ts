/** A key on a token: found, unlocked, and ready to sign in several sessions. Only for a process of its own. */
import { serverProblems } from '../../../problems.ts';
import type { Problem } from '@segl/problem/problem';
import { Library, Pkcs11Error, Ckr, type Attribute } from './library.ts';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import type { Algorithm, Request } from './messages.ts';
import type { Pkcs11Uri } from './uri.ts';

/** What is on the token, or not. */
/** The token, its key or the library cannot be used. */
export class TokenProblem extends Error {
  readonly why: Problem;

  constructor(why: Problem) {
    super(why.code);
    this.why = why;
  }
}

/** The PIN is missing, wrong or locked: trying again could use up what tries are left. */
class PinProblem extends TokenProblem {}

export const isPinProblem = (error: unknown): boolean =>
  error instanceof PinProblem ||
  (error instanceof Pkcs11Error && error.value >= Ckr.pinIncorrect && error.value <= Ckr.pinLocked);

/** Sessions that sign at the same time; a token that has fewer works with those. */
const SESSIONS = 4;
const MAX_SLOTS = 256;
const MAX_SIGNATURE = 1024;

const CKF_OS_LOCKING_OK = 2;
const CKF_SERIAL_SESSION = 4;
const TokenFlag = {
  loginRequired: 0x4,
  protectedPath: 0x100,
  initialized: 0x400,
  pinFinalTry: 0x20000,
  pinLocked: 0x40000,
} as const;
const User = { user: 1, contextSpecific: 2 } as const;
const Cka = { class: 0x0, label: 0x3, keyType: 0x100, id: 0x102, alwaysAuthenticate: 0x202 } as const;
const CKO_PRIVATE_KEY = 3;
const KeyType = { rsa: 0, ec: 3 } as const;
const Ckm = { rsaPkcs: 0x1, rsaPkcsPss: 0xd, ecdsa: 0x1041 } as const;

/** Mechanism, CKG_MGF1 and length of each digest, and its DigestInfo (RFC 8017 §9.2 note 1), which the digest follows. */
const digests: Readonly<
  Record<NewDigest, { mechanism: number; mask: number; length: number; info: Buffer }>
> = {
  sha256: {
    mechanism: 0x250,
    mask: 2,
    length: 32,
    info: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  },
  sha384: {
    mechanism: 0x260,
    mask: 3,
    length: 48,
    info: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  },
  sha512: {
    mechanism: 0x270,
    mask: 4,
    length: 64,
    info: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
  },
};

interface Session {
  readonly handle: number;
  readonly key: number;
}

export class Token {
  readonly #library: Library;
  readonly #pin: string | undefined;
  readonly #alwaysAuthenticate: boolean;
  readonly #keyType: number;
  readonly #free: Session[];
  readonly #waiting: ((session: Session) => void)[] = [];

  /** Throws TokenProblem, Pkcs11Error. */
  constructor({ modulePath, token, object }: Omit<Pkcs11Uri, 'pinFile'>, pin: string | undefined) {
    this.#library = loaded(modulePath);
    this.#pin = pin;
    const library = this.#library;
    // CK_C_INITIALIZE_ARGS: no functions of our own; the library locks by the means of the system
    const empty = Buffer.alloc(32);
    const initial = Buffer.concat([empty, library.ulongBytes(CKF_OS_LOCKING_OK), Buffer.alloc(8)]);
    library.call('C_Initialize', initial);
    const { slot, flags } = this.#findToken(token);
    const sessions = this.#openSessions(slot);
    const [first] = sessions;
    if (flags & TokenFlag.loginRequired) this.#login(first!, flags);
    const key = this.#findKey(first!, object);
    this.#keyType = this.#number(first!, key, Cka.keyType);
    if (this.#keyType !== KeyType.rsa && this.#keyType !== KeyType.ec)
      throw new TokenProblem(serverProblems.of('pkcs11/key-type'));
    this.#alwaysAuthenticate = this.#isAlwaysAuthenticated(first!, key);
    this.#free = sessions.map((handle) => ({ handle, key }));
  }

  /** PKCS#1 v1.5, PSS with a salt as long as the digest, or r and s of ECDSA one behind the other. */
  async sign({ algorithm, hash, digest }: Extract<Request, { kind: 'sign' }>): Promise<Uint8Array> {
    const isEc = algorithm === 'EC-P256';
    if (isEc !== (this.#keyType === KeyType.ec))
      throw new TokenProblem(serverProblems.of('pkcs11/other-key-type'));
    const session = this.#free.pop() ?? (await new Promise<Session>((next) => this.#waiting.push(next)));
    const library = this.#library;
    const mechanism = library.records([this.#mechanism(algorithm, hash)]);
    try {
      await library.callAsync('C_SignInit', session.handle, mechanism.bytes, session.key);
      if (this.#alwaysAuthenticate) {
        const pin = Buffer.from(this.#pin ?? '', 'utf8');
        library.call('C_Login', session.handle, User.contextSpecific, pin, pin.length);
      }
      const data = algorithm === 'RSA' ? Buffer.concat([digests[hash].info, digest]) : Buffer.from(digest);
      const signature = Buffer.alloc(MAX_SIGNATURE);
      const length = library.ulongBytes(signature.length);
      await library.callAsync('C_Sign', session.handle, data, data.length, signature, length);
      return Uint8Array.from(signature.subarray(0, library.readUlong(length)));
    } finally {
      mechanism.free();
      const next = this.#waiting.shift();
      if (next) next(session);
      else this.#free.push(session);
    }
  }

  close(): void {
    this.#library.call('C_Finalize', null);
  }

  #mechanism(algorithm: Algorithm, hash: NewDigest): Attribute {
    if (algorithm === 'RSA') return [Ckm.rsaPkcs, new Uint8Array()];
    if (algorithm === 'EC-P256') return [Ckm.ecdsa, new Uint8Array()];
    const { mechanism, mask, length } = digests[hash];
    return [Ckm.rsaPkcsPss, this.#library.ulongBytes(mechanism, mask, length)];
  }

  #findToken(wanted: Pkcs11Uri['token']): { slot: number; flags: number } {
    const library = this.#library;
    const slots = library.ulongs(MAX_SLOTS);
    const count = library.ulongBytes(MAX_SLOTS);
    library.call('C_GetSlotList', 1, slots, count);
    const found = Array.from({ length: library.readUlong(count) }, (_, index) => {
      const slot = library.readUlong(slots, index);
      const info = Buffer.alloc(512);
      library.call('C_GetTokenInfo', slot, info);
      const text = (start: number, end: number): string => info.toString('utf8', start, end).trimEnd();
      return {
        ...{
          slot,
          label: text(0, 32),
          manufacturer: text(32, 64),
          model: text(64, 80),
          serial: text(80, 96),
        },
        flags: library.readUlong(info.subarray(96)),
      };
    }).filter(
      (one) =>
        one.flags & TokenFlag.initialized &&
        (['label', 'manufacturer', 'model', 'serial'] as const).every(
          (name) => wanted[name] === undefined || wanted[name] === one[name],
        ) &&
        (wanted.slotId === undefined || wanted.slotId === one.slot),
    );
    const [only, ...more] = found;
    if (!only) throw new TokenProblem(serverProblems.of('pkcs11/no-token'));
    if (more.length > 0)
      throw new TokenProblem(serverProblems.of('pkcs11/several-tokens', { count: found.length }));
    return only;
  }

  #openSessions(slot: number): number[] {
    const library = this.#library;
    const sessions: number[] = [];
    while (sessions.length < SESSIONS) {
      const handle = library.ulongs(1);
      try {
        library.call('C_OpenSession', slot, CKF_SERIAL_SESSION, null, null, handle);
      } catch (error) {
        if (sessions.length === 0) throw error;
        break;
      }
      sessions.push(library.readUlong(handle));
    }
    return sessions;
  }

  /** Wrong PINs lock a token, so the last try is left to people. */
  #login(session: number, flags: number): void {
    if (flags & TokenFlag.pinLocked) throw new PinProblem(serverProblems.of('pkcs11/pin-locked'));
    if (flags & TokenFlag.pinFinalTry) {
      throw new PinProblem(serverProblems.of('pkcs11/last-try'));
    }
    if (this.#pin === undefined && !(flags & TokenFlag.protectedPath))
      throw new PinProblem(serverProblems.of('pkcs11/pin-missing'));
    const pin = this.#pin === undefined ? null : Buffer.from(this.#pin, 'utf8');
    try {
      this.#library.call('C_Login', session, User.user, pin, pin?.length ?? 0);
    } catch (error) {
      if (!(error instanceof Pkcs11Error && error.value === Ckr.alreadyLoggedIn)) throw error;
    }
  }

  #findKey(session: number, { label, id }: Pkcs11Uri['object']): number {
    const library = this.#library;
    const wanted: Attribute[] = [[Cka.class, library.ulongBytes(CKO_PRIVATE_KEY)]];
    if (label !== undefined) wanted.push([Cka.label, Buffer.from(label, 'utf8')]);
    if (id !== undefined) wanted.push([Cka.id, id]);
    const template = library.records(wanted);
    const handles = library.ulongs(2);
    const count = library.ulongs(1);
    try {
      library.call('C_FindObjectsInit', session, template.bytes, wanted.length);
      library.call('C_FindObjects', session, handles, 2, count);
      library.call('C_FindObjectsFinal', session);
    } finally {
      template.free();
    }
    const found = library.readUlong(count);
    if (found === 0) throw new TokenProblem(serverProblems.of('pkcs11/no-private-key'));
    if (found > 1) throw new TokenProblem(serverProblems.of('pkcs11/several-private-keys'));
    return library.readUlong(handles);
  }

  #number(session: number, key: number, attribute: number): number {
    return this.#library.readUlong(this.#attribute(session, key, attribute, this.#library.ulongs(1)));
  }

  /** Keys that ask for the PIN before each signature. Tokens that do not know the attribute have none. */
  #isAlwaysAuthenticated(session: number, key: number): boolean {
    try {
      return this.#attribute(session, key, Cka.alwaysAuthenticate, Buffer.alloc(1))[0] === 1;
    } catch (error) {
      if (error instanceof Pkcs11Error) return false;
      throw error;
    }
  }

  #attribute(session: number, key: number, attribute: number, room: Buffer): Buffer {
    const record = this.#library.records([[attribute, room]]);
    try {
      this.#library.call('C_GetAttributeValue', session, key, record.bytes, 1);
      return record.read(0);
    } finally {
      record.free();
    }
  }
}

function loaded(modulePath: string): Library {
  try {
    return new Library(modulePath);
  } catch (error) {
    if (error instanceof Pkcs11Error) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TokenProblem(
      code === 'MODULE_NOT_FOUND'
        ? serverProblems.of('pkcs11/koffi-missing')
        : serverProblems.of('pkcs11/library-not-loaded', { path: modulePath, said: message }),
    );
  }
}
