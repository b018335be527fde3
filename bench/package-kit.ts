/**
 * What a complete package is made of, with everything around the service in the same process: what the demo's order needs is
 * two sealed and verified LTV-SDOs, a signature page, and a PAdES B-LTA over a 200 kB PDF. Five RSA-2048 signatures in
 * all: two seals, the PDF, its two time-stamps. OCSP answers are fetched once and remembered, as the service does.
 */
import { createHash, createPrivateKey, randomBytes, type KeyObject } from 'node:crypto';
import { PDFDocument } from 'pdf-lib';
import { World } from '@segl/sandbox/world/world';
import { Certificates } from '@segl/sandbox/methods/nemid/certificates';
import { testPersons } from '@segl/sandbox/methods/nemid/persons';
import { writeNativeSignature } from '@segl/sandbox/methods/nemid/client/native-signature';
import { NATIVE_XMLDSIG, type LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { readPolicy, SEAL_SIGNATURE_POLICY } from '@segl/identity/evidence/ltvsdo/policy';
import { NEMID_PACKAGING_POLICY } from '@segl/identity/methods/nemid/evidence/policy';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { renderSignaturePage, type SignaturePage } from '@segl/server/documents/page/signature-page';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades } from '@segl/ades/pades/levels';
import { addSignature } from '@segl/ades/pades/sign';
import { loadTemplate } from '@segl/server/documents/page/template/template';
import { sealLtvSdo } from '@segl/identity/evidence/ltvsdo/seal';
import { systemClock } from '@segl/problem/clock';
import type { HttpPost } from '@segl/pki/revocation/http';
import { loadPemKey } from '@segl/pki/keys/keys';
import { longTermServices } from '@segl/pki/tsp/long-term';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { validateCertificate } from '@segl/pki/revocation/validate';

const DOCUMENT_BYTES = 200_000;

async function samplePdf(): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  for (let page = 0; page < 3; page++) pdf.addPage();
  await pdf.attach(randomBytes(DOCUMENT_BYTES), 'ballast.bin');
  return pdf.save({ useObjectStreams: false });
}

export interface PackageKit {
  /** The key that seals. */
  readonly privateKey: KeyObject;
  /** An LTV-SDO, sealed and verified. */
  readonly seal: () => Promise<Uint8Array>;
  readonly page: () => SignaturePage;
  /** PAdES B-LTA. */
  readonly pades: (page: SignaturePage | undefined, packages: readonly Uint8Array[]) => Promise<Uint8Array>;
  /** All of it. */
  readonly complete: () => Promise<Uint8Array>;
}

/** `folder`: for the keys of the world around the service. */
export async function packageKit(folder: string): Promise<PackageKit> {
  const clock = systemClock;
  const world = await World.open({ folder, url: 'http://localhost', clock });
  const certificates = await Certificates.open(world, testPersons);
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
    return {
      status: 200,
      contentType: 'application/ocsp-response',
      body: await world.answerOcsp(url.split('/').at(-1)!, bytes),
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
  // known since the document was stored
  const digest = createHash('sha256').update(pdf).digest();
  const policy = {
    id: SEAL_SIGNATURE_POLICY,
    hash: readPolicy(SEAL_SIGNATURE_POLICY).sha256,
    uri: 'http://localhost/policy',
  };
  const template = await loadTemplate('standard');
  const [person] = testPersons;
  const native = writeNativeSignature({
    properties: [{ name: 'signtext', value: Buffer.from('I agree.'), encoding: 'base64', visible: true }],
    ...certificates.identityOf(person!),
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
    const sealed = await sealLtvSdo(content(native, digest, at), {
      key,
      signingTime: at,
      policy,
      validation,
    });
    verifyLtvSdo(sealed);
    return sealed;
  };
  const page = () =>
    renderSignaturePage(template, {
      language: 'da',
      title: 'Benchmark',
      requestId: 'r'.repeat(58),
      documents: [
        {
          title: 'Benchmark',
          sha256: digest.toString('hex'),
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
  const pades = async (rendered: SignaturePage | undefined, packages: readonly Uint8Array[]) => {
    const file = IncrementalFile.of(pdf);
    await addSignature(file, {
      ...(rendered && { page: rendered }),
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

  return {
    privateKey: createPrivateKey(world.keyPem('seal')),
    seal,
    page,
    pades,
    complete: async () => {
      const packages = [await seal(), await seal()];
      return pades(page(), packages);
    },
  };
}

function content(native: Uint8Array, sha256: Uint8Array, at: Date): LtvSdoContent {
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
      sha256,
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
