/** Codes of the service; their texts are in `texts/`. */
import { defineProblems, type ErrorCodeOf } from '../problem/errors.ts';
import type { adesProblems } from '../ades/problems.ts';
import { identityProblems } from '../identity/problems.ts';
import type { pkiProblems } from '../pki/problems.ts';
import type { generalProblems } from '../problem/problems.ts';
import { orderProblems } from './domain/order/problems.ts';
import { soapProblems } from './http/soap/problems.ts';
import { da } from './texts/da.ts';
import { en } from './texts/en.ts';

export const serverProblems = defineProblems({
  errors: {
    VALIDATION_BUSY: { fault: 'Server' },
    VALIDATION_TOO_LONG: { fault: 'Client' },
    TLS_FILES_INVALID: { fault: 'Server', params: { why: 'text' } },
    CREDENTIALS_WRONG: { fault: 'Client' },
    CALLER_CERTIFICATE_MISSING: { fault: 'Client', params: { service: 'token' } },
    CALLER_CERTIFICATE_UNREADABLE: { fault: 'Client', params: { why: 'text' } },
    CALLER_OCES3: { fault: 'Client' },
    CALLER_CERTIFICATE_EXPIRED: { fault: 'Client', params: { what: 'text' } },
    CALLER_CHAIN_REFUSED: { fault: 'Client', params: { why: 'text' } },
    CALLER_TYPE_REFUSED: { fault: 'Client', params: { why: 'text' } },
    CALLER_OCES2_ENDED: { fault: 'Client', params: { end: 'token' } },
    CALLER_CERTIFICATE_REVOKED: { fault: 'Client', params: { at: 'token' } },
    CALLER_STATUS_UNKNOWN: { fault: 'Server' },
    CALLER_UNKNOWN: {
      fault: 'Client',
      params: {
        cvr: 'token',
        kind: 'token',
        identifier: 'token',
        service: 'token',
        environment: 'token',
        option: 'token',
      },
    },
    ACCOUNT_UNKNOWN: { fault: 'Client', params: { service: 'token' } },
    DOCUMENT_ADDRESS_UNKNOWN: { fault: 'Client' },
    SERVICE_FOREIGN: { fault: 'Client' },
    METHOD_NOT_ALLOWED: { fault: 'Client', params: { method: 'token', allowed: 'token' } },
    BLOB_MISSING: { fault: 'Server', params: { sha256: 'token' } },
    BLOB_DAMAGED: { fault: 'Server', params: { sha256: 'token' } },
    XML_MALFORMED: { fault: 'Client', params: { why: 'problem' } },
    XML_REFUSED: { fault: 'Client', params: { why: 'problem' } },
    ENVELOPE_INVALID: { fault: 'Client', params: { why: 'problem' } },
    SOAP_VERSION: { fault: 'Client' },
    SOAP_MUST_UNDERSTAND: { fault: 'Client', params: { header: 'token' } },
    OPERATION_UNKNOWN: { fault: 'Client', params: { operation: 'token', namespace: 'token' } },
    REQUEST_INVALID: { fault: 'Client', params: { problems: 'lines' } },
    REQUEST_UNKNOWN: { fault: 'Client', params: { requestId: 'token' } },
    ARTIFACT_INVALID: { fault: 'Client' },
    SDS_UNKNOWN: { fault: 'Client', params: { id: 'token' } },
    ARCHIVE_UNKNOWN: { fault: 'Client', params: { id: 'token' } },
    RESULT_UNKNOWN: { fault: 'Client' },
    RESULT_NOT_READY: { fault: 'Client' },
    REQUEST_DELETED: { fault: 'Client', params: { requestId: 'token' } },
    NO_PACKAGING_TASK: { fault: 'Client' },
    TASK_NOT_OPEN: { fault: 'Client', params: { taskId: 'token', state: 'token' } },
    TASK_NEEDED: { fault: 'Client', params: { taskId: 'token', why: 'text' } },
    NOTIFICATION_UNKNOWN: { fault: 'Client', params: { ids: 'text' } },
    SEARCH_INVALID: { fault: 'Client', params: { problems: 'lines' } },
    SEARCH_TOO_WIDE: { fault: 'Client', params: { seconds: 'token' } },
    USER_SESSION_INVALID: { fault: 'Client', params: { problems: 'lines' } },
    USER_SESSION_UNKNOWN: { fault: 'Client' },
    UPLOAD_REFUSED: { fault: 'Client', params: { why: 'problem' } },
    TASK_UNKNOWN: { fault: 'Client' },
    TASK_CLOSED: { fault: 'Client', params: { state: 'token' } },
    TASK_WAITING: { fault: 'Client' },
    SESSION_GONE: { fault: 'Client' },
    DOCUMENT_NOT_SHOWN: { fault: 'Client' },
    STEP_NOT_DUE: { fault: 'Client', params: { why: 'text' } },
    LOGIN_NEEDED: { fault: 'Client' },
    LOGIN_MISMATCH: { fault: 'Client' },
    CPR_INVALID: { fault: 'Client' },
    CPR_MISMATCH: { fault: 'Client' },
    CPR_TOO_MANY_ATTEMPTS: { fault: 'Client' },
    CPR_LOCKED: { fault: 'Client' },
    FORM_REFUSED: { fault: 'Client' },
    PROVIDER_UNUSABLE: { fault: 'Server', params: { why: 'text' } },
    PROVIDER_REFUSED: { fault: 'Client', params: { problems: 'text' } },
    REQUEST_TASK_UNKNOWN: { fault: 'Client', params: { requestId: 'token', taskId: 'token' } },
    HANDWRITING_REFUSED: { fault: 'Client', params: { why: 'text' } },
    NAME_MISSING: { fault: 'Client' },
    SIGNER_MISMATCH: { fault: 'Client' },
    SECRET_UNREADABLE: { fault: 'Server', params: { what: 'text', why: 'text' } },
    PKCS12_INVALID: { fault: 'Client', params: { why: 'text' } },
    PKCS11_URI_INVALID: { fault: 'Server', params: { why: 'text' } },
    PKCS11_FAILED: { fault: 'Server', params: { why: 'text' } },
    FORM_PDF_REFUSED: { fault: 'Client', params: { why: 'text' } },
    PADES_TEMPLATE_INVALID: { fault: 'Server', params: { template: 'token', where: 'token', why: 'text' } },
    FONT_UNUSABLE: { fault: 'Server', params: { file: 'token', why: 'text' } },
    EVIDENCE_MISSING: { fault: 'Client', params: { requestId: 'token' } },
    PRESERVATION_NO_GAIN: { fault: 'Server', params: { until: 'token', because: 'token' } },
    PRESERVATION_BEATEN: { fault: 'Server', params: { id: 'token' } },
    VALIDATION_POLICY_UNKNOWN: { fault: 'Client', params: { policy: 'token' } },
    PACKAGING_METHOD_UNKNOWN: { fault: 'Client', params: { method: 'token', allowed: 'token' } },
    SDO_COUNT_REFUSED: { fault: 'Client', params: { count: 'token', limit: 'token' } },
    SDO_REPEATED: { fault: 'Client', params: { number: 'token' } },
    SDO_REFUSED: { fault: 'Client', params: { number: 'token', why: 'text' } },
    ORIGINAL_NEEDED: { fault: 'Client', params: { number: 'token' } },
    ORIGINAL_MISMATCH: { fault: 'Client', params: { number: 'token', found: 'text', signed: 'token' } },
    DOCUMENT_URI_REFUSED: { fault: 'Client', params: { uri: 'token' } },
    TASK_ID_NEEDED: { fault: 'Client', params: { documentId: 'token' } },
    ORDER_INVALID: { fault: 'Client', params: { problems: 'lines' } },
    WORK_UNKNOWN: { fault: 'Client', params: { ids: 'text' } },
    EMBEDDED_POSTGRES_FAILED: { fault: 'Server', params: { why: 'text' } },
    DATA_DIR_IN_USE: { fault: 'Server', params: { folder: 'token' } },
    OUTBOUND_REFUSED: { fault: 'Server', params: { host: 'token', why: 'text' } },
    OUTBOUND_FAILED: { fault: 'Server', params: { host: 'token', why: 'text' } },
  },
  details: {},
  texts: { en, da },
  uses: [identityProblems, orderProblems, soapProblems],
});

/** Every error that the service can meet. */
export type ErrorCode = ErrorCodeOf<
  | typeof serverProblems
  | typeof identityProblems
  | typeof adesProblems
  | typeof pkiProblems
  | typeof generalProblems
>;
