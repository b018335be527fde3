/** Whether a set-up as service provider holds: each thing that can be wrong by its own name, with what to do next. */
import { environmentOf, readOcesPath } from '../../oces/environments.ts';
import type { OcesIdentity } from '../../oces/certificate.ts';
import { nemidProblems } from './problems.ts';
import { isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { daysLeft, WARNING_DAYS } from '@segl/pki/x509/expiry';
import { buildPath } from '@segl/pki/x509/path';
import type { RevocationService } from '@segl/pki/revocation/revocation';
import { validateCertificate } from '@segl/pki/revocation/validate';
import type { DoctorFinding as Finding, MethodDeps } from '../../method.ts';
import type { CprClients, ProviderFacts } from './profile.ts';
import { mayUse, type Sector } from './sector.ts';

const ok = (check: string, found: Problem): Finding => ({ check, verdict: 'ok', found });
const note = (check: string, found: Problem): Finding => ({ check, verdict: 'note', found });
const failed = (check: string, found: Problem): Finding => ({ check, verdict: 'failed', found });

/** What can be judged without asking anybody. */
export function judgeProfile(profile: ProviderFacts, sector: Sector, clock: MethodDeps['clock']): Finding[] {
  const certificates = profile.certificates.map(parseCertificate);
  const [own] = certificates;
  if (!own) return [failed('certificate', nemidProblems.of('provider/no-certificate'))];
  const chain = judgeChain(own, certificates, profile, clock.now());
  return [
    ...chain.findings,
    judgeValidity(own, clock.now()),
    judgeFriendlyName(profile.friendlyName, chain.identity),
    judgeAgreement(profile, sector),
  ];
}

/** Path, environment and type go together: a certificate is VOCES only in the environment that it belongs to. */
function judgeChain(
  own: Certificate,
  certificates: readonly Certificate[],
  { environment: { oces } }: ProviderFacts,
  now: Date,
): { findings: Finding[]; identity?: OcesIdentity } {
  const at = now > own.notAfter ? own.notAfter : now < own.notBefore ? own.notBefore : now;
  try {
    const path = buildPath({
      leaf: own,
      intermediates: [...certificates.slice(1), ...oces.intermediates.map(parseCertificate)],
      anchors: oces.anchors.map(parseCertificate),
      at,
    });
    const anchor = path.at(-1)?.commonName ?? '';
    const chain = ok('chain', nemidProblems.of('provider/chain', { anchor, environment: oces.name }));
    try {
      const identity = readOcesPath(path, oces);
      if (identity.type === 'VOCES') {
        const { serialNumber } = identity;
        return {
          findings: [chain, ok('type', nemidProblems.of('provider/voces', { serialNumber }))],
          identity,
        };
      }
      const other = nemidProblems.of('provider/other-type', { type: identity.type });
      return { findings: [chain, failed('type', other)] };
    } catch (error) {
      if (!isSeglError(error, 'OCES_INVALID')) throw error;
      return { findings: [chain, failed('type', error.problem)] };
    }
  } catch (error) {
    if (!isSeglError(error, 'CERT_PATH_INVALID')) throw error;
    const other = certificates.map(environmentOf).find((name) => name !== undefined && name !== oces.name);
    const found = other
      ? nemidProblems.of('provider/other-environment', { other, environment: oces.name })
      : nemidProblems.of('provider/chain-broken', { why: error.problem, environment: oces.name });
    return { findings: [failed('chain', found)] };
  }
}

function judgeValidity(own: Certificate, now: Date): Finding {
  const check = 'validity';
  const day = own.notAfter.toISOString().slice(0, 10);
  const days = daysLeft(own, now);
  if (now > own.notAfter) return failed(check, nemidProblems.of('provider/expired', { day }));
  if (now < own.notBefore)
    return failed(check, nemidProblems.of('provider/not-yet-valid', { from: own.notBefore }));
  return days < WARNING_DAYS[0]
    ? note(check, nemidProblems.of('provider/expires-soon', { day, days }))
    : ok(check, nemidProblems.of('provider/expires', { day, days }));
}

/** The name on record with the provider cannot be asked for; where the certificate names somebody else is worth a look. */
function judgeFriendlyName(friendlyName: string, identity: OcesIdentity | undefined): Finding {
  const check = 'friendly-name';
  if (friendlyName === '' || friendlyName !== friendlyName.trim() || /\p{Cc}/u.test(friendlyName)) {
    return failed(check, nemidProblems.of('provider/friendly-name-unfit', { name: friendlyName }));
  }
  const named = [identity?.commonName, identity?.organization].some((name) =>
    name?.toLowerCase().includes(friendlyName.toLowerCase()),
  );
  return named || !identity
    ? ok(check, nemidProblems.of('provider/friendly-name', { name: friendlyName }))
    : note(
        check,
        nemidProblems.of('provider/friendly-name-of-other', {
          name: friendlyName,
          other: identity.commonName,
        }),
      );
}

function judgeAgreement({ cpr, spid, ridSpid }: ProviderFacts, sector: Sector): Finding {
  const check = 'cpr-agreement';
  if (!mayUse(cpr, sector)) return failed(check, nemidProblems.of('provider/lookup-of-public'));
  if (cpr !== 'none' && spid === '') return failed(check, nemidProblems.of('provider/no-spid'));
  if (ridSpid !== undefined && !/^\d+$/.test(ridSpid))
    return failed(check, nemidProblems.of('provider/rid-spid', { spid: ridSpid }));
  const agreed = { cpr, sector, spid: spid === '' ? [] : [spid] };
  return ok(
    check,
    ridSpid === undefined
      ? nemidProblems.of('provider/agreement', agreed)
      : nemidProblems.of('provider/agreement-with-rid', { ...agreed, ridSpid }),
  );
}

/** A PID that nobody has, and a number with it: asks what we may do, and nothing about anybody. */
const NOBODY = { pid: '9208-2002-2-000000000000', cpr: '0101010101' } as const;

/** What others say: the issuer about the certificate, the CPR services about us. */
export async function askProvider(
  account: CprClients & { readonly profile: ProviderFacts },
  revocation: RevocationService,
  clock: MethodDeps['clock'],
): Promise<Finding[]> {
  const { profile } = account;
  const findings = [await askStatus(profile, revocation, clock)];
  if (profile.cpr !== 'none') findings.push(await askPidCpr(account));
  if (account.ridCpr && profile.cpr !== 'none') findings.push(await askRidCpr(account.ridCpr));
  return findings;
}

async function askStatus(
  { environment, certificates }: ProviderFacts,
  revocation: RevocationService,
  clock: MethodDeps['clock'],
) {
  const check = 'revocation';
  try {
    const [leaf, ...others] = certificates;
    await validateCertificate({
      leaf: leaf!,
      intermediates: [...others, ...environment.oces.intermediates],
      anchors: environment.oces.anchors,
      at: clock.now(),
      revocation,
    });
    return ok(check, nemidProblems.of('provider/not-revoked'));
  } catch (error) {
    return failure(check, error);
  }
}

async function askPidCpr({ pidCpr }: CprClients): Promise<Finding> {
  const check = 'pid-cpr';
  try {
    await pidCpr.test();
    if (pidCpr.mode === 'lookup') await pidCpr.lookup(NOBODY.pid);
    else await pidCpr.match(NOBODY.pid, NOBODY.cpr);
    return ok(check, nemidProblems.of('provider/answers'));
  } catch (error) {
    // that nobody has this PID is the answer that we hoped for
    if (isSeglError(error, 'CPR_PERSON_UNKNOWN')) {
      return ok(check, nemidProblems.of('provider/answers-allowed', { mode: pidCpr.mode }));
    }
    return failure(check, error);
  }
}

async function askRidCpr(ridCpr: NonNullable<CprClients['ridCpr']>): Promise<Finding> {
  const check = 'rid-cpr';
  try {
    await ridCpr.test();
    return ok(check, nemidProblems.of('provider/answers'));
  } catch (error) {
    return failure(check, error);
  }
}

/** What the system says about why a service cannot be reached lies deeper. */
function failure(check: string, error: unknown): Finding {
  if (!isSeglError(error)) throw error;
  const causes: Problem[] = [];
  for (let { cause } = error; isSeglError(cause); { cause } = cause) causes.push(cause.problem);
  return { ...failed(check, error.problem), ...(causes.length > 0 && { causes }) };
}
