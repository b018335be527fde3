/** Whom the service reaches, and how it is reached: mail server, SMS gateway, its public address. Nothing is sent. */
import { createTransport } from 'nodemailer';
import { isSeglError } from '@segl/problem/errors';
import type { DoctorFinding as Finding } from '@segl/identity/method';
import type { Services } from '@segl/server/composition/services';
import { failed, guarded, note, ok, reasonOf, type Scene } from './finding.ts';

const SMTP_TIMEOUT_MS = 10_000;
const PUBLIC_URL_TIMEOUT_MS = 5_000;

/** Says hello to the mail server, and logs in where the URL has a user. */
export const checkMail = ({ config }: Scene): Promise<Finding[]> =>
  guarded('mail', async () => {
    if (config.smtpUrl === undefined) return [ok('mail', 'SMTP_URL is not set: no mail is sent.')];
    const wait = SMTP_TIMEOUT_MS;
    const times = { connectionTimeout: wait, greetingTimeout: wait, socketTimeout: wait };
    const transport = createTransport({ url: config.smtpUrl, ...times });
    try {
      await transport.verify();
      return [ok('mail', 'The mail server answers.')];
    } catch (error) {
      const { code = 'unknown', responseCode } = error as { code?: string; responseCode?: number };
      const text = `The mail server cannot be used (${responseCode ?? code}).`;
      return [failed('mail', text, 'Check SMTP_URL: host, port, user and password, TLS.')];
    } finally {
      transport.close();
    }
  });

/** Asks the gateway by GET, which sends nothing, with our token: who we are is refused before what we ask for. */
export const checkSms = ({ config }: Scene, { providers }: Services): Promise<Finding[]> =>
  guarded('sms', async () => {
    const { smsGatewayUrl: url, smsGatewayToken: token } = config;
    if (url === undefined) return [ok('sms', 'SMS_GATEWAY_URL is not set: no text messages are sent.')];
    try {
      const { status } = await providers.get(
        url,
        token === undefined ? {} : { authorization: `Bearer ${token}` },
      );
      if (status === 401 || status === 403)
        return [failed('sms', `The SMS gateway refuses us (${status}).`, 'Check SMS_GATEWAY_TOKEN.')];
      if (status >= 500) {
        const text = `The SMS gateway answers ${status}.`;
        return [failed('sms', text, 'Look into the gateway; messages wait meanwhile, and are tried again.')];
      }
      return [ok('sms', 'The SMS gateway answers.')];
    } catch (error) {
      if (!isSeglError(error, 'OUTBOUND_FAILED', 'OUTBOUND_REFUSED')) throw error;
      const todo = 'Check SMS_GATEWAY_URL; a gateway on an internal network must be in INTERNAL_ALLOW.';
      return [failed('sms', error.text, todo)];
    }
  });

export const checkPublicUrl = ({ config: { publicUrl } }: Scene): Promise<Finding[]> =>
  guarded('public-url', async () => {
    let how: string;
    try {
      const signal = AbortSignal.timeout(PUBLIC_URL_TIMEOUT_MS);
      const { ok: well, status } = await fetch(`${publicUrl}/health`, { signal });
      how = well ? '' : `answers ${status}`;
    } catch (error) {
      const { cause } = error as Error;
      how = `does not answer (${cause === undefined ? 'no answer in time' : reasonOf(cause)})`;
    }
    if (how !== '') {
      const todo = 'Start the service; check PUBLIC_URL, proxy, DNS, and the certificate where it is https.';
      return [failed('public-url', `${publicUrl} ${how}.`, todo)];
    }
    const { protocol, hostname } = new URL(publicUrl);
    return [
      protocol === 'https:' || hostname === 'localhost'
        ? ok('public-url', `${publicUrl} answers.`)
        : note(
            'public-url',
            `${publicUrl} answers, without https.`,
            'Serve it over https (TLS_CERT or a proxy).',
          ),
    ];
  });
