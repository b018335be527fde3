/** Signing with a key on a security module, through a process that is started again when it or its sessions are lost. */
import { generalProblems } from '@segl/problem/problems';
import type { Problem } from '@segl/problem/problem';
import { fork, type ChildProcess } from 'node:child_process';
import { constants, createHash, verify } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { integer, sequence } from '@segl/pki/asn1/der-write';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { serverProblems } from '../../../problems.ts';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { checkedPath, notOf, signingAlgorithmOf } from '@segl/pki/keys/keys';
import type { Algorithm, Answer, Request } from './messages.ts';
import type { Pkcs11Uri } from './uri.ts';

/** A module across a network may take a while, but a call that takes longer than this never ends. */
const TIMEOUT_MS = 20_000;
/** For closing a library in order. */
const END_MS = 2_000;

class Failure extends Error {
  readonly why: Problem;

  constructor(why: Problem) {
    super(why.code);
    this.why = why;
  }
}

/** Trying once more could lock the token. */
class FinalFailure extends Failure {}

const said = (error: Error): Problem => generalProblems.of('foreign/said', { said: error.message });

type Unnumbered<R> = R extends Request ? Omit<R, 'n'> : never;

/** One process with one open key. */
class Holder {
  readonly #child: ChildProcess;
  readonly #pending = new Map<
    number,
    { resolve: (answer: Answer) => void; reject: (error: Error) => void }
  >();
  readonly #exited: Promise<void>;
  #count = 0;

  constructor() {
    this.#child = fork(fileURLToPath(new URL('process.js', import.meta.url)), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (answer: Answer) => this.#settle(answer.n, ({ resolve }) => resolve(answer)));
    this.#child.on('error', (error) => this.#end(said(error)));
    this.#child.on('exit', (code, signal) =>
      this.#end(serverProblems.of('pkcs11/process-ended', { how: String(signal ?? code) })),
    );
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.#rest();
  }

  async ask(request: Unnumbered<Request>): Promise<Uint8Array | undefined> {
    const n = (this.#count += 1);
    const answered = new Promise<Answer>((resolve, reject) => this.#pending.set(n, { resolve, reject }));
    const timer = setTimeout(
      () => this.kill(serverProblems.of('pkcs11/no-answer', { ms: TIMEOUT_MS })),
      TIMEOUT_MS,
    );
    this.#child.ref();
    this.#child.channel?.ref();
    this.#child.send({ ...request, n }, (error) => {
      if (error) this.#end(said(error));
    });
    try {
      const answer = await answered;
      if (!('why' in answer)) return answer.signature;
      throw answer.final ? new FinalFailure(answer.why) : new Failure(answer.why);
    } finally {
      clearTimeout(timer);
    }
  }

  /** At once. Whoever waits is told `why`. */
  kill(why: Problem): void {
    this.#child.kill('SIGKILL');
    this.#end(why);
  }

  /** Lets the library close in order; resolves when the process is gone. Whoever waits is told `why`. */
  async end(why: Problem): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    this.#end(why);
    this.#child.ref();
    const timer = setTimeout(() => this.kill(why), END_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  #end(why: Problem): void {
    for (const n of [...this.#pending.keys()]) this.#settle(n, ({ reject }) => reject(new Failure(why)));
  }

  #settle(
    n: number,
    how: (waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }) => void,
  ) {
    const waiting = this.#pending.get(n);
    this.#pending.delete(n);
    this.#rest();
    if (waiting) how(waiting);
  }

  /** With nothing to do it keeps nobody from ending. */
  #rest(): void {
    if (this.#pending.size > 0) return;
    this.#child.unref();
    this.#child.channel?.unref();
  }
}

/** A key on a module that is open. */
export interface Pkcs11Key {
  readonly key: SigningKey;
  readonly close: () => Promise<void>;
}

/**
 * Opens the key that the URI names and proves that it belongs to the certificate, by a signature. Lost sessions and
 * processes are made anew, once for each signature; a wrong PIN is never tried twice. Throws PKCS11_FAILED {why},
 * KEY_INVALID {why}.
 */
export async function openPkcs11Key(
  { pinFile: _, ...uri }: Pkcs11Uri,
  input: {
    readonly pin: string | undefined;
    readonly certificate: Uint8Array;
    readonly chain: readonly Uint8Array[];
    readonly pss?: boolean;
  },
): Promise<Pkcs11Key> {
  const certificate = parseCertificate(input.certificate);
  const algorithm = signingAlgorithmOf(certificate, input.pss ?? false);
  const path = checkedPath(certificate, input.chain);
  let current: Promise<Holder> | undefined;
  let ending: Promise<void> = Promise.resolve();
  let barred: FinalFailure | undefined;

  /** Libraries do not take it well when one process comes while another goes. */
  const open = async (): Promise<Holder> => {
    await ending;
    const holder = new Holder();
    try {
      await holder.ask({ kind: 'open', key: uri, pin: input.pin });
      return holder;
    } catch (error) {
      await holder.end(serverProblems.of('pkcs11/closed'));
      throw error;
    }
  };
  const leave = (used: Promise<Holder>): void => {
    if (current !== used) return;
    current = undefined;
    ending = used.then(
      (holder) => holder.end(serverProblems.of('pkcs11/closed')),
      () => undefined,
    );
  };
  const attempt = async (hash: NewDigest, digest: Uint8Array): Promise<Uint8Array> => {
    if (barred) throw barred;
    const used = (current ??= open());
    try {
      return (await (await used).ask({ kind: 'sign', algorithm, hash, digest }))!;
    } catch (error) {
      leave(used);
      if (error instanceof FinalFailure) barred = error;
      throw error;
    }
  };
  const sign: SigningKey['sign'] = async (data, hash = 'sha256') => {
    const digest = createHash(hash).update(data).digest();
    try {
      const signature = await attempt(hash, digest).catch((error: unknown) => {
        if (error instanceof FinalFailure) throw error;
        return attempt(hash, digest);
      });
      return algorithm === 'EC-P256' ? ecdsaSigValue(signature) : signature;
    } catch (error) {
      const why = error instanceof Failure ? error.why : said(error as Error);
      throw serverProblems.error('PKCS11_FAILED', { why }, { cause: error });
    }
  };
  const close = async (): Promise<void> => {
    if (current) leave(current);
    await ending;
  };
  try {
    const probe = Buffer.from('Does this key belong to its certificate?');
    if (!fits(certificate, algorithm, probe, await sign(probe))) throw notOf(certificate);
  } catch (error) {
    await close();
    throw error;
  }
  return { key: { algorithm, ...path, sign }, close };
}

/** r and s of the same length to an ECDSA-Sig-Value (RFC 3279 §2.2.3), as everybody but PKCS#11 and XML writes it. */
function ecdsaSigValue(plain: Uint8Array): Uint8Array {
  const half = plain.length / 2;
  return sequence(integer(plain.subarray(0, half)), integer(plain.subarray(half)));
}

function fits(
  { publicKey }: Certificate,
  algorithm: Algorithm,
  data: Buffer,
  signature: Uint8Array,
): boolean {
  const key =
    algorithm === 'RSA-PSS'
      ? { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : publicKey;
  return verify('sha256', data, key, signature);
}
