/** Whether evidence can be made: trust anchors, the seal, time-stamp authorities with their clock, service providers. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AlgorithmCalendar } from '@segl/pki/algorithms/algorithm-constraints';
import { verifyTimeStampToken } from '@segl/pki/tsp/timestamp';
import { isSeglError } from '@segl/problem/errors';
import type { DoctorFinding as Finding } from '@segl/identity/method';
import { openLoginIdentity } from '@segl/server/composition/login';
import type { Methods } from '@segl/server/composition/methods';
import { openAuthorities, openSeal } from '@segl/server/composition/seal';
import type { Services } from '@segl/server/composition/services';
import { missingSetting } from '@segl/server/config/config';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { validateCertificate } from '@segl/pki/revocation/validate';
import { cliProblems } from '../problems.ts';
import { failed, guarded, judgeExpiry, note, ok, reasonOf, type Scene } from './finding.ts';

/** Clocks that differ by more than this are worth a look; time-stamps are refused at five minutes. */
const SKEW_MS = 10_000;

const TRUST_FILES = {
  sealTrustFile: 'SEAL_TRUST_FILE',
  tsaTrustFile: 'TSA_TRUST_FILE',
} as const;

/** Files of trust anchors, those that are set: readable, and nothing in them that has expired. `methods`: theirs, by variable. */
export async function checkTrust(
  { config, clock }: Scene,
  methods: ReadonlyMap<string, string>,
): Promise<Finding[]> {
  const files = new Map(methods);
  for (const [setting, variable] of Object.entries(TRUST_FILES)) {
    const file = config[setting as keyof typeof TRUST_FILES];
    if (file !== undefined) files.set(variable, file);
  }
  const findings: Finding[] = [];
  for (const [variable, file] of files) {
    try {
      const anchors = certificatesFromPem(await readFile(file, 'utf8')).map(parseCertificate);
      const judged = anchors.map((one) => judgeExpiry('trust', one, clock.now()));
      const wrong = judged.filter(({ verdict }) => verdict !== 'ok');
      findings.push(
        ...(wrong.length === 0
          ? [ok('trust', cliProblems.of('doctor/anchors', { variable, count: anchors.length }))]
          : []),
        ...wrong.map((one) => ({
          ...one,
          found: cliProblems.of('doctor/anchor', { variable, found: one.found }),
        })),
      );
    } catch (error) {
      const why = isSeglError(error)
        ? error.problem
        : cliProblems.of('doctor/unreadable', { said: reasonOf(error) });
      findings.push(failed('trust', cliProblems.of('doctor/anchors-unusable', { variable, file, why })));
    }
  }
  return findings;
}

export const checkSeal = (
  { config, clock }: Scene,
  { revocation }: Services,
  algorithms: AlgorithmCalendar,
): Promise<Finding[]> =>
  guarded('seal', async () => {
    const { key, anchors, close } = await openSeal(config, algorithms);
    try {
      await key.sign(randomBytes(32));
      const now = clock.now();
      const { certificate: leaf, chain: intermediates } = key;
      const certificates = [leaf, ...intermediates].map(parseCertificate);
      return [
        ok('seal', cliProblems.of('doctor/seal', { algorithm: key.algorithm })),
        ...certificates.map((one) => judgeExpiry('seal-expiry', one, now)),
        ...(key.algorithm === 'RSA' ? [note('seal-algorithm', cliProblems.of('doctor/seal-pkcs1'))] : []),
        judgeSealChain(certificates, anchors, now),
        ...(await guarded('seal-status', async () => {
          await validateCertificate({ leaf, intermediates, anchors, at: now, revocation });
          return [ok('seal-status', cliProblems.of('doctor/seal-status'))];
        })),
      ];
    } finally {
      await close();
    }
  });

/** The key of the login service, where that is on. */
export async function checkLogin({ config, clock }: Scene): Promise<Finding[]> {
  if (!config.loginService) return [];
  return guarded('login', async () => {
    const login = await openLoginIdentity(config);
    if (!login) throw cliProblems.error('CONFIG_INVALID', { problems: [missingSetting('loginKeyFile')] });
    const { key } = login;
    try {
      await key.sign(randomBytes(32));
      return [
        ok('login', cliProblems.of('doctor/seal', { algorithm: key.algorithm })),
        judgeExpiry('login-expiry', parseCertificate(key.certificate), clock.now()),
      ];
    } finally {
      await login.close();
    }
  });
}

function judgeSealChain(
  [leaf, ...intermediates]: readonly ReturnType<typeof parseCertificate>[],
  anchors: readonly Uint8Array[],
  at: Date,
): Finding {
  try {
    const path = buildPath({ leaf: leaf!, intermediates, anchors: anchors.map(parseCertificate), at });
    return ok('seal-chain', cliProblems.of('doctor/seal-chain', { anchor: path.at(-1)!.commonName }));
  } catch (error) {
    if (!isSeglError(error, 'CERT_PATH_INVALID')) throw error;
    return failed('seal-chain', cliProblems.of('doctor/seal-chain-broken', { why: error.problem }));
  }
}

export async function checkTsa(
  { config, clock }: Scene,
  services: Services,
  algorithms: AlgorithmCalendar,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const url of config.tsaUrl ?? []) {
    const one = await guarded('tsa', async () => {
      const only = { ...config, tsaUrl: [url] };
      const { authorities } = await openAuthorities(only, services, { clock, algorithms });
      const content = randomBytes(32);
      const digestBy = (hash: string): Uint8Array => createHash(hash).update(content).digest();
      const token = await authorities[0]!.timestamp(digestBy);
      const { genTime, certificate } = verifyTimeStampToken(token, digestBy);
      const skew = Math.abs(genTime.getTime() - clock.now().getTime());
      const { host } = new URL(url);
      const off = { seconds: Math.round(skew / 1000), host };
      return [
        ok('tsa', cliProblems.of('doctor/tsa', { host })),
        judgeExpiry('tsa-expiry', parseCertificate(certificate), clock.now()),
        skew > SKEW_MS
          ? note('clock', cliProblems.of('doctor/clock-off', off))
          : ok('clock', cliProblems.of('doctor/clock', off)),
      ];
    });
    findings.push(...one);
  }
  if (findings.length === 0) findings.push(failed('tsa', cliProblems.of('doctor/tsa-unset')));
  return findings;
}

/** The service providers of the settings; those of accounts are looked at with the database. */
export const checkProviders = ({ own, catalogue }: Methods): Promise<Finding[]> =>
  guarded('provider', async () => {
    const findings: Finding[] = [];
    for (const [id, module] of own) {
      const found = await module.doctor({ online: true });
      findings.push(...found.map((one) => ({ ...one, check: `${id}: ${one.check}` })));
    }
    return [...findings, ...chainsIn(catalogue)];
  });

/** Chains of methods that are known: whether all their links are on. */
const chainsIn = ({ basis, off }: Methods['catalogue']): Finding[] =>
  [...basis.names.values()].flatMap(({ name, chain }) => {
    if (!chain) return [];
    const why = off.find((one) => one.name === name)?.why;
    return why
      ? note(`chain: ${name}`, cliProblems.of('doctor/chain-off', { why }))
      : ok(`chain: ${name}`, cliProblems.of('doctor/chain', { links: chain }));
  });
