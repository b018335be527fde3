/** What pyHanko makes: PAdES of every level, PKCS #7, certification, locks, document time-stamps, forms that are filled in. */
import { writePdf } from '../../test/support/pdf/pdf.ts';
import type { Identity } from '../world.ts';
import { levels } from './by-dss.ts';
import type { People } from './people.ts';
import { standsAlone, type Specimen } from './specimen.ts';
import type { Job, Maker, Workshop } from './workshop.ts';

/** One page with two text fields. */
export const form: Uint8Array = writePdf({
  1: '<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [5 0 R 6 0 R] /DA (/F1 10 Tf 0 g)>>>>',
  2: '<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 300 300]>>',
  3: '<</Type /Page /Parent 2 0 R /Contents 4 0 R /Resources <<>> /Annots [5 0 R 6 0 R]>>',
  4: '<</Length 22>>\nstream\n0 0 m 100 100 l S     \nendstream',
  5: '<</Type /Annot /Subtype /Widget /FT /Tx /T (amount) /Rect [20 20 120 40]>>',
  6: '<</Type /Annot /Subtype /Widget /FT /Tx /T (remark) /Rect [20 50 120 70]>>',
});

export class PyHankoMaker {
  readonly #shop: Workshop;
  readonly #maker: Maker;
  readonly people: People;

  constructor(shop: Workshop, maker: Maker, people: People) {
    this.#shop = shop;
    this.#maker = maker;
    this.people = people;
  }

  async sign(input: Uint8Array, by: Identity | undefined, job: Job): Promise<Buffer> {
    const needsAnswers = by && standsAlone(String(job['level'] ?? ''));
    const ocsps = needsAnswers
      ? await this.#shop.answers([by.certificate.der], this.#shop.world.clock.now())
      : [];
    const pss = by === this.people.pss ? { pss: '1' } : {};
    return this.#shop.make(this.#maker, input, by, { field: 'Signature', ocsps, ...pss, ...job });
  }

  async specimen(
    what: string,
    by: Identity,
    input: Uint8Array,
    job: Job & { readonly level: string },
    before: readonly Identity[] = [],
  ): Promise<Specimen> {
    return {
      name: `PAdES-${job.level}, ${what}`,
      format: 'PAdES',
      maker: 'pyHanko',
      bytes: await this.sign(input, by, job),
      signers: [by, ...before],
      isOffline: standsAlone(job.level),
    };
  }

  async *pades(inputs: ReadonlyMap<string, Uint8Array>): AsyncGenerator<Specimen> {
    const { rsa, pss, ec } = this.people;
    for (const kind of ['classic', 'object streams', 'PDF 2.0']) {
      for (const level of levels) yield this.specimen(kind, rsa, inputs.get(kind)!, { level });
    }
    const input = inputs.get('classic')!;
    for (const by of [pss, ec]) {
      for (const level of levels) yield this.specimen(by.certificate.commonName, by, input, { level });
    }
    const kinds: Readonly<Record<string, Job & { readonly level: string }>> = {
      visible: { level: 'T', box: '1' },
      'SHA-512': { level: 'T', digest: 'sha512' },
      'with a reason': { level: 'B', reason: 'Fordi: æøå' },
      'PKCS #7': { level: 'B', form: 'PKCS7' },
      'PKCS #7, time-stamped': { level: 'T', form: 'PKCS7' },
      'a lock on one field': { level: 'T', lock: 'amount' },
      'certified, nothing may change': { level: 'T', certify: '1' },
      'certified, forms may be filled in': { level: 'LT', certify: '2' },
      'certified, annotations may come': { level: 'LTA', certify: '3' },
    };
    for (const [what, job] of Object.entries(kinds)) yield this.specimen(what, ec, form, job);
    for (const [one, two] of [
      ['B', 'B'],
      ['LTA', 'LTA'],
    ] as const) {
      const first = await this.sign(input, rsa, { level: one });
      yield this.specimen(`a second signature after ${one}`, ec, first, { level: two, field: 'Second' }, [
        rsa,
      ]);
    }
    const certified = await this.sign(form, rsa, { level: 'T', certify: '2' });
    yield this.specimen(
      'a second signature behind a certification',
      ec,
      certified,
      { level: 'T', field: 'Second' },
      [rsa],
    );
    const t = await this.sign(input, ec, { level: 'T' });
    const stamped = await this.sign(t, undefined, { do: 'stamp', field: 'Stamp' });
    const rest = { format: 'PAdES', maker: 'pyHanko', signers: [ec] } as const;
    yield { ...rest, name: 'PAdES-T, a document time-stamp and no validation data', bytes: stamped };
    yield* this.#filled();
  }

  /** Forms that were filled in, and pages that were annotated, behind a signature. */
  async *#filled(): AsyncGenerator<Specimen> {
    const { ec } = this.people;
    const fill = { do: 'fill', name: 'amount', value: '100' };
    const annotate = { do: 'annotate', value: 'Nej' };
    const bases: Readonly<Record<string, Job>> = {
      approved: {},
      'approved with a lock on that field': { lock: 'amount' },
      'approved with a lock on another field': { lock: 'remark' },
      'certified, nothing may change': { certify: '1' },
      'certified, forms may be filled in': { certify: '2' },
      'certified, annotations may come': { certify: '3' },
    };
    for (const [what, how] of Object.entries(bases)) {
      const signed = await this.sign(form, ec, { level: 'T', ...how });
      const rest = { format: 'PAdES', maker: 'pyHanko', signers: [ec], isBroken: true } as const;
      const [filled, annotated] = [
        await this.sign(signed, undefined, fill),
        await this.sign(signed, undefined, annotate),
      ];
      yield { ...rest, name: `PAdES-T, ${what}; a field filled in behind it`, bytes: filled };
      yield { ...rest, name: `PAdES-T, ${what}; an annotation added behind it`, bytes: annotated };
    }
  }
}
