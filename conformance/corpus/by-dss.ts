/** What EU DSS makes: every format, level and packaging that we read, all of it in order. */
import { C14N_10, C14N_11 } from '@segl/ades/xml/c14n';
import type { Identity } from '../world.ts';
import type { People } from './people.ts';
import { standsAlone, type Format, type Specimen } from './specimen.ts';
import type { Job, Maker, Workshop } from './workshop.ts';

export const levels = ['B', 'T', 'LT', 'LTA'] as const;

export const document = Buffer.from('<a:b xmlns:a="urn:x" q="1"><c/>æ &amp; ø</a:b>');
export const text = Buffer.from('Aftale: æøå\n');

/** Bytes that are signed, by whom, and how. */
interface Order {
  readonly what: string;
  readonly by: Identity;
  readonly job: Job & { readonly level: string };
  readonly input?: Uint8Array;
  /** Those who signed the input before. */
  readonly before?: readonly Identity[];
}

export class DssMaker {
  readonly #shop: Workshop;
  readonly #maker: Maker;
  readonly people: People;

  constructor(shop: Workshop, maker: Maker, people: People) {
    this.#shop = shop;
    this.#maker = maker;
    this.people = people;
  }

  sign(input: Uint8Array, by: Identity | undefined, job: Job): Promise<Buffer> {
    return this.#shop.make(this.#maker, input, by, job);
  }

  async specimen(format: Format, { what, by, job, input = text, before = [] }: Order): Promise<Specimen> {
    const isDetached = job['packaging'] === 'DETACHED';
    return {
      name: `${format}-${job.level}, ${what}`,
      format,
      maker: 'EU DSS',
      bytes: await this.sign(input, by, { format, ...(by === this.people.pss && { pss: '1' }), ...job }),
      ...(isDetached && { content: input }),
      signers: [by, ...before],
      isOffline: standsAlone(job.level),
    };
  }

  async *xades(): AsyncGenerator<Specimen> {
    const { rsa, rsa4096, pss, ec, p384 } = this.people;
    for (const packaging of ['ENVELOPED', 'ENVELOPING', 'DETACHED']) {
      const input = packaging === 'ENVELOPED' ? document : text;
      const kind = packaging.toLowerCase();
      for (const by of [rsa, pss, ec]) {
        for (const level of levels) {
          const what = `${kind}, ${by.certificate.commonName}`;
          yield this.specimen('XAdES', { what, by, input, job: { packaging, level } });
        }
      }
      const policy = { packaging, level: 'B', policy: 'urn:oid:2.25.1' };
      yield this.specimen('XAdES', { what: `${kind}, with a policy`, by: rsa, input, job: policy });
    }
    const kinds: Readonly<Record<string, Job>> = {
      'Canonical XML 1.0': { c14n: C14N_10 },
      'Canonical XML 1.1': { c14n: C14N_11 },
      'SHA-384': { digest: 'SHA384' },
      'SHA-512': { digest: 'SHA512' },
      'KeyInfo signed': { signKeyInfo: '1' },
      'properties of 2010': { legacy: '1' },
      indented: { pretty: '1' },
      'its certificate alone': { alone: '1' },
      'a time-stamp over the content': { contentStamp: '1' },
    };
    for (const [what, how] of Object.entries(kinds)) {
      const [b, lta] = [
        { packaging: 'ENVELOPED', level: 'B', ...how },
        { packaging: 'ENVELOPING', level: 'LTA', ...how },
      ];
      yield this.specimen('XAdES', { what: `enveloped, ${what}`, by: ec, input: document, job: b });
      yield this.specimen('XAdES', { what: `enveloping, ${what}`, by: rsa, job: lta });
    }
    const embed = { packaging: 'ENVELOPING', level: 'B', embed: '1' };
    yield this.specimen('XAdES', { what: 'enveloping, XML as it is', by: ec, input: document, job: embed });
    for (const by of [rsa4096, p384]) {
      const what = `enveloping, ${by === p384 ? 'P-384' : 'RSA-4096'}`;
      yield this.specimen('XAdES', { what, by, job: { packaging: 'ENVELOPING', level: 'T' } });
    }
    const enveloped = { packaging: 'ENVELOPED' };
    const first = await this.sign(document, rsa, { format: 'XAdES', level: 'B', ...enveloped });
    for (const level of ['B', 'LT']) {
      const order = { what: 'a second signature', by: ec, input: first, before: [rsa] };
      yield this.specimen('XAdES', { ...order, job: { level, ...enveloped } });
    }
    for (const level of ['T', 'LTA']) {
      const order = {
        what: 'raised by EU DSS',
        by: rsa,
        input: first,
        job: { do: 'extend', level, ...enveloped },
      };
      yield this.specimen('XAdES', order);
    }
    const countersigned = /<ds:Signature [^>]*Id="([^"]+)"/.exec(first.toString())![1]!;
    const counter = { do: 'countersign', level: 'B', countersigned };
    yield this.specimen('XAdES', {
      what: 'countersigned',
      by: ec,
      input: first,
      before: [rsa],
      job: counter,
    });
  }

  async *pades(inputs: ReadonlyMap<string, Uint8Array>): AsyncGenerator<Specimen> {
    const { rsa, pss, ec } = this.people;
    const packaging = 'ENVELOPED';
    for (const kind of ['classic', 'object streams', 'hybrid', 'PDF 2.0']) {
      for (const level of levels) {
        yield this.specimen('PAdES', {
          what: kind,
          by: rsa,
          input: inputs.get(kind)!,
          job: { packaging, level },
        });
      }
    }
    const input = inputs.get('classic')!;
    for (const by of [pss, ec]) {
      for (const level of levels) {
        yield this.specimen('PAdES', {
          what: by.certificate.commonName,
          by,
          input,
          job: { packaging, level },
        });
      }
    }
    const kinds: Readonly<Record<string, Job & { readonly level: string }>> = {
      'SHA-384': { level: 'T', digest: 'SHA384' },
      'SHA-512': { level: 'T', digest: 'SHA512' },
      visible: { level: 'LTA', visible: 'Signed by Rasmus' },
      'with a reason': { level: 'B', reason: 'Fordi: æøå' },
      'certified, nothing may change': { level: 'T', certify: '1' },
      'certified, forms may be filled in': { level: 'T', certify: '2' },
      'certified, annotations may come': { level: 'LTA', certify: '3' },
      'PKCS #7': { level: 'B', subFilter: 'adbe.pkcs7.detached' },
      'PKCS #7, time-stamped': { level: 'T', subFilter: 'adbe.pkcs7.detached' },
      'with a policy': { level: 'B', policy: '2.25.1' },
    };
    for (const [what, job] of Object.entries(kinds)) {
      yield this.specimen('PAdES', { what, by: rsa, input, job: { packaging, ...job } });
    }
    for (const [one, two] of [
      ['B', 'B'],
      ['T', 'LT'],
      ['LTA', 'LTA'],
    ] as const) {
      const first = await this.sign(input, rsa, { format: 'PAdES', packaging, level: one });
      const order = { what: `a second signature after ${one}`, by: ec, input: first, before: [rsa] };
      yield this.specimen('PAdES', { ...order, job: { packaging, level: two } });
    }
    const b = await this.sign(input, rsa, { format: 'PAdES', packaging, level: 'B' });
    for (const level of ['T', 'LT', 'LTA']) {
      const job = { do: 'extend', packaging, level };
      yield this.specimen('PAdES', { what: 'raised by EU DSS', by: rsa, input: b, job });
    }
  }

  async *cades(): AsyncGenerator<Specimen> {
    const { rsa, pss, ec } = this.people;
    for (const packaging of ['ENVELOPING', 'DETACHED']) {
      const kind = packaging === 'ENVELOPING' ? 'attached' : 'detached';
      for (const by of [rsa, ec]) {
        for (const level of levels) {
          const what = `${kind}, ${by.certificate.commonName}`;
          yield this.specimen('CAdES', { what, by, job: { packaging, level } });
        }
      }
      const order = { what: `${kind}, RSASSA-PSS`, by: pss, job: { packaging, level: 'T' } };
      yield this.specimen('CAdES', order);
    }
    for (const digest of ['SHA384', 'SHA512']) {
      yield this.specimen('CAdES', {
        what: `attached, ${digest}`,
        by: ec,
        job: { packaging: 'ENVELOPING', level: 'LTA', digest },
      });
    }
    const policy = { packaging: 'ENVELOPING', level: 'B', policy: '2.25.1' };
    yield this.specimen('CAdES', { what: 'attached, with a policy', by: rsa, job: policy });
  }
}
