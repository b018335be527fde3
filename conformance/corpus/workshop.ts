/** Where the makers work: keys as PKCS#12, the authorities of two worlds over loopback HTTP, and files to pass on. */
import { createServer, type Server } from 'node:http';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writePkcs12 } from '@segl/sandbox/pki/pkcs12';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { createWorld, type Identity, type World } from '../world.ts';

/** The fields of a job; see dss/Maker.java and pyhanko/maker.py. */
export type Job = Readonly<Record<string, string | readonly string[]>>;

/** See judges.mjs. */
export interface Maker {
  make(job: Job): Promise<void>;
}

const PASSWORD = 'corpus';
const MAX_REQUEST = 1 << 16;

export class Workshop {
  /** Whose root is trusted. */
  readonly world = createWorld();
  /** One that nobody here has heard of. */
  readonly stranger = createWorld(undefined, { organization: 'Stranger', domain: 'stranger.invalid' });
  /** File of the trusted root. */
  readonly anchor: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #keys = new Map<Identity, string>();
  #files = 0;

  private constructor(folder: string, server: Server) {
    this.#folder = folder;
    this.#server = server;
    mkdirSync(folder, { recursive: true });
    this.anchor = this.keep(this.world.anchor, 'der');
  }

  /** `folder`: for all that is made on the way. To be closed. */
  static async open(folder: string): Promise<Workshop> {
    const server = createServer();
    const workshop = new Workshop(folder, server);
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      let length = 0;
      request.on('data', (part: Buffer) => {
        length += part.length;
        if (length > MAX_REQUEST) request.destroy();
        else parts.push(part);
      });
      request.on('end', () => {
        const host = (request.url ?? '').slice(1);
        const { post } = host.endsWith('.stranger.invalid') ? workshop.stranger : workshop.world;
        post(`http://${host}/`, Buffer.concat(parts), request.headers['content-type'] ?? '').then(
          ({ contentType = '', body }) => response.writeHead(200, { 'content-type': contentType }).end(body),
          () => response.writeHead(500).end(),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return workshop;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Writes bytes down; gives the name of the file. */
  keep(bytes: Uint8Array, extension: string, name = `${++this.#files}`): string {
    const file = join(this.#folder, `${name}.${extension}`);
    writeFileSync(file, bytes);
    return file;
  }

  /** Has a maker make a file of `input`, signed with the key of `by` or by nobody. Throws what the maker says. */
  async make(maker: Maker, input: Uint8Array, by: Identity | undefined, job: Job): Promise<Buffer> {
    const out = join(this.#folder, `${++this.#files}.out`);
    const { port } = this.#server.address() as AddressInfo;
    await maker.make({
      do: 'sign',
      in: this.keep(input, 'in'),
      out,
      world: `http://127.0.0.1:${port}`,
      tsa: 'http://tsa.test.invalid/',
      anchors: this.anchor,
      ...(by && { key: this.#keyOf(by), password: PASSWORD }),
      ...job,
    });
    return readFileSync(out);
  }

  /** OCSP answers of a moment about these certificates (DER), the time-stamp authority and the one above, as files. */
  async answers(certificates: readonly Uint8Array[], at: Date): Promise<string[]> {
    const { world } = this;
    const asked = [...certificates.map(parseCertificate), world.tsa, parseCertificate(world.authorities[0]!)];
    const files: string[] = [];
    for (const certificate of asked) {
      // those of others have no answer here
      if (isOf(world, certificate.issuerDn))
        files.push(this.keep(await world.answer(certificate, at), 'ocsp'));
    }
    return files;
  }

  #keyOf(identity: Identity): string {
    const known = this.#keys.get(identity);
    if (known) return known;
    const { certificate, privateKey } = identity;
    const { authorities } = isOf(this.world, certificate.issuerDn) ? this.world : this.stranger;
    const bytes = writePkcs12({
      key: privateKey,
      certificates: [certificate.der, ...authorities],
      password: PASSWORD,
      name: certificate.commonName,
    });
    const file = this.keep(bytes, 'p12');
    this.#keys.set(identity, file);
    return file;
  }
}

/** Whether a certificate with this issuer was issued in that world. */
const isOf = (world: World, issuerDn: string): boolean =>
  world.authorities.some((der) => parseCertificate(der).subjectDn === issuerDn);
