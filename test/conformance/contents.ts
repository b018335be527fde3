/** E1 to E10, F1 and F2: what the package contains, and its format. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LTV_11 } from '@segl/identity/evidence/ltvsdo/content';
import {
  NEMID_PACKAGING_POLICY,
  NEMID_WITHOUT_CPR_PACKAGING_POLICY,
} from '@segl/identity/methods/nemid/evidence/policy';
import { checkLtvSdoSchema } from '@segl/identity/evidence/ltvsdo/schema';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { findResult } from '@segl/server/adapters/postgres/orders/results';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { projectFile } from '@segl/server/paths';
import { withoutAuthorities } from '../support/forged-message.ts';
import { anna, client, order, task } from '../support/server/services.ts';
import { exportP12, setUp } from '../support/provider.ts';
import { run, tool } from '../support/tools.ts';
import { EXTERNAL_REFERENCE, TASK, type Requirement, type World } from './world.ts';
import { giveCpr, textOf } from '../support/server/methods.ts';

const version = ({ made }: World, context: 'creation' | 'verification', name: string): string | undefined =>
  made.pdf.content[context].components.find((one) => one.name === name)?.version;

/** What packaging says when the browser's name is lost between request and package. */
const withoutBrowser = ({ refusalAfter }: World, name: string): Promise<string | undefined> =>
  refusalAfter(
    `update native_signatures set evidence = jsonb_set(evidence, '{${name},userAgent}', '" "') from ids where session_ref = ids.ref`,
  );

/** Signs in as anna where the account works by `mode`; gives the verified package. */
async function packageBy({ home }: World, p12: Uint8Array, mode: 'lookup' | 'none', number?: string) {
  const { blobs, db } = home.application.context;
  await setUp(home, p12, { cpr: mode, ...(mode === 'lookup' && { spid: '2', sector: 'public' }) });
  const spec = order([task(TASK, undefined)]);
  const requestId = (await home.orders.createRequests({ service: 'other' }, [spec])).requestIds[0]!;
  const key = await home.portal.open({ requestId, taskId: TASK, client });
  await home.readAndSign(key, anna);
  if (number) await giveCpr(home.portal, key, 'doc', number);
  const sent = home.portal.sendIn(key);
  const ids = { requestId, taskId: TASK };
  for (let tries = 0; tries < 500 && !(await findResult(db, { ...ids, documentId: 'doc' })); tries++)
    await packageTask(home.packaging, ids);
  await sent;
  const row = await findResult(db, { ...ids, documentId: 'doc' });
  return verifyLtvSdo(await blobs.read(row!.sha256)).content;
}

export const requirements: readonly Requirement[] = [
  [
    'E1',
    'the answers and lists that were used are in it; one missing, or one too many, is refused',
    async (t, { made, resealed }) => {
      const { content } = made.pdf;
      const { validation } = content.native;
      t.equal(validation.ocsps.length, 1, 'of the signer');
      t.equal(validation.crls.length, 1, 'of the authority');
      const change = (more: Partial<typeof validation>) =>
        resealed({ ...content, native: { ...content.native, validation: { ...validation, ...more } } });
      t.equal(await change({ ocsps: [] }), 'CERT_STATUS_UNKNOWN');
      t.equal(await change({ crls: [] }), 'CERT_STATUS_UNKNOWN');
      t.match(await change({ ocsps: [...validation.ocsps, ...made.pdf.seal.ocsps] }), /INVALID/);
    },
  ],
  [
    'E2',
    'all certificates that were used are in it: it verifies even where the message brings its own only',
    async (t, { made, resealed }) => {
      const { content, signerPath } = made.pdf;
      const { native } = content;
      const fingerprints = new Set(
        native.validation.certificates.map((der) => parseCertificate(der).fingerprint),
      );
      for (const { fingerprint, commonName } of signerPath) t.ok(fingerprints.has(fingerprint), commonName);
      const { leaf } = readNativeMessage(native.bytes);
      const bytes = withoutAuthorities(native.bytes, leaf.der);
      t.equal(readNativeMessage(bytes).certificates.length, 1);
      t.equal(await resealed({ ...content, native: { ...native, bytes } }), undefined);
      const validation = { ...native.validation, certificates: [] };
      t.equal(await resealed({ ...content, native: { ...native, bytes, validation } }), 'CERT_PATH_INVALID');
    },
  ],
  [
    'E3',
    'the time of signing is that of the service clock at receipt',
    async (t, { home, made, resealed }) => {
      const { native, signature } = made.pdf.content;
      t.same(native.signingTime, home.clock.now());
      t.same(signature.signingTime, native.signingTime);
      const later = new Date('2027-12-01T12:00:00Z');
      t.match(
        await resealed({ ...made.pdf.content, native: { ...native, signingTime: later } }),
        /CERT|OCSP|CRL/,
        'a time for which the evidence does not speak',
      );
    },
  ],
  [
    'E4',
    'the creation context names the browser of the signer',
    async (t, world) => {
      t.equal(version(world, 'creation', 'user-agent'), client.userAgent);
      t.ok(version(world, 'creation', 'client-java'));
      t.equal(await withoutBrowser(world, 'creationClient'), 'POLICY_NOT_MET E4');
    },
  ],
  [
    'E5',
    'the creation context names system, run-time and software, none without its version',
    async (t, world) => {
      t.match(version(world, 'creation', 'os'), /\w+ \d/);
      t.equal(version(world, 'creation', 'node'), process.version);
      const { components } = world.made.pdf.content.creation;
      t.ok(components.length >= 8);
      t.same(
        components.filter(({ version: told }) => /^\s*$|unknown/.test(told)),
        [],
      );
    },
  ],
  [
    'E6',
    'the verification context names the browser of the request that brought the signature',
    async (t, world) => {
      t.equal(version(world, 'verification', 'user-agent'), client.userAgent);
      t.equal(await withoutBrowser(world, 'verificationClient'), 'POLICY_NOT_MET E6');
    },
  ],
  [
    'E7',
    'the verification context names what verifies NemID signatures',
    async (t, world) => {
      for (const name of ['os', 'node', 'openssl', 'segl', 'segl-nemid-verifier'])
        t.match(version(world, 'verification', name), /\d/, name);
    },
  ],
  [
    'E8',
    'the external context is the text of the order, character for character',
    async (t, { made }) => {
      for (const { bytes, content } of Object.values(made)) {
        t.equal(content.externalReference, EXTERNAL_REFERENCE);
        t.throws(
          () => verifyLtvSdo(Buffer.from(bytes.toString().replace('Sag 4711', 'Sag 4712'))),
          { code: 'LTVSDO_INVALID' },
          'and sealed',
        );
      }
    },
  ],
  [
    'E9',
    'the CPR number is in it and it is told how it was had; without an agreement the package is under another policy',
    async (t, world) => {
      const { made, refusalAfter, refusalWithout, home } = world;
      const { signer } = made.pdf.content;
      t.same(signer.nationalId, { id: anna.cpr, nationality: 'DK', type: 'CPR' });
      t.equal(
        await refusalAfter(
          'update native_signatures set national_id = null from ids where session_ref = ids.ref',
        ),
        'POLICY_NOT_MET E9',
      );
      t.equal(await refusalWithout('cpr-verified'), 'POLICY_NOT_MET E9');
      const openssl = tool(t, 'openssl');
      if (!openssl) return;
      const p12 = exportP12(openssl, join(home.application.context.config.dataDir, 'sandbox'));
      const looked = await packageBy(world, p12, 'lookup');
      t.equal(looked.signer.nationalId?.id, anna.cpr);
      t.equal(looked.verificationAuditTrail.at(-1)?.type, 'cpr-looked-up');
      t.equal(looked.packagingPolicy, NEMID_PACKAGING_POLICY);
      const none = await packageBy(world, p12, 'none');
      t.equal(none.signer.nationalId, undefined);
      t.equal(none.verificationAuditTrail.at(-1)?.type, 'cpr-not-collected');
      t.equal(none.packagingPolicy, NEMID_WITHOUT_CPR_PACKAGING_POLICY);
    },
  ],
  [
    'E10',
    'the audit trail tells what happened in its order, with times that never go back',
    async (t, { made, refusalWithout }) => {
      for (const { content } of Object.values(made)) {
        const { creationAuditTrail: creation, verificationAuditTrail: verification } = content;
        t.same(
          creation.map(({ type }) => type),
          [
            'started-transaction',
            'presented-document-to-signer',
            'signer-chose-to-proceed',
            'invoked-sign-call',
            'signature-created',
            'signer-sent-in',
          ],
        );
        const story = [
          'verified-core',
          'verified-path',
          'verified-revocation',
          'verified-signature',
          'cpr-verified',
        ];
        t.same(
          verification.map(({ type }) => type).filter((type) => story.includes(type)),
          story,
        );
        for (const trail of [creation, verification]) {
          t.ok(trail.every(({ at }, index) => index === 0 || at >= trail[index - 1]!.at));
        }
      }
      t.equal(await refusalWithout('signature-created'), 'POLICY_NOT_MET E10');
      t.equal(await refusalWithout('verified-signature'), 'POLICY_NOT_MET E10');
      t.equal(await refusalWithout('invoked-sign-call'), 'POLICY_NOT_MET C4a');
    },
  ],
  [
    'F1',
    'it is an LTV-SDO of version 1 and follows its schema, for xmllint too',
    async (t, { made }) => {
      const schema = projectFile('src', 'identity', 'schemas', 'LtvSdo-1.1.xsd');
      const xmllint = tool(t, 'xmllint');
      for (const { bytes } of Object.values(made)) {
        t.match(bytes.toString(), `<ltv:LtvSdo xmlns:ltv="${LTV_11}"`);
        t.doesNotThrow(() => checkLtvSdoSchema(bytes));
        const other = Buffer.from(bytes.toString().replaceAll('ltv:AuditTrails', 'ltv:AuditTrail'));
        t.throws(() => checkLtvSdoSchema(other), { code: 'LTVSDO_INVALID' });
        if (!xmllint) continue;
        const path = join(t.testdir(), 'package.xml');
        writeFileSync(path, bytes);
        t.match(run(xmllint, ['--nonet', '--noout', '--schema', schema, path]), { code: 0 });
      }
    },
  ],
  [
    'F2',
    'it names the policy, whose text names itself; an unknown policy is refused',
    async (t, { made, resealed }) => {
      const { content } = made.pdf;
      t.equal(content.packagingPolicy, NEMID_PACKAGING_POLICY);
      t.match(textOf(NEMID_PACKAGING_POLICY), NEMID_PACKAGING_POLICY);
      t.equal(await resealed({ ...content, packagingPolicy: 'urn:example:policy:1' }), 'EVIDENCE_INVALID');
    },
  ],
];
