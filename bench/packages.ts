/**
 * How many complete packages one core makes in a second, beside the most that its RSA key could do. A package is what
 * the demo's order needs: two sealed and verified LTV-SDOs, a signature page, and a PAdES B-LTA over a 200 kB PDF
 * with both time-stamps made in the same process. Five RSA-2048 signatures in all: two seals, the PDF, its time-stamps; the
 * OCSP answers are fetched once and remembered, as the service does.
 */
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument } from 'pdf-lib';
import { World } from '../sandbox/world/world.ts';
import { testPersons } from '../sandbox/persons.ts';
import { writeNativeSignature } from '../sandbox/nemid/native-signature.ts';
import { NATIVE_XMLDSIG, type LtvSdoContent } from '../src/ades/ltvsdo/content.ts';
import { NEMID_PACKAGING_POLICY, readPolicy, SEAL_SIGNATURE_POLICY } from '../src/ades/ltvsdo/policy.ts';
import { verifyLtvSdo } from '../src/ades/ltvsdo/verify.ts';
import { renderSignaturePage } from '../src/ades/pades/signature-page.ts';
import { GrowingPdf } from '../src/ades/pades/growing-pdf.ts';
import { raisePades } from '../src/ades/pades/levels.ts';
import { addSignature } from '../src/ades/pades/sign.ts';
import { loadTemplate } from '../src/ades/pades/template.ts';
import { sealLtvSdo } from '../src/ades/xades/seal.ts';
import { systemClock } from '../src/clock.ts';
import type { HttpPost } from '../src/pki/http.ts';
import { loadPemKey } from '../src/pki/keys.ts';
import { longTermServices } from '../src/pki/long-term.ts';
import { certificatesToPem } from '../src/pki/pem.ts';
import { RevocationService } from '../src/pki/revocation.ts';
import { createTimestamper } from '../src/pki/tsa.ts';
import { validateCertificate } from '../src/pki/validate.ts';
import { rate, SECONDS, type Rate } from './rate.ts';

const DOCUMENT_BYTES = 200_000;

async function samplePdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  for (let page = 0; page < 3; page++) pdf.addPage();
  await pdf.attach(randomBytes(DOCUMENT_BYTES), 'ballast.bin');
  return pdf.save({ useObjectStreams: false });
}

/** Prints a table. */
export async function packagesBenchmark(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-bench-'));
  try {
    const clock = systemClock;
    const world = await World.open({ folder, url: 'http://localhost', persons: testPersons, clock });
    const key = loadPemKey(
      world.keyPem('seal'),
      certificatesToPem([
        world.certificate('seal'),
        world.certificate('seal-ca'),
        world.certificate('seal-root'),
      ]),
    );
    const post: HttpPost = async (url, body) => {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      if (url.endsWith('/tsa')) {
        return {
          status: 200,
          contentType: 'application/timestamp-reply',
          body: await world.answerTimestamp(bytes),
        };
      }
      const authority = url.split('/').at(-1) as Parameters<World['answerOcsp']>[0];
      return {
        status: 200,
        contentType: 'application/ocsp-response',
        body: await world.answerOcsp(authority, bytes),
      };
    };
    const revocation = new RevocationService({ post, clock });
    const anchors = [world.certificate('seal-root')];
    const timestamper = createTimestamper({
      url: 'http://localhost/tsa',
      anchors: [world.certificate('tsa-root')],
      post,
      clock,
    });
    const pdf = await samplePdf();
    const policy = {
      id: SEAL_SIGNATURE_POLICY,
      hash: readPolicy(SEAL_SIGNATURE_POLICY).sha256,
      uri: 'http://localhost/policy',
    };
    const template = await loadTemplate('standard');
    const [person] = testPersons;
    const native = writeNativeSignature({
      properties: [{ name: 'signtext', value: Buffer.from('I agree.'), encoding: 'base64', visible: true }],
      ...world.identityOf(person!),
    });

    const seal = async () => {
      const at = clock.now();
      const { validation } = await validateCertificate({
        leaf: key.certificate,
        intermediates: key.chain,
        anchors,
        at,
        revocation,
      });
      const sealed = await sealLtvSdo(content(native, pdf, at), { key, signingTime: at, policy, validation });
      verifyLtvSdo(sealed);
      return sealed;
    };
    const sha256 = createHash('sha256').update(pdf).digest('hex');
    const page = () =>
      renderSignaturePage(template, {
        language: 'da',
        title: 'Benchmark',
        requestId: 'r'.repeat(58),
        documents: [
          {
            title: 'Benchmark',
            sha256,
            mimeType: 'application/pdf',
          },
        ],
        signers: testPersons.slice(0, 2).map(({ name, pid }) => ({
          name,
          method: 'NemID',
          identifier: `PID:${pid}`,
          signedAt: clock.now(),
          nationalIdVerified: true,
        })),
        sealedBy: 'Segl Sandbox Seal',
        sealedAt: clock.now(),
        timeZone: 'Europe/Copenhagen',
      });
    const services = longTermServices({
      anchors,
      timestamp: timestamper,
      tsaAnchors: [world.certificate('tsa-root')],
      revocation,
      clock,
    });
    const pades = async (rendered: Awaited<ReturnType<typeof page>>, packages: Uint8Array[]) => {
      const file = new GrowingPdf(pdf);
      await addSignature(file, {
        page: rendered,
        attachments: packages.map((bytes, index) => ({
          name: `ltv-sdo-${index + 1}.xml`,
          description: 'LTV-SDO',
          mimeType: 'application/x-ltv-sdo',
          bytes,
          modified: clock.now(),
        })),
        key,
        signerName: 'Segl Sandbox Seal',
        signingTime: clock.now(),
        timestamper,
      });
      await raisePades(file, 'LTA', services);
      return file.bytes;
    };

    const privateKey = createPrivateKey(world.keyPem('seal'));
    const data = randomBytes(64);
    const raw = await rate(() => sign('sha256', data, privateKey));
    const sealed = await seal();
    const rendered = await page();
    const rows: [string, Rate, number][] = [
      ['raw RSA-2048 signature (the limit)', raw, 1],
      ['LTV-SDO, sealed and verified', await rate(seal), 1],
      ['signature page, two signers', await rate(page), 0],
      [
        'PAdES B-LTA, 200 kB, page and attachments given',
        await rate(() => pades(rendered, [sealed, sealed])),
        3,
      ],
      [
        'complete package: 2 LTV-SDO + page + PAdES B-LTA',
        await rate(async () => pades(await page(), [await seal(), await seal()])),
        5,
      ],
    ];
    console.log(`Packages (Node ${process.version}, one core, ${SECONDS} s each; RSA-2048)\n`);
    const columns = (what: string, perSecond: string, cpu: string, share: string): string =>
      `${what.padEnd(48)} ${perSecond.padStart(10)} ${cpu.padStart(8)} ${share.padStart(22)}`;
    console.log(columns('what', 'per second', 'CPU ms', 'share of the RSA limit'));
    for (const [what, { perSecond, cpu }, signatures] of rows) {
      const share = signatures === 0 ? '-' : `${((100 * signatures * raw.cpu) / cpu).toFixed(0)} %`;
      console.log(columns(what, perSecond.toFixed(0), cpu.toFixed(2), share));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function content(native: Uint8Array, document: Uint8Array, at: Date): LtvSdoContent {
  const components = [
    { name: 'segl', version: 'bench' },
    { name: 'user-agent', version: 'bench' },
  ];
  const context = { type: 'nemid', components, transactionId: '0'.repeat(64) };
  const event = (type: string) => ({ at, type, data: [{ name: 'description', value: type }] });
  return {
    signer: {
      displayName: 'Anna Prøve Æblegård',
      uniqueId: 'PID:9208-2002-2-000000001011',
      nationalId: { id: '1405822042', nationality: 'DK', type: 'CPR' },
      attributes: [],
    },
    document: {
      mimeType: 'application/pdf',
      title: 'Benchmark',
      sha256: createHash('sha256').update(document).digest(),
    },
    signature: { typeFriendlyName: 'NemID', formatFriendlyName: 'XML Signature', signingTime: at },
    packagingPolicy: NEMID_PACKAGING_POLICY,
    native: {
      ...NATIVE_XMLDSIG,
      bytes: native,
      signingTime: at,
      validation: { certificates: [], ocsps: [], crls: [] },
    },
    creation: context,
    verification: context,
    creationAuditTrail: ['presented-document-to-signer', 'signer-chose-to-proceed', 'signature-created'].map(
      event,
    ),
    verificationAuditTrail: [
      'verified-core',
      'verified-path',
      'verified-revocation',
      'verified-signature',
    ].map(event),
  };
}
