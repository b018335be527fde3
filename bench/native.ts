/**
 * How many native messages one core judges in a second, beside the verification of their RSA signature alone. The
 * signers take turns, so nothing about one of them is warm; authorities are, as in the service.
 */
import { randomBytes, sign, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OCES_POLICY_PREFIX } from '@segl/sandbox/methods/nemid/arc';
import {
  writeNativeSignature,
  type SignatureProperty,
} from '@segl/sandbox/methods/nemid/client/native-signature';
import { Certificates } from '@segl/sandbox/methods/nemid/certificates';
import { testPersons } from '@segl/sandbox/methods/nemid/persons';
import { World } from '@segl/sandbox/world/world';
import { systemClock } from '@segl/problem/clock';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { judgeNativeSignature } from '@segl/identity/methods/nemid/evidence/judge';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { RevocationService } from '@segl/pki/revocation/revocation';

const TARGET = 2000;
const RUN_IN = 4000;
const ROUNDS = 20;
const CALLS = 200;
const TEXT = 'I have read the document that is named here, and commit myself to what it says. '.repeat(2);

/** What remains when the authorities are taken out of KeyInfo, which nobody signs: some clients send the leaf alone. */
const leafOnly = (message: Uint8Array): Uint8Array => {
  const [issuer, , root] = Buffer.from(message)
    .toString('utf8')
    .match(/<ds:X509Data>[^]*?<\/ds:X509Data>\n/g)!;
  return Buffer.from(Buffer.from(message).toString('utf8').replace(issuer, '').replace(root!, ''));
};

/** Processor time of one call, in milliseconds, in the best of many rounds: other work on the machine only ever adds. */
function fastest(work: () => unknown, calls = CALLS): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = process.cpuUsage();
    for (let call = 0; call < calls; call++) work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000 / calls;
  });
  return Math.min(...rounds);
}

/** Prints a table. */
export async function nativeBenchmark(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-bench-'));
  try {
    const world = await World.open({ folder, url: 'http://localhost', clock: systemClock });
    const held = await Certificates.open(world, testPersons);
    const signers = testPersons.slice(0, 4).map((person) => held.identityOf(person));
    const write = (pdf?: Uint8Array) => (signer: (typeof signers)[number]) =>
      writeNativeSignature({ properties: properties(pdf), ...signer });
    const full = signers.map(write());
    const small = full.map(leafOnly);
    const large = signers.map(write(randomBytes(1 << 20)));
    const revocation = new RevocationService({
      clock: systemClock,
      post: async (_url, body) => ({
        status: 200,
        contentType: 'application/ocsp-response',
        body: await world.answerOcsp('oces-ca', typeof body === 'string' ? Buffer.from(body) : body),
      }),
    });
    const issuer = parseCertificate(world.certificate('oces-ca'));
    const answers = await Promise.all(
      signers.map(({ certificates: [leaf] }) => revocation.ocsp(parseCertificate(leaf), issuer)),
    );
    const environment = ocesEnvironment('sandbox', {
      anchors: [world.certificate('oces-root')],
      policyPrefix: OCES_POLICY_PREFIX,
    });
    const at = systemClock.now();
    let turn = 0;
    const next = <T>(list: readonly T[]): T => list[turn++ % list.length]!;
    const judge = () => {
      const index = turn++ % full.length;
      const { outcome } = judgeNativeSignature(full[index]!, {
        at,
        environment,
        authorities: 'answered',
        evidence: { certificates: [], ocsps: [answers[index]!.der], crls: [] },
      });
      if (outcome !== 'passed') throw new Error(`the judgement is ${outcome}`);
    };

    // until the compiler has done its work, which takes some thousand calls
    for (let call = 0; call < RUN_IN; call++) readNativeMessage(next(small));

    const [{ key, certificates }] = signers as [(typeof signers)[number]];
    const { publicKey } = parseCertificate(certificates[0]);
    const data = randomBytes(600);
    const value = sign('sha256', data, key);
    const raw = fastest(() => verify('sha256', data, publicKey, value));
    const rows: [string, number][] = [
      ['raw RSA-2048 verification (the limit)', raw],
      [`message of ${kilobytes(small)}, read and verified`, fastest(() => readNativeMessage(next(small)))],
      [`the same with its authorities, ${kilobytes(full)}`, fastest(() => readNativeMessage(next(full)))],
      ['the same, judged with path and OCSP answer', fastest(judge)],
      [`with a PDF of 1 MB, ${kilobytes(large)}`, fastest(() => readNativeMessage(next(large)), 10)],
    ];
    console.log(
      `\nNative messages (Node ${process.version}, one core, best of ${ROUNDS} rounds; target ${TARGET} per second)\n`,
    );
    const columns = (what: string, perSecond: string, cpu: string, times: string): string =>
      `${what.padEnd(48)} ${perSecond.padStart(16)} ${cpu.padStart(8)} ${times.padStart(14)}`;
    console.log(columns('what', 'per CPU second', 'CPU ms', 'times the raw'));
    for (const [what, cpu] of rows) {
      console.log(columns(what, (1000 / cpu).toFixed(0), cpu.toFixed(3), (cpu / raw).toFixed(1)));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const kilobytes = ([message]: readonly Uint8Array[]): string => `${(message!.length / 1000).toFixed(1)} kB`;

function properties(pdf?: Uint8Array): SignatureProperty[] {
  const hidden = (name: string, value: string | Uint8Array, encoding: 'xml' | 'base64' = 'xml') =>
    ({ name, value, encoding, visible: false }) as const;
  const shown = (name: string, value: string) =>
    ({ name, value, encoding: 'base64', visible: true }) as const;
  return [
    shown('signtext', TEXT),
    shown('RequestIssuer', 'Segl'),
    hidden('action', 'sign'),
    hidden('challenge', '0123456789abcdef0123456789abcdef'),
    ...(pdf ? [hidden('attachedpdf', pdf, 'base64')] : []),
  ];
}
