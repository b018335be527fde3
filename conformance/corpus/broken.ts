/** Files of the makers that are broken on purpose, signed by people of whom something is wrong, or judged years later. */
import { readSignedData } from '@segl/pki/cms/cms-signed-data';
import {
  attachedFaults,
  cmsFaults,
  longTermFaults as cmsLongTerm,
  stampedFaults as cmsStamped,
} from './break-cms.ts';
import { longTermFaults as pdfLongTerm, pdfFaults, withCms } from './break-pdf.ts';
import {
  archivedFaults,
  envelopedFaults,
  envelopingFaults,
  longTermFaults as xmlLongTerm,
  stampedFaults as xmlStamped,
  xmlFaults,
} from './break-xml.ts';
import { document, levels, text, type DssMaker } from './by-dss.ts';
import { form, type PyHankoMaker } from './by-pyhanko.ts';
import { afterRevocation, inFourYears } from './people.ts';
import { standsAlone, type Format, type Specimen } from './specimen.ts';
import type { Job } from './workshop.ts';
import type { Identity } from '../world.ts';

type How = Job & { readonly level: string };

/** Signs as one of the makers does; `isDetached`: the content stays beside. */
interface Line {
  readonly maker: Specimen['maker'];
  readonly format: Format;
  readonly kind: string;
  readonly input: Uint8Array;
  readonly isDetached?: boolean;
  sign(by: Identity, how: How): Promise<Buffer>;
}

export class Breaker {
  readonly #dss: DssMaker;
  readonly #pyHanko: PyHankoMaker;
  readonly #pdf: Uint8Array;
  /** When the corpus is made. */
  readonly #made: Date;

  constructor(dss: DssMaker, pyHanko: PyHankoMaker, pdf: Uint8Array, made: Date) {
    this.#dss = dss;
    this.#pyHanko = pyHanko;
    this.#pdf = pdf;
    this.#made = made;
  }

  #line(format: Format, packaging: string, input: Uint8Array): Line {
    return {
      maker: 'EU DSS',
      format,
      kind: format === 'PAdES' ? 'EU DSS' : packaging.toLowerCase(),
      input,
      isDetached: packaging === 'DETACHED',
      sign: (by, how) => this.#dss.sign(input, by, { format, packaging, ...how }),
    };
  }

  get #enveloped(): Line {
    return this.#line('XAdES', 'ENVELOPED', document);
  }

  get #enveloping(): Line {
    return this.#line('XAdES', 'ENVELOPING', text);
  }

  get #attached(): Line {
    return this.#line('CAdES', 'ENVELOPING', text);
  }

  get #pades(): Line {
    return this.#line('PAdES', 'ENVELOPED', this.#pdf);
  }

  get #padesOfPyHanko(): Line {
    return {
      maker: 'pyHanko',
      format: 'PAdES',
      kind: 'pyHanko',
      input: form,
      sign: (by, how) => this.#pyHanko.sign(form, by, how),
    };
  }

  #specimen(
    line: Line,
    level: string,
    what: string,
    bytes: Uint8Array,
    rest: Partial<Specimen> = {},
  ): Specimen {
    const { maker, format, kind, input, isDetached = false } = line;
    return {
      name: `${format}-${level}, ${kind}; ${what}`,
      maker,
      format,
      bytes,
      ...(isDetached && { content: input }),
      signers: [this.#dss.people.ec],
      isOffline: standsAlone(level),
      isBroken: true,
      ...rest,
    };
  }

  /** One file of a line and level, and the same by somebody else. */
  async #pair(line: Line, level: string): Promise<readonly [Buffer, Buffer]> {
    const { ec, other } = this.#dss.people;
    return [await line.sign(ec, { level }), await line.sign(other, { level })];
  }

  async *xml(): AsyncGenerator<Specimen> {
    const detached = this.#line('XAdES', 'DETACHED', text);
    const bases = [
      [this.#enveloped, 'T', { ...xmlFaults, ...envelopedFaults, ...xmlStamped }],
      [detached, 'LT', { ...xmlFaults, ...xmlStamped, ...xmlLongTerm }],
      [
        this.#enveloping,
        'LTA',
        { ...xmlFaults, ...envelopingFaults, ...xmlStamped, ...xmlLongTerm, ...archivedFaults },
      ],
    ] as const;
    for (const [line, level, faults] of bases) {
      const [own, other] = await this.#pair(line, level);
      for (const [what, fault] of Object.entries(faults)) {
        yield this.#specimen(line, level, what, Buffer.from(fault(own.toString(), other.toString())));
      }
      if (line !== detached) continue;
      yield this.#specimen(line, level, 'another document', own, { content: Buffer.from('Aftale: 900\n') });
      const { content: _, ...without } = this.#specimen(line, level, 'without the document', own);
      yield without;
    }
  }

  async *cms(): AsyncGenerator<Specimen> {
    const detached = this.#line('CAdES', 'DETACHED', text);
    const bases = [
      [this.#attached, 'T', { ...cmsFaults, ...cmsStamped, ...attachedFaults }],
      [detached, 'LT', { ...cmsFaults, ...cmsStamped }],
      [this.#attached, 'LTA', { ...cmsFaults, ...cmsStamped, ...attachedFaults }],
    ] as const;
    for (const [line, level, faults] of bases) {
      const [own, other] = await this.#pair(line, level);
      const pair = { own: readSignedData(own), other: readSignedData(other) };
      for (const [what, fault] of Object.entries(faults)) {
        yield this.#specimen(line, level, what, fault(own, pair));
      }
      yield this.#specimen(line, level, 'the end cut off', own.subarray(0, -40));
      if (level !== 'T') {
        for (const [what, fault] of Object.entries(cmsLongTerm)) {
          yield this.#specimen(line, level, what, fault(own, other));
        }
      }
      if (line !== detached) continue;
      yield this.#specimen(line, level, 'another document', own, { content: Buffer.from('Aftale: 900\n') });
      const { content: _, ...without } = this.#specimen(line, level, 'without the document', own);
      yield without;
    }
  }

  async *pdf(): AsyncGenerator<Specimen> {
    const bases = [
      [this.#pades, 'T', { ...cmsFaults, ...cmsStamped }, {}],
      [this.#pades, 'LTA', {}, { ...pdfFaults, ...pdfLongTerm }],
      [this.#padesOfPyHanko, 'T', {}, pdfFaults],
      [this.#padesOfPyHanko, 'LT', cmsFaults, pdfLongTerm],
    ] as const;
    for (const [line, level, inside, outside] of bases) {
      const [own, other] = await this.#pair(line, level);
      for (const [what, fault] of Object.entries(inside)) {
        yield this.#specimen(line, level, what, withCms(own, other, fault));
      }
      for (const [what, fault] of Object.entries(outside)) {
        yield this.#specimen(line, level, what, fault(own));
      }
    }
  }

  get #lines(): readonly Line[] {
    return [this.#enveloping, this.#attached, this.#pades, this.#padesOfPyHanko];
  }

  /** Signatures that hold, by people of whom something is wrong. */
  async *people(): AsyncGenerator<Specimen> {
    const { ec, revokedBefore, revokedLater, expired, notYetValid, unknown, encipherer, authority, weak } =
      this.#dss.people;
    const strangersStamp = { tsa: 'http://tsa.stranger.invalid/' };
    const afterwards = { at: afterRevocation(this.#made) };
    const cases: readonly (readonly [what: string, by: Identity, how: How, rest?: Partial<Specimen>])[] = [
      ['the signer revoked before', revokedBefore, { level: 'T' }],
      ['the signer revoked later, no time-stamp', revokedLater, { level: 'B' }, afterwards],
      ['the signer revoked later', revokedLater, { level: 'T' }, afterwards],
      ['the signer expired', expired, { level: 'T' }],
      ['the signer not yet valid', notYetValid, { level: 'T' }],
      ['the signer of a root that is not trusted', unknown, { level: 'T' }],
      ['a key that is for encryption', encipherer, { level: 'B' }],
      ['the certificate of an authority', authority, { level: 'B' }],
      ['an RSA key of 1024 bits', weak, { level: 'B' }],
      ['SHA-1', this.#dss.people.rsa, { level: 'B', digest: 'SHA1' }],
      ['a time-stamp of an authority that is not trusted', ec, { level: 'T', ...strangersStamp }],
      ['time-stamps of an authority that is not trusted', ec, { level: 'LTA', ...strangersStamp }],
    ];
    for (const line of this.#lines) {
      for (const [what, by, how, rest = {}] of cases) {
        const bytes = await line.sign(by, how).catch((error: unknown) => error as Error);
        // pyHanko does not make everything
        if (bytes instanceof Error) {
          if (line.maker === 'pyHanko') continue;
          throw bytes;
        }
        yield this.#specimen(line, how.level, what, bytes, { signers: [by], ...rest });
      }
    }
  }

  /** When the signer has expired, and the time-stamp authority has not. */
  async *later(): AsyncGenerator<Specimen> {
    const { ec } = this.#dss.people;
    for (const line of this.#lines) {
      for (const level of levels) {
        const rest = { at: inFourYears(this.#made), isBroken: false };
        yield this.#specimen(line, level, 'in four years', await line.sign(ec, { level }), rest);
      }
    }
  }
}
