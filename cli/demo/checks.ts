/** Judges the demo's files: with our own verifiers, and with every independent tool that is installed here. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IDENTITY_EVIDENCE } from '@segl/identity/evidence/identity/content';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { trustingAll } from '@segl/identity/evidence/registry';
import { builtIn } from '@segl/identity/methods/index';
import { isSeglError } from '@segl/problem/errors';
import { verifyEvidencePdf, verifyPackage } from '@segl/identity/evidence/verify';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import type { DemoPart } from '../methods/part.ts';
import type { TrustFiles } from './trust.ts';

export interface Check {
  readonly tool: string;
  readonly file: string;
  readonly ok: boolean;
  /** What was checked, for people. */
  readonly what: string;
  /** What the tool said, when it failed. */
  readonly said?: string;
}

export interface Evidence {
  readonly folder: string;
  /** File names relative to `folder`. */
  readonly document: string;
  readonly native: readonly string[];
  readonly ltvSdo: readonly string[];
  readonly pades: readonly string[];
  readonly trust: TrustFiles;
}

const LTV_SDO_ELEMENT = 'https://id.signicat.com/definitions/xsd/LtvSdo-1.1:LtvSdo';
const SIGNED_PROPERTIES_ELEMENT = 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties';

const installed = (tool: string): boolean => !spawnSync(tool, ['--version']).error;

/** Runs all checks. `missing` names tools that are not installed; what they would check is covered by ours. */
export async function checkEvidence(
  evidence: Evidence,
  eid: DemoPart,
): Promise<{ checks: Check[]; missing: string[] }> {
  const checks: Check[] = [];
  const missing = ['xmlsec1', 'qpdf', 'pdfsig', 'openssl'].filter((tool) => !installed(tool));
  const has = (tool: string) => !missing.includes(tool);
  const path = (name: string) => join(evidence.folder, name);
  const work = await mkdtemp(join(tmpdir(), 'segl-checks-'));

  const own = async (file: string, what: string, judge: (bytes: Uint8Array) => unknown) => {
    try {
      await judge(await readFile(path(file)));
      checks.push({ tool: 'segl', file, ok: true, what });
    } catch (error) {
      checks.push({
        tool: 'segl',
        file,
        ok: false,
        what,
        said: isSeglError(error) ? error.text : String(error),
      });
    }
  };
  const ask = (tool: string, file: string, what: string, args: string[], expected?: RegExp) => {
    if (!has(tool)) return;
    const { status, stdout, stderr } = spawnSync(tool, args, { maxBuffer: 64 << 20 });
    const said = `${stdout.toString()}${stderr.toString()}`;
    const ok = status === 0 && (expected?.test(said) ?? true);
    checks.push({ tool, file, ok, what, ...(!ok && { said: said.trim().slice(-400) }) });
  };
  // a stranger who was given these files: every anchor is trusted for everything
  const pems = await Promise.all(evidence.trust.anchors.map((name) => readFile(path(name), 'utf8')));
  const anchors = pems.flatMap(certificatesFromPem);
  const trust = [
    ...evidence.trust.anchors.flatMap((name) => ['--trusted-pem', path(name)]),
    ...evidence.trust.intermediates.flatMap((name) => ['--untrusted-pem', path(name)]),
  ];

  try {
    for (const file of evidence.ltvSdo) {
      await own(file, "seal, signer's signature, their paths and revocation answers", (bytes) =>
        verifyPackage(bytes, { sealAnchors: anchors, signers: trustingAll(builtIn, anchors) }),
      );
      const ids = ['--id-attr:Id', LTV_SDO_ELEMENT, '--id-attr:Id', SIGNED_PROPERTIES_ELEMENT];
      ask(
        'xmlsec1',
        file,
        'seal, with its certificate path',
        ['--verify', ...trust, ...ids, path(file)],
        /^OK$/m,
      );
    }
    for (const file of evidence.native) {
      await own(file, "the signer's own signature", (bytes) => eid.verify(bytes));
      const { xml, identified } = eid.forXmlsec(await readFile(path(file)));
      const native = join(work, 'native.xml');
      await writeFile(native, xml);
      const ids = identified.flatMap((element) => ['--id-attr:Id', element]);
      ask('xmlsec1', file, "the signer's own signature", ['--verify', ...trust, ...ids, native], /^OK$/m);
    }
    for (const file of evidence.pades) {
      await own(file, 'signature, time-stamp, their paths, and coverage', (bytes) =>
        verifyEvidencePdf(bytes, { sealAnchors: anchors, tsaAnchors: anchors }),
      );
      const bytes = await readFile(path(file));
      const original = await readFile(path(evidence.document));
      if (original.subarray(0, 5).toString() === '%PDF-') {
        checks.push({
          tool: 'segl',
          file,
          ok: bytes.subarray(0, original.length).equals(original),
          what: "the document's own bytes are unchanged in it",
        });
      }
      ask('qpdf', file, 'sound PDF', ['--check', path(file)]);
      ask('pdfsig', file, 'signature', ['-nocert', path(file)], /Signature is Valid/);
      await checkCms(evidence, work, file, bytes, ask);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { checks, missing };
}

/** Cuts the CMS and the signed bytes out of the PDF and lets openssl verify one against the other. */
async function checkCms(
  { folder, trust }: Evidence,
  work: string,
  file: string,
  pdf: Buffer,
  ask: (tool: string, file: string, what: string, args: string[]) => void,
): Promise<void> {
  const range = /\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)/.exec(pdf.toString('latin1'));
  if (!range) return;
  const [, , firstLength, second, secondLength] = range.map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const hex = pdf.subarray(firstLength + 1, second - 1).toString('latin1');
  const [cms, content, anchors] = ['cms.der', 'content.bin', 'anchors.pem'].map((name) =>
    join(work, name),
  ) as [string, string, string];
  await writeFile(cms, Buffer.from(hex, 'hex'));
  await writeFile(
    content,
    Buffer.concat([pdf.subarray(0, firstLength), pdf.subarray(second, second + secondLength)]),
  );
  const pems = await Promise.all(trust.anchors.map((name) => readFile(join(folder, name), 'utf8')));
  await writeFile(anchors, pems.join(''));
  ask('openssl', file, 'CMS signature, with its certificate path', [
    ...['cms', '-verify', '-binary', '-inform', 'DER', '-in', cms, '-content', content],
    ...['-CAfile', anchors, '-purpose', 'any', '-out', '/dev/null'],
  ]);
}

/** All CA and leaf certificates that the packages carry, DER. */
export async function certificatesIn(
  folder: string,
  ltvSdo: readonly string[],
  eid: DemoPart,
): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const name of ltvSdo) {
    const { content, seal } = verifyLtvSdo(await readFile(join(folder, name)));
    found.push(...seal.certificates, ...content.native.validation.certificates);
    if (content.native.format !== IDENTITY_EVIDENCE.format)
      found.push(...eid.certificates(content.native.bytes));
  }
  return found;
}
