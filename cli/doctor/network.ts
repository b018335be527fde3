/** Whom the service reaches, and how it is reached: mail server, SMS gateway, its public address. Nothing is sent. */
import { createTransport } from 'nodemailer';
import { isSeglError } from '@segl/problem/errors';
import type { DoctorFinding as Finding } from '@segl/identity/method';
import type { Services } from '@segl/server/composition/services';
import { cliProblems } from '../problems.ts';
import { failed, guarded, note, ok, reasonOf, type Scene } from './finding.ts';

const SMTP_TIMEOUT_MS = 10_000;
const PUBLIC_URL_TIMEOUT_MS = 5_000;

/** Says hello to the mail server, and logs in where the URL has a user. */
export const checkMail = ({ config }: Scene): Promise<Finding[]> =>
  guarded('mail', async () => {
    if (config.smtpUrl === undefined) return [ok('mail', cliProblems.of('doctor/mail-unset'))];
    const wait = SMTP_TIMEOUT_MS;
    const times = { connectionTimeout: wait, greetingTimeout: wait, socketTimeout: wait };
    const transport = createTransport({ url: config.smtpUrl, ...times });
    try {
      await transport.verify();
      return [ok('mail', cliProblems.of('doctor/mail'))];
    } catch (error) {
      const { code = 'unknown', responseCode } = error as { code?: string; responseCode?: number };
      return [failed('mail', cliProblems.of('doctor/mail-unusable', { code: responseCode ?? code }))];
    } finally {
      transport.close();
    }
  });

/** Asks the gateway by GET, which sends nothing, with our token: who we are is refused before what we ask for. */
export const checkSms = ({ config }: Scene, { providers }: Services): Promise<Finding[]> =>
  guarded('sms', async () => {
    const { smsGatewayUrl: url, smsGatewayToken: token } = config;
    if (url === undefined) return [ok('sms', cliProblems.of('doctor/sms-unset'))];
    try {
      const { status } = await providers.get(
        url,
        token === undefined ? {} : { authorization: `Bearer ${token}` },
      );
      if (status === 401 || status === 403)
        return [failed('sms', cliProblems.of('doctor/sms-refuses', { status }))];
      if (status >= 500) return [failed('sms', cliProblems.of('doctor/sms-fails', { status }))];
      return [ok('sms', cliProblems.of('doctor/sms'))];
    } catch (error) {
      if (!isSeglError(error, 'OUTBOUND_FAILED', 'OUTBOUND_REFUSED')) throw error;
      return [failed('sms', cliProblems.of('doctor/sms-unreached', { why: error.problem }))];
    }
  });

export const checkPublicUrl = ({ config: { publicUrl } }: Scene): Promise<Finding[]> =>
  guarded('public-url', async () => {
    try {
      const signal = AbortSignal.timeout(PUBLIC_URL_TIMEOUT_MS);
      const { ok: well, status } = await fetch(`${publicUrl}/health`, { signal });
      if (!well)
        return [failed('public-url', cliProblems.of('doctor/public-url-fails', { publicUrl, status }))];
    } catch (error) {
      const { cause } = error as Error;
      return [
        failed(
          'public-url',
          cause === undefined
            ? cliProblems.of('doctor/public-url-late', { publicUrl })
            : cliProblems.of('doctor/public-url-unreached', { publicUrl, said: reasonOf(cause) }),
        ),
      ];
    }
    const { protocol, hostname } = new URL(publicUrl);
    return [
      protocol === 'https:' || hostname === 'localhost'
        ? ok('public-url', cliProblems.of('doctor/public-url', { publicUrl }))
        : note('public-url', cliProblems.of('doctor/public-url-plain', { publicUrl })),
    ];
  });
