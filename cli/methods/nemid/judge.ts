/** `segl judge FILE --at TIME`: every verdict about a native message, offline and at the time of one's choice. */
import { nemidProblems } from '@segl/identity/methods/nemid/problems';
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { readDer } from '@segl/pki/asn1/der';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { loadConfig } from '@segl/server/config/config';
import { decodeResponse } from '@segl/identity/methods/nemid/client/client';
import type { KnownExpectation } from '@segl/identity/methods/nemid/evidence/content-checks';
import type { EnvironmentName } from '@segl/identity/oces/environments';
import { judgeNativeSignature, type NativeJudgement } from '@segl/identity/methods/nemid/evidence/judge';
import { signTextFormats, type SignTextFormat } from '@segl/identity/methods/nemid/client/signed-text';
import { isSeglError } from '@segl/problem/errors';
import { openEnvironment, readOcesSettings } from '@segl/identity/oces/settings';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { another, dayOrTime, type Env } from '../../command.ts';
import type { Problem } from '@segl/problem/problem';

const EXIT: Readonly<Record<NativeJudgement['outcome'], number>> = { passed: 0, failed: 1, undetermined: 3 };

export interface JudgeOptions {
  readonly at: Date;
  readonly environment?: EnvironmentName;
  readonly evidence?: readonly string[];
  readonly document?: readonly string[];
  readonly text?: string;
  readonly format?: SignTextFormat;
  readonly name?: string;
  readonly challenge?: string;
  readonly authorities: 'told' | 'answered';
  readonly logon?: boolean;
  readonly employees?: boolean;
  readonly json?: boolean;
}

/** Its exit code tells the outcome. */
export function addJudge(program: Command, env: Env): void {
  program
    .command('judge <file>')
    .description(
      'every verdict about a native message, offline, as of a time (docs/standards/native-signatures.md)',
    )
    .requiredOption('--at <time>', 'a day (2026-01-31) or a time (2026-01-31T12:00Z)', dayOrTime)
    .addOption(
      new Option('--environment <name>', 'whose certificates count').choices([
        'production',
        'test',
        'sandbox',
      ]),
    )
    .option(
      '--evidence <file>',
      'OCSP answer, revocation list or certificates; may be given more than once',
      another,
    )
    .option('--logon', 'it was made for logging on, not for signing')
    .option('--employees', "employees' certificates (MOCES) count too")
    .option('--text <file>', 'the text that was to be signed')
    .option('--format <format>', `of that text: ${signTextFormats.join(', ')}`, formatOf)
    .option('--document <file>', 'a PDF that was to be signed; may be given more than once', another)
    .option('--name <friendly-name>', 'that the signer was shown')
    .option('--challenge <text>', 'that was to be answered')
    .addOption(
      new Option('--authorities <rule>', 'whether revocation of authorities must be known')
        .choices(['told', 'answered'])
        .default('told'),
    )
    .option('--json', 'verdicts as JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 passed, 1 failed, 2 the command line cannot be understood, 3 undetermined',
    )
    .action(async (file: string, options: JudgeOptions) => {
      const { text, exitCode } = await judgeFile(file, options, env);
      process.stdout.write(text);
      process.exitCode = exitCode;
    });
}

function formatOf(text: string): SignTextFormat {
  const format = signTextFormats.find((one) => one === text.toUpperCase());
  if (format) return format;
  throw new InvalidArgumentError(`It must be one of ${signTextFormats.join(', ')}.`);
}

/** What the command prints, and the code it ends with. */
export async function judgeFile(
  file: string,
  options: JudgeOptions,
  env: Env,
): Promise<{ readonly text: string; readonly exitCode: number }> {
  const { at, authorities, environment: name } = options;
  const settings = readOcesSettings(loadConfig(env).variables);
  const environment = await openEnvironment(
    name === undefined ? settings : { ...settings, ocesEnvironment: name },
    { legacy: settings.ocesLegacy },
  );
  const judgement = judgeNativeSignature(await readMessage(file), {
    at,
    environment,
    expected: await readExpectation(options),
    purpose: options.logon ? 'logon' : 'sign',
    types: options.employees ? ['POCES', 'MOCES'] : ['POCES'],
    authorities,
    ...(options.evidence && { evidence: await readEvidence(options.evidence) }),
  });
  const text = options.json ? `${JSON.stringify(plain(judgement), null, 2)}\n` : table(judgement);
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

async function readExpectation(values: JudgeOptions): Promise<KnownExpectation> {
  const { format } = values;
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

const tell = (problem: Problem): string => nemidProblems.catalogue.text(problem, 'en');

function table({ outcome, verdicts, identity, signText, bindings }: NativeJudgement): string {
  const rows = verdicts.map((verdict) =>
    `${verdict.check.padEnd(22)}${verdict.outcome.padEnd(14)}${verdict.detail ? tell(verdict.detail) : ''}`.trimEnd(),
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
  verdicts: verdicts.map(({ check, outcome: own, detail }) => ({
    check,
    outcome: own,
    ...(detail && { code: detail.code, params: detail.params, detail: tell(detail) }),
  })),
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
