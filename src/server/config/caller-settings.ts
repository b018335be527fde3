/** Settings about the certificates of calling systems. */
import { setting } from '@segl/identity/settings';

export const callerSettings = {
  clientCertificates: setting(
    'CLIENT_CERTIFICATES',
    'text',
    'Certificates (OCES3, FOCES, VOCES) of calling systems: off, request (for accounts that have callers: segl caller) or require (for all).',
    { fallback: 'off' },
  ),
  callerCertHeader: setting(
    'CALLER_CERT_HEADER',
    'text',
    'How TRUSTED_PROXIES pass them on: client-cert (RFC 9440), x-ssl-client-cert or x-forwarded-client-cert (Envoy).',
  ),
  callerPort: setting(
    'CALLER_PORT',
    'port',
    'Port of its own (https) for calling systems, so that browsers on PORT are not asked for certificates.',
  ),
  callerChains: setting(
    'CALLER_CHAINS',
    'list',
    'Accepted chains of their certificates, "root > issuer" by name, * for any text. Default: as NEMID_ENVIRONMENT has it.',
  ),
  oces2CallersUntil: setting(
    'OCES2_CALLERS_UNTIL',
    'text',
    'Last day (Danish time) on which production and test take OCES2 certificates of callers; no-end: there is none.',
    { fallback: '2023-10-31' },
  ),
  callerAuditDays: setting('CALLER_AUDIT_DAYS', 'integer', 'Days that decisions about callers are kept.', {
    fallback: '400',
  }),
} as const;
