/** Files of every kind to validate, and a validator that trusts their makers. */
import { builtIn } from '@segl/identity/methods/index';
import { addSignature } from '@segl/ades/pades/sign';
import { raisePades, type PadesLevel } from '@segl/ades/pades/levels';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raise, type XadesLevel } from '@segl/ades/xades/levels';
import { signXades } from '@segl/ades/xades/sign';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import type { AskStatus } from '@segl/ades/validation/status';
import type { Validation } from '@segl/ades/validation/validate';
import type { EvidenceTrust } from '@segl/identity/evidence/trust';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { createWorld, type KeyKind } from '../../../conformance/world.ts';
import { ManualClock } from '@segl/problem/clock';
import { createPki, POLICY_PREFIX } from '../../identity/methods/nemid/local-pki.ts';
import { SMALL, writePdf } from '../pdf/pdf.ts';

export type World = ReturnType<typeof createWorld>;

/** The moment at which the files of `createFiles` are made. */
export const MADE = new Date('2026-03-01T12:00:00Z');

/** Signs with a world of its own, whose time may be moved. */
export function createFiles() {
  const clock = new ManualClock(MADE);
  const world = createWorld(clock);
  const nemid = createPki();
  const trust: EvidenceTrust = {
    methods: { nemid: ocesEnvironment('sandbox', { anchors: [nemid.root], policyPrefix: POLICY_PREFIX }) },
    seal: [world.anchor],
    tsa: [world.anchor],
  };
  const ask: AskStatus = (certificate, issuer) =>
    world.revocation.status(parseCertificate(certificate), parseCertificate(issuer));
  return {
    clock,
    world,
    trust,
    ask,
    async xades(level: XadesLevel, kind: KeyKind = 'P-256', key = world.signer(kind, `Signer ${kind}`)) {
      const data = {
        form: 'enveloping',
        bytes: Buffer.from('En aftale: æøå'),
        mimeType: 'text/plain',
      } as const;
      const parts = await signXades({ key, signingTime: clock.now(), data: [data] });
      return raise(parts, level, world.services);
    },
    async pades(level: PadesLevel, key = world.signer('P-256', 'Seal')) {
      const file = IncrementalFile.of(writePdf(SMALL));
      await addSignature(file, {
        attachments: [],
        key,
        signerName: 'Segl test',
        signingTime: clock.now(),
        ...(level !== 'B' && { timestamper: world.services.timestamp }),
      });
      if (level === 'LT' || level === 'LTA') await raisePades(file, level, world.services);
      return Uint8Array.from(file.bytes);
    },
    validate: (
      bytes: Uint8Array,
      { at = clock.now(), online = false, own = trust, content }: ValidateOptions = {},
    ): Promise<Validation> =>
      validateEvidence({
        modules: builtIn,
        bytes,
        trust: own,
        at,
        ask: online ? ask : undefined,
        ...(content && { content }),
      }),
  };
}

export interface ValidateOptions {
  readonly at?: Date;
  readonly online?: boolean;
  readonly own?: EvidenceTrust;
  readonly content?: Uint8Array;
}

/** `TOTAL-PASSED`, or `INDETERMINATE/TRY_LATER` and the like. */
export const concluded = ({
  indication,
  subIndication,
}: {
  readonly indication: string;
  readonly subIndication?: string;
}): string => (subIndication ? `${indication}/${subIndication}` : indication);
