/** What the checks of `segl doctor` work on and give. */
import type { Clock } from '@segl/problem/clock';
import type { Config } from '@segl/server/config/config';
import { isSeglError } from '@segl/problem/errors';
import type { DoctorFinding as Finding } from '@segl/identity/method';
import { daysLeft } from '@segl/pki/x509/expiry';
import type { Certificate } from '@segl/pki/x509/certificate';

export interface Scene {
  readonly config: Config;
  readonly clock: Clock;
}

export const ok = (check: string, text: string): Finding => ({ check, verdict: 'ok', text });
export const note = (check: string, text: string, todo: string): Finding => ({
  ...{ check, text, todo },
  verdict: 'note',
});
export const failed = (check: string, text: string, todo: string): Finding => ({
  ...{ check, text, todo },
  verdict: 'failed',
});

/** What a check throws is what it found. */
export async function guarded(check: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (isSeglError(error)) return [failed(check, error.text, error.todo)];
    const { path } = error as NodeJS.ErrnoException;
    const text = `It fails: ${reasonOf(error)}${path === undefined ? '' : `, ${path}`}.`;
    return [failed(check, text, 'Correct that, and run segl doctor again.')];
  }
}

/** The system's or the library's code of an error, which holds nothing secret; else its message. */
export function reasonOf(error: unknown): string {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  return code ?? (cause instanceof Error ? reasonOf(cause) : message);
}

/** The end of a certificate: 60 days ahead it is worth a look. */
export function judgeExpiry(check: string, certificate: Certificate, now: Date): Finding {
  const until = certificate.notAfter.toISOString().slice(0, 10);
  const whose = certificate.commonName || certificate.subjectDn || 'The certificate';
  if (now > certificate.notAfter)
    return failed(check, `${whose} expired on ${until}.`, 'Put a new certificate in its place.');
  if (now < certificate.notBefore)
    return failed(check, `${whose} is not valid yet.`, 'Check the clock of this machine.');
  const days = daysLeft(certificate, now);
  const text = `${whose} expires on ${until}, in ${days} days.`;
  return days < 60
    ? note(check, text, days < 7 ? 'Renew it today.' : 'Order a new one now.')
    : ok(check, text);
}
