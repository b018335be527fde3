/** Certificates, keys, their status, and time-stamps: what those who sign and validate start from. */
export { parseCertificate, type Certificate } from './x509/certificate.ts';
export { certificatesFromPem, certificatesToPem } from './x509/pem.ts';
export { createSigningKey, loadPemKey } from './keys/keys.ts';
export {
  AlgorithmCalendar,
  readCalendar,
  SHIPPED_CALENDAR,
  type NewDigest,
} from './algorithms/algorithm-constraints.ts';
export type { DigestBy, SigningKey, Timestamper } from './algorithms/signing-key.ts';
export { httpOver } from './revocation/fetch.ts';
export type { HttpAnswer, HttpGet, HttpPost } from './revocation/http.ts';
export { RevocationService, type CertificateStatus } from './revocation/revocation.ts';
export { validateCertificate, type ValidatedCertificate } from './revocation/validate.ts';
export type { ValidationData } from './revocation/validation-data.ts';
export { pkiProblems } from './problems.ts';
export { createTimestamper } from './tsp/tsa.ts';
export { longTermServices } from './tsp/long-term.ts';
export type { LongTermServices } from './tsp/long-term-services.ts';
export { onlineServices, type OnlineSources } from './tsp/online.ts';
