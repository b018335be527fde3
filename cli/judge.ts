/** `segl judge FILE --at TIME`: every verdict about a native message, offline and at the time of one's choice. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readDer } from '@segl/pki/asn1/der';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { loadConfig } from '@segl/server/config/config';
import { decodeResponse } from '@segl/identity/methods/nemid/client';
import type { KnownExpectation } from '@segl/identity/methods/nemid/content-checks';
import { isEnvironment } from '@segl/identity/methods/nemid/environments';
import { judgeNativeSignature, type NativeJudgement } from '@segl/identity/methods/nemid/judge';
import { signTextFormats } from '@segl/identity/methods/nemid/signed-text';
import { isSeglError, SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { signerEnvironment } from '@segl/server/composition/services';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';

const USE =
  'use: segl judge FILE --at TIME [--environment production|test|sandbox] [--evidence FILE]… [--logon] [--employees] ' +
  '[--text FILE] [--format TEXT|HTML|XML|PDF] [--document FILE]… [--name FRIENDLY-NAME] [--challenge TEXT] ' +
  '[--authorities told|answered] [--json]';

const EXIT: Readonly<Record<NativeJudgement['outcome'], number>> = { passed: 0, failed: 1, undetermined: 3 };

const options = {
  at: { type: 'string' },
  environment: { type: 'string' },
  evidence: { type: 'string', multiple: true, default: [] as string[] },
  document: { type: 'string', multiple: true },
  text: { type: 'string' },
  format: { type: 'string' },
  name: { type: 'string' },
  challenge: { type: 'string' },
  authorities: { type: 'string', default: 'told' },
  logon: { type: 'boolean', default: false },
  employees: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

const usage = (): SeglError => generalProblems.error('BAD_REQUEST', { why: USE });

type Env = Readonly<Record<string, string | undefined>>;

export async function judgeCommand(args: readonly string[], env: Env): Promise<void> {
  const { text, exitCode } = await judgeFile(args, env);
  process.stdout.write(text);
  process.exitCode = exitCode;
}

/** What the command prints, and the code it ends with. Throws BAD_REQUEST for wrong arguments. */
export async function judgeFile(
  args: readonly string[],
  env: Env,
): Promise<{ readonly text: string; readonly exitCode: number }> {
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options });
  const [file, ...more] = positionals;
  const at = new Date(values.at ?? '');
  if (!file || more.length > 0 || Number.isNaN(at.getTime())) throw usage();
  const { authorities } = values;
  if (authorities !== 'told' && authorities !== 'answered') throw usage();
  const name = values.environment;
  if (name !== undefined && !isEnvironment(name)) throw usage();
  const config = loadConfig(env);
  const environment = await signerEnvironment(
    name === undefined ? config : { ...config, nemidEnvironment: name },
    { legacy: config.nemidLegacyOces1 },
  );
  const judgement = judgeNativeSignature(await readMessage(file), {
    at,
    environment,
    expected: await readExpectation(values),
    purpose: values.logon ? 'logon' : 'sign',
    types: values.employees ? ['POCES', 'MOCES'] : ['POCES'],
    authorities,
    ...(values.evidence.length > 0 && { evidence: await readEvidence(values.evidence) }),
  });
  const text = values.json ? `${JSON.stringify(plain(judgement), null, 2)}\n` : table(judgement);
  return { text, exitCode: EXIT[judgement.outcome] };
}

/** As XML, or as the client posted it. What is neither is for the judgement to tell. */
async function readMessage(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file);
  try {
    const posted = decodeResponse(bytes.toString('latin1'));
    return 'message' in posted ? posted.message : Buffer.from(posted.code);
  } catch (error) {
    if (isSeglError(error, 'NATIVE_SIGNATURE_REFUSED')) return bytes;
    throw error;
  }
}

async function readExpectation(values: {
  readonly text?: string;
  readonly format?: string;
  readonly document?: readonly string[];
  readonly name?: string;
  readonly challenge?: string;
}): Promise<KnownExpectation> {
  const format = signTextFormats.find((one) => one === values.format?.toUpperCase());
  if (values.format !== undefined && !format) throw usage();
  return {
    ...(values.text !== undefined && { signText: await readFile(values.text) }),
    ...(format && { format }),
    ...(values.document && {
      documents: await Promise.all(values.document.map((path) => readFile(path))),
    }),
    ...(values.name !== undefined && { friendlyName: values.name }),
    ...(values.challenge !== undefined && { challenge: values.challenge }),
  };
}

/** Certificates (PEM or DER), OCSP answers and revocation lists (DER), told apart by what they are. */
async function readEvidence(files: readonly string[]): Promise<ValidationData> {
  const evidence = { certificates: [] as Uint8Array[], ocsps: [] as Uint8Array[], crls: [] as Uint8Array[] };
  for (const file of files) {
    const bytes = Uint8Array.from(await readFile(file));
    const text = Buffer.from(bytes).toString('latin1');
    if (text.includes('-----BEGIN')) evidence.certificates.push(...certificatesFromPem(text));
    else evidence[kindOf(bytes)].push(bytes);
  }
  return evidence;
}

function kindOf(der: Uint8Array): keyof ValidationData {
  const ENUMERATED = 0x0a; // OCSPResponse begins with its status (RFC 6960 4.2.1)
  if (readDer(der).sequence().next().tag === ENUMERATED) return 'ocsps';
  try {
    parseCertificate(der);
    return 'certificates';
  } catch (error) {
    if (!isSeglError(error, 'ASN1_INVALID')) throw error;
    return 'crls';
  }
}

function table({ outcome, verdicts, identity, signText, bindings }: NativeJudgement): string {
  const rows = verdicts.map((verdict) =>
    `${verdict.check.padEnd(22)}${verdict.outcome.padEnd(14)}${verdict.detail ?? ''}`.trimEnd(),
  );
  const facts = [
    ...(identity ? [`signer: ${identity.commonName} (${identity.serialNumber})`] : []),
    ...(signText ? [`sign text: ${signText.format}, ${signText.bytes.length} bytes`] : []),
    ...(bindings ?? []).map(({ form, name }) => `document: ${name}, bound as ${form}`),
  ];
  return [...rows, '', ...facts, `outcome: ${outcome}`, ''].join('\n');
}

/** Verdicts and names; no document and no text. */
const plain = ({ outcome, verdicts, identity, signText, bindings, path }: NativeJudgement) => ({
  outcome,
  verdicts,
  ...(identity && { identity }),
  ...(signText && {
    signText: {
      format: signText.format,
      known: signText.known,
      bytes: signText.bytes.length,
      visible: signText.visible,
    },
  }),
  ...(bindings && { bindings: bindings.map(({ form, name, mimeType }) => ({ form, name, mimeType })) }),
  ...(path && { path: path.map(({ subjectDn }) => subjectDn) }),
});
