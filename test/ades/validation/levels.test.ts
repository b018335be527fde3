/** Signatures of every level, judged at once, later, and when certificates have expired. */
import { builtIn } from '@segl/identity/methods/index';
import t from 'tap';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { addSignature } from '@segl/ades/pades/sign';
import { raisePades } from '@segl/ades/pades/levels';
import { raise, type XadesLevel } from '@segl/ades/xades/levels';
import { signXades } from '@segl/ades/xades/sign';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { textReport } from '@segl/ades/validation/reports/text-report';
import { concluded, createFiles, MADE } from '../../support/signatures/validation.ts';
import { tell } from '../../support/signatures/tell.ts';

const files = createFiles();
const YEAR = 365 * 86_400_000;
const after = (years: number): Date => new Date(MADE.getTime() + years * YEAR);

const told = async (bytes: Uint8Array, at: Date, online = false): Promise<string> => {
  const { report } = await files.validate(bytes, { at, online });
  if (process.env['SEGL_REPORTS']) process.stderr.write(`${textReport(report, tell)}\n`);
  return concluded(report);
};

for (const [format, make] of [
  ['XAdES', (level: 'B' | 'T' | 'LT' | 'LTA') => files.xades(level)],
  ['PAdES', (level: 'B' | 'T' | 'LT' | 'LTA') => files.pades(level)],
] as const) {
  t.test(`${format}: each level holds as long as it promises`, async (t) => {
    const [b, t1, lt, lta] = [await make('B'), await make('T'), await make('LT'), await make('LTA')];
    t.equal(await told(b, MADE), 'INDETERMINATE/TRY_LATER', 'B: nothing tells its status');
    t.equal(await told(b, MADE, true), 'TOTAL-PASSED', 'B: asked for');
    t.equal(await told(b, after(4), true), 'INDETERMINATE/OUT_OF_BOUNDS_NO_POE', 'B: expired');
    t.equal(await told(t1, MADE), 'INDETERMINATE/TRY_LATER', 'T: nothing tells its status');
    t.equal(await told(t1, MADE, true), 'TOTAL-PASSED', 'T: asked for');
    t.equal(await told(lt, MADE), 'TOTAL-PASSED', 'LT');
    t.equal(await told(lt, after(5)), 'TOTAL-PASSED', 'LT: the signer has expired, the time-stamp holds');
    t.equal(await told(lt, after(12)), 'INDETERMINATE/OUT_OF_BOUNDS_NO_POE', 'LT: the authority has expired');
    t.equal(await told(lta, MADE), 'TOTAL-PASSED', 'LTA');
    t.equal(await told(lta, after(5)), 'TOTAL-PASSED', 'LTA: later');
    const { report } = await files.validate(lta);
    t.equal(report.signatures[0]?.level, 'LTA');
    t.equal(report.signatures[0]?.bestSignatureTime.getTime(), MADE.getTime());
  });
}

t.test('revoked: what is proven to be older holds, all else does not', async (t) => {
  const [b, lt] = [await files.xades('B'), await files.xades('LT')];
  const revokedAt = (revoked: Date) => (bytes: Uint8Array) =>
    validateEvidence({
      modules: builtIn,
      bytes,
      trust: files.trust,
      at: after(1),
      ask: (certificate, issuer) =>
        parseCertificate(certificate).isCa || parseCertificate(certificate).commonName === 'TSA'
          ? files.ask(certificate, issuer)
          : Promise.resolve({
              status: 'revoked',
              revokedAt: revoked,
              source: 'ocsp',
              url: 'http://ocsp.test.invalid/',
            }),
    });
  const before = revokedAt(new Date(MADE.getTime() - 1));
  const later = revokedAt(after(0.5));
  t.equal(concluded((await later(b)).report), 'INDETERMINATE/REVOKED_NO_POE');
  t.equal(concluded((await later(lt)).report), 'TOTAL-PASSED', 'its time-stamp is older');
  const { report } = await before(b);
  t.equal(concluded(report), 'INDETERMINATE/REVOKED_NO_POE');
  t.equal(report.signatures[0]?.path[0]?.status?.status, 'revoked');
});

t.test('a signed PDF that is sealed: what sealing adds is noted, the first signature holds', async (t) => {
  const file = IncrementalFile.of(await files.pades('LT'));
  const { world, clock } = files;
  await addSignature(file, {
    attachments: [
      {
        name: 'bilag.txt',
        description: '',
        mimeType: 'text/plain',
        bytes: Buffer.from('Bilag'),
        modified: MADE,
      },
    ],
    key: world.signer('P-256', 'Second'),
    signerName: 'Segl test',
    signingTime: clock.now(),
    timestamper: world.services.timestamp,
  });
  const { report, documents } = await files.validate(Uint8Array.from(file.bytes), { online: true });
  t.equal(concluded(report), 'TOTAL-PASSED', textReport(report, tell));
  t.same(
    report.signatures.map(({ changes = [] }) => changes.map(({ code }) => code)),
    [['pdf-change/attachments-added'], []],
  );
  t.same(
    documents.map(({ name }) => name),
    ['before-signing.pdf', 'bilag.txt'],
  );
});

t.test('long term only with revocation data about every certificate', async (t) => {
  const { world, clock } = files;
  const certificates = { certificates: [world.anchor], ocsps: [], crls: [] };
  const without = async () => Promise.resolve(certificates);
  const levelOf = async (bytes: Uint8Array): Promise<string | undefined> =>
    (await files.validate(bytes)).report.signatures[0]?.level;
  const pdf = async (level: 'LT' | 'LTA', services: typeof world.services): Promise<Uint8Array> => {
    const file = IncrementalFile.of(await files.pades('T'));
    await raisePades(file, level, services);
    return Uint8Array.from(file.bytes);
  };
  const nothing = { ...world.services, signer: without, stamp: without };
  t.equal(await levelOf(await pdf('LT', nothing)), 'T', 'a store with a certificate in it');
  t.equal(await levelOf(await pdf('LTA', nothing)), 'T', 'and a document time-stamp');
  t.equal(await levelOf(await pdf('LT', { ...world.services, signer: without })), 'T', 'not of the signer');
  t.equal(await levelOf(await pdf('LT', { ...world.services, stamp: without })), 'T', 'not of the authority');
  t.equal(await levelOf(await pdf('LTA', world.services)), 'LTA');
  t.equal(await levelOf(await files.pades('LT')), 'LT');

  const data = { form: 'enveloping', bytes: Buffer.from('x'), mimeType: 'text/plain' } as const;
  const xades = async (level: XadesLevel, services: typeof world.services): Promise<Uint8Array> =>
    raise(
      await signXades({ key: world.signer('P-256', 'Signer'), signingTime: clock.now(), data: [data] }),
      level,
      services,
    );
  for (const level of ['LT', 'LTA', 'XL'] as const) {
    t.equal(await levelOf(await xades(level, world.services)), level);
    const lower = level === 'XL' ? 'X' : 'T';
    t.equal(await levelOf(await xades(level, { ...world.services, signer: without })), lower, level);
  }
  const { report } = await files.validate(await files.xades('LT'), { own: { ...files.trust, seal: [] } });
  t.equal(report.signatures[0]?.level, 'LT', 'whether the root is trusted does not matter');
});
