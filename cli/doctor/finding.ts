/** What the checks of `segl doctor` work on and give. */
import type { Clock } from '@segl/problem/clock';
import type { Problem } from '@segl/problem/problem';
import type { Config } from '@segl/server/config/config';
import { isSeglError } from '@segl/problem/errors';
import type { DoctorFinding as Finding } from '@segl/identity/method';
import { daysLeft } from '@segl/pki/x509/expiry';
import type { Certificate } from '@segl/pki/x509/certificate';
import { cliProblems } from '../problems.ts';

export interface Scene {
  readonly config: Config;
  readonly clock: Clock;
}

export const ok = (check: string, found: Problem): Finding => ({ check, verdict: 'ok', found });
export const note = (check: string, found: Problem): Finding => ({ check, verdict: 'note', found });
export const failed = (check: string, found: Problem): Finding => ({ check, verdict: 'failed', found });

/** What a check throws is what it found. */
export async function guarded(check: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (isSeglError(error)) return [failed(check, error.problem)];
    const { path: file } = error as NodeJS.ErrnoException;
    const said = reasonOf(error);
    return [
      failed(
        check,
        file === undefined
          ? cliProblems.of('doctor/failed', { said })
          : cliProblems.of('doctor/failed-at', { said, file }),
      ),
    ];
  }
}

/** The system's or the library's code of an error, which holds nothing secret; else its message. */
export function reasonOf(error: unknown): string {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  return code ?? (cause instanceof Error ? reasonOf(cause) : message);
}

/** The end of a certificate: 60 days ahead it is worth a look. */
export function judgeExpiry(check: string, certificate: Certificate, now: Date): Finding {
  const day = certificate.notAfter.toISOString().slice(0, 10);
  const name = certificate.commonName || certificate.subjectDn;
  const whose = name
    ? cliProblems.of('doctor/certificate-of', { name })
    : cliProblems.of('doctor/certificate');
  if (now > certificate.notAfter) return failed(check, cliProblems.of('doctor/expired', { whose, day }));
  if (now < certificate.notBefore) return failed(check, cliProblems.of('doctor/not-yet-valid', { whose }));
  const days = daysLeft(certificate, now);
  const facts = { whose, day, days };
  if (days >= 60) return ok(check, cliProblems.of('doctor/expires', facts));
  return note(check, cliProblems.of(days < 7 ? 'doctor/expires-now' : 'doctor/expires-soon', facts));
}
