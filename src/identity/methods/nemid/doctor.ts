/** Whether a set-up as service provider holds: each thing that can be wrong by its own name, with what to do next. */
import { environmentOf, readOcesPath } from '../../oces/environments.ts';
import type { OcesIdentity } from '../../oces/certificate.ts';
import { isSeglError } from '@segl/problem/errors';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { daysLeft, WARNING_DAYS } from '@segl/pki/x509/expiry';
import { buildPath } from '@segl/pki/x509/path';
import type { RevocationService } from '@segl/pki/revocation/revocation';
import { validateCertificate } from '@segl/pki/revocation/validate';
import type { DoctorFinding as Finding, MethodDeps } from '../../method.ts';
import { mayUse, type Sector } from './installation.ts';
import type { NemIdProvider, ProviderFacts } from './provider.ts';

const ok = (check: string, text: string): Finding => ({ check, verdict: 'ok', text });
const note = (check: string, text: string, todo: string): Finding => ({ check, verdict: 'note', text, todo });
const failed = (check: string, text: string, todo: string): Finding => ({
  check,
  verdict: 'failed',
  text,
  todo,
});

/** What can be judged without asking anybody. */
export function judgeProfile(profile: ProviderFacts, sector: Sector, clock: MethodDeps['clock']): Finding[] {
  const certificates = profile.certificates.map(parseCertificate);
  const [own] = certificates;
  if (!own) return [failed('certificate', 'There is none.', 'Set the PKCS#12 file again.')];
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
    const chain = ok('chain', `It leads to ${path.at(-1)?.commonName ?? ''} (${oces.name}).`);
    try {
      const identity = readOcesPath(path, oces);
      if (identity.type === 'VOCES') {
        return { findings: [chain, ok('type', `VOCES of ${identity.serialNumber}.`)], identity };
      }
      const text = `It is of type ${identity.type}, not VOCES.`;
      return {
        findings: [chain, failed('type', text, 'Order a company certificate (VOCES), and set that.')],
      };
    } catch (error) {
      if (!isSeglError(error, 'OCES_INVALID')) throw error;
      return { findings: [chain, failed('type', error.text, error.todo)] };
    }
  } catch (error) {
    if (!isSeglError(error, 'CERT_PATH_INVALID')) throw error;
    const other = certificates.map(environmentOf).find((name) => name !== undefined && name !== oces.name);
    const finding = other
      ? failed(
          'chain',
          `It is a certificate of the environment ${other}, and the set-up is for ${oces.name}.`,
          `Set --environment ${other}, or use a certificate that was ordered for ${oces.name}.`,
        )
      : failed(
          'chain',
          error.text,
          `Use a certificate whose issuer belongs to the environment ${oces.name}.`,
        );
    return { findings: [finding] };
  }
}

function judgeValidity(own: Certificate, now: Date): Finding {
  const check = 'validity';
  const until = own.notAfter.toISOString().slice(0, 10);
  const days = daysLeft(own, now);
  const renew = 'Order a new one from the provider now, and set it with `segl provider set`.';
  if (now > own.notAfter) return failed(check, `It expired on ${until}.`, renew);
  if (now < own.notBefore) {
    const from = own.notBefore.toISOString();
    return failed(
      check,
      `It is not valid before ${from}.`,
      'Wait until then, or check the clock of this machine.',
    );
  }
  const text = `It expires on ${until}, in ${days} days.`;
  return days < WARNING_DAYS[0] ? note(check, text, renew) : ok(check, text);
}

/** The name on record with the provider cannot be asked for; where the certificate names somebody else is worth a look. */
function judgeFriendlyName(friendlyName: string, identity: OcesIdentity | undefined): Finding {
  const check = 'friendly-name';
  if (friendlyName === '' || friendlyName !== friendlyName.trim() || /\p{Cc}/u.test(friendlyName)) {
    return failed(
      check,
      `"${friendlyName}" is empty, or has spaces around it or control characters.`,
      "Give it exactly as the provider's letter has it.",
    );
  }
  const named = [identity?.commonName, identity?.organization].some((name) =>
    name?.toLowerCase().includes(friendlyName.toLowerCase()),
  );
  return named || !identity
    ? ok(check, `Signers see "${friendlyName}".`)
    : note(
        check,
        `Signers see "${friendlyName}"; the certificate is that of "${identity.commonName}".`,
        "Compare it with the provider's letter, letter by letter: signatures made under another name are refused.",
      );
}

function judgeAgreement({ cpr, spid, ridSpid }: ProviderFacts, sector: Sector): Finding {
  const check = 'cpr-agreement';
  if (!mayUse(cpr, sector)) {
    return failed(
      check,
      'Lookup of CPR numbers is for public bodies only.',
      'Set --cpr match, or --sector public if this is a public body with that agreement.',
    );
  }
  if (cpr !== 'none' && spid === '') {
    return failed(check, 'There is no SPID for PID-CPR.', "Set --spid; the provider's letter has it.");
  }
  if (ridSpid !== undefined && !/^\d+$/.test(ridSpid)) {
    return failed(check, `The SPID for RID-CPR is no number: "${ridSpid}".`, 'Correct --rid-spid.');
  }
  return ok(
    check,
    `${cpr}, ${sector} sector, SPID ${spid || 'none'}${ridSpid ? `, for RID ${ridSpid}` : ''}.`,
  );
}

/** A PID that nobody has, and a number with it: asks what we may do, and nothing about anybody. */
const NOBODY = { pid: '9208-2002-2-000000000000', cpr: '0101010101' } as const;

/** What others say: the issuer about the certificate, the CPR services about us. */
export async function askProvider(
  account: NemIdProvider,
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
    return ok(check, 'Its issuer says that it is good.');
  } catch (error) {
    return failure(check, error);
  }
}

async function askPidCpr({ pidCpr }: NemIdProvider): Promise<Finding> {
  const check = 'pid-cpr';
  try {
    await pidCpr.test();
    if (pidCpr.mode === 'lookup') await pidCpr.lookup(NOBODY.pid);
    else await pidCpr.match(NOBODY.pid, NOBODY.cpr);
    return ok(check, 'The service answers.');
  } catch (error) {
    // that nobody has this PID is the answer that we hoped for
    if (isSeglError(error, 'CPR_PERSON_UNKNOWN')) {
      return ok(check, `The service answers, and ${pidCpr.mode} is allowed.`);
    }
    return failure(check, error);
  }
}

async function askRidCpr(ridCpr: NonNullable<NemIdProvider['ridCpr']>): Promise<Finding> {
  const check = 'rid-cpr';
  try {
    await ridCpr.test();
    return ok(check, 'The service answers.');
  } catch (error) {
    return failure(check, error);
  }
}

/** What the system says about why a service cannot be reached lies deeper. */
function failure(check: string, error: unknown): Finding {
  if (!isSeglError(error)) throw error;
  const causes: string[] = [];
  for (let cause = error.cause; isSeglError(cause); cause = cause.cause) causes.push(cause.text);
  return failed(check, [error.text, ...causes].join(' '), error.todo);
}
