/** The C interface of a PKCS#11 library (v2.40 and later), as far as signing needs it. Only for a process of its own. */
import { createRequire } from 'node:module';
import type koffiTypes from 'koffi';
import type { TypeObject } from 'koffi';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../../problems.ts';

type Koffi = typeof koffiTypes;
type CFunction = ((...args: unknown[]) => number) & { async: (...args: unknown[]) => void };

/** Positions in CK_FUNCTION_LIST, and numbers of arguments (`u`: CK_ULONG, `p`: pointer). */
const FUNCTIONS = {
  C_Initialize: [0, 'p'],
  C_Finalize: [1, 'p'],
  C_GetSlotList: [4, 'upp'],
  C_GetTokenInfo: [6, 'up'],
  C_OpenSession: [12, 'uuppp'],
  C_Login: [18, 'uupu'],
  C_GetAttributeValue: [24, 'uupu'],
  C_FindObjectsInit: [26, 'upu'],
  C_FindObjects: [27, 'upup'],
  C_FindObjectsFinal: [28, 'u'],
  C_SignInit: [42, 'upu'],
  C_Sign: [43, 'upupp'],
} as const;
type Name = keyof typeof FUNCTIONS;

/** A function gave something else than CKR_OK. */
export class Pkcs11Error extends Error {
  readonly value: number;
  readonly why: Problem;

  constructor(name: string, value: number) {
    const what =
      RETURN_VALUES[value] ?? serverProblems.of('pkcs11/error', { value: `0x${value.toString(16)}` });
    const why = serverProblems.of('pkcs11/says', { name, what });
    super(why.code);
    this.value = value;
    this.why = why;
  }
}

export const Ckr = {
  pinIncorrect: 0xa0,
  pinLocked: 0xa4,
  alreadyLoggedIn: 0x100,
} as const;

const RETURN_VALUES: Readonly<Record<number, Problem>> = {
  0x05: serverProblems.of('pkcs11/general-error'),
  0x06: serverProblems.of('pkcs11/function-failed'),
  0x30: serverProblems.of('pkcs11/device-error'),
  0x32: serverProblems.of('pkcs11/device-removed'),
  0x60: serverProblems.of('pkcs11/key-handle'),
  0x68: serverProblems.of('pkcs11/key-not-for-this'),
  0x70: serverProblems.of('pkcs11/mechanism'),
  0x82: serverProblems.of('pkcs11/object-handle'),
  0xa0: serverProblems.of('pkcs11/pin-wrong'),
  0xa1: serverProblems.of('pkcs11/pin-invalid'),
  0xa2: serverProblems.of('pkcs11/pin-length'),
  0xa3: serverProblems.of('pkcs11/pin-expired'),
  0xa4: serverProblems.of('pkcs11/pin-is-locked'),
  0xb0: serverProblems.of('pkcs11/session-closed'),
  0xb1: serverProblems.of('pkcs11/sessions'),
  0xb3: serverProblems.of('pkcs11/session-handle'),
  0xe0: serverProblems.of('pkcs11/no-token-in-slot'),
  0x101: serverProblems.of('pkcs11/not-logged-in'),
  0x102: serverProblems.of('pkcs11/pin-never-set'),
};

/** An attribute (CK_ATTRIBUTE): its type and its value. */
export type Attribute = readonly [type: number, value: Uint8Array];

/** Calls of the library. Memory that C reads later than a call lasts as long as this object. */
export class Library {
  readonly #koffi: Koffi;
  readonly #functions = new Map<Name, CFunction>();
  /** Bytes of a CK_ULONG; on Windows, where it is 4, structures are packed. */
  readonly #ulong: number;
  /** CK_ATTRIBUTE, and CK_MECHANISM, which has the same members. */
  readonly #record: TypeObject;

  /** Throws what loading the library says. */
  constructor(file: string) {
    // an optional dependency: nobody without a security module needs it
    this.#koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const koffi = this.#koffi;
    this.#ulong = koffi.sizeof('ulong');
    const members = { type: 'ulong', value: 'void *', length: 'ulong' };
    this.#record = this.#ulong === 4 ? koffi.pack(members) : koffi.struct(members);
    const getList = koffi.load(file).func('C_GetFunctionList', 'ulong', ['void *']) as unknown as CFunction;
    const out = Buffer.alloc(8);
    check('C_GetFunctionList', getList(out));
    const list = koffi.decode(out, 'void *') as unknown;
    const first = this.#ulong === 4 ? 2 : 8;
    for (const [name, [position, types]] of Object.entries(FUNCTIONS)) {
      const pointer = koffi.decode(list, first + position * 8, 'void *') as unknown;
      const parameters = [...types].map((type) => (type === 'u' ? 'ulong' : 'void *'));
      const prototype = koffi.proto('ulong', parameters);
      this.#functions.set(name as Name, koffi.decode(pointer, prototype) as CFunction);
    }
  }

  call(name: Name, ...args: unknown[]): void {
    check(name, this.#functions.get(name)!(...args));
  }

  /** The same off the main thread. */
  callAsync(name: Name, ...args: unknown[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#functions.get(name)!.async(...args, (error: Error | null, value: number) => {
        const failure = error ?? (value === 0 ? undefined : new Pkcs11Error(name, value));
        if (failure) reject(failure);
        else resolve();
      });
    });
  }

  /** Room for `count` CK_ULONGs that C writes. */
  ulongs(count: number): Buffer {
    return Buffer.alloc(this.#ulong * count);
  }

  ulongBytes(...values: readonly number[]): Buffer {
    const bytes = this.ulongs(values.length);
    values.forEach((value, index) => {
      if (this.#ulong === 4) bytes.writeUInt32LE(value, index * 4);
      else bytes.writeBigUInt64LE(BigInt(value), index * 8);
    });
    return bytes;
  }

  readUlong(bytes: Buffer, index = 0): number {
    return this.#ulong === 4 ? bytes.readUInt32LE(index * 4) : Number(bytes.readBigUInt64LE(index * 8));
  }

  /** CK_ATTRIBUTEs or a CK_MECHANISM: a number, a pointer, a length. `read` gives what C put behind the pointers. */
  records(attributes: readonly Attribute[]): {
    bytes: unknown;
    read: (index: number) => Buffer;
    free: () => void;
  } {
    const koffi = this.#koffi;
    const memory = attributes.map(([, value]) => {
      const pointer = koffi.alloc('uint8_t', Math.max(1, value.length)) as unknown;
      if (value.length > 0) koffi.encode(pointer, koffi.array('uint8_t', value.length), value);
      return pointer;
    });
    const bytes = koffi.alloc(this.#record, attributes.length) as unknown;
    const records = attributes.map(([type, value], index) => ({
      type,
      value: value.length > 0 ? memory[index] : null,
      length: value.length,
    }));
    koffi.encode(bytes, koffi.array(this.#record, records.length), records);
    return {
      bytes,
      read: (index) =>
        Buffer.from(
          koffi.decode(
            memory[index] as never,
            koffi.array('uint8_t', attributes[index]![1].length, 'Typed'),
          ) as Uint8Array,
        ),
      free: () => {
        for (const pointer of [...memory, bytes]) koffi.free(pointer);
      },
    };
  }
}

function check(name: string, value: number): void {
  if (value !== 0) throw new Pkcs11Error(name, Number(value));
}
