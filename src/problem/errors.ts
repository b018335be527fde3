/**
 * The one registry of error codes. Every failure that a caller, signer or operator can meet has its entry here:
 * what happened (`text`, with {placeholders}), what to do about it (`todo`), the HTTP status, and whose fault it is.
 */

/** SOAP 1.1 fault side: the caller must change something (`Client`) or we must (`Server`). */
export type FaultSide = 'Client' | 'Server';

interface ErrorEntry {
  readonly http: number;
  readonly fault: FaultSide;
  readonly text: string;
  readonly todo: string;
}

const client = (http: number, text: string, todo: string): ErrorEntry => ({
  http,
  fault: 'Client',
  text,
  todo,
});
const server = (http: number, text: string, todo: string): ErrorEntry => ({
  http,
  fault: 'Server',
  text,
  todo,
});

export const registry = {
  // general
  INTERNAL: server(
    500,
    'Something failed inside the service.',
    'Try again; if it stays, give the operator the reference {reference}.',
  ),
  UNAVAILABLE: server(503, '{what} does not answer.', 'Try again in a minute.'),
  NOT_FOUND: client(404, 'There is nothing at this address.', 'Check the URL.'),
  PAYLOAD_TOO_LARGE: client(
    413,
    'The body is larger than {limit} bytes.',
    'Send a smaller body, or have the operator raise {setting}.',
  ),
  BAD_REQUEST: client(400, 'The request cannot be read: {why}.', 'Correct it and send it again.'),

  // validation
  VALIDATION_BUSY: server(503, 'Too many files are being validated.', 'Try again in a minute.'),
  VALIDATION_TOO_LONG: client(
    422,
    'The file takes too long to validate.',
    'Have it validated offline, where nobody is asked, or take a smaller one.',
  ),

  // configuration
  CONFIG_INVALID: server(
    500,
    'The configuration is not usable:\n{problems}',
    'Correct these settings; `segl help` lists them all. To try Segl without any: segl start --sandbox.',
  ),

  TLS_FILES_INVALID: server(
    500,
    'The certificate for TLS cannot be used: {why}.',
    'Correct the files that TLS_CERT and TLS_KEY name: PEM, own certificate first, key without a password.',
  ),
  ADDRESS_TAKEN: server(
    500,
    'Something else listens on {address} already.',
    'Stop it, or choose another PORT or SANDBOX_PORT.',
  ),

  // accounts and access
  CREDENTIALS_WRONG: client(
    401,
    'Service name or password is wrong.',
    'Check both; they are those of the service account.',
  ),

  // certificates of calling systems; each code is also the reason in the table of decisions
  CALLER_CERTIFICATE_MISSING: client(
    403,
    'The account {service} needs a client certificate besides its password, and none came.',
    'Have your client show its FOCES or VOCES certificate in TLS; a proxy on the way must pass it on as CALLER_CERT_HEADER says.',
  ),
  CALLER_CERTIFICATE_UNREADABLE: client(
    403,
    'The client certificate cannot be read: {why}.',
    'Show one X.509 certificate, with those of its issuers; the operator finds the forms of proxy headers in docs/callers.md.',
  ),
  CALLER_OCES3: client(
    403,
    'The client certificate is of OCES3, which this installation does not take: callers are told apart by CVR and FID or UID.',
    'Use a FOCES or VOCES certificate of the accepted chains; segl caller rules lists them.',
  ),
  CALLER_CERTIFICATE_EXPIRED: client(
    403,
    'The client certificate {what}.',
    'Have it renewed; CVR and FID or UID stay the same, so nothing needs to be registered anew.',
  ),
  CALLER_CHAIN_REFUSED: client(
    403,
    'The client certificate is not of an accepted chain: {why}.',
    'Use one of the chains that segl caller rules lists, and send the certificate of its issuer along.',
  ),
  CALLER_TYPE_REFUSED: client(
    403,
    'The client certificate is not that of a function (FOCES) or company (VOCES): {why}.',
    'Order a FOCES certificate for the calling system.',
  ),
  CALLER_OCES2_ENDED: client(
    403,
    'OCES2 certificates of callers are refused since {end}.',
    'Ask the operator of this installation how systems call it now; OCES2_CALLERS_UNTIL says until when OCES2 was taken.',
  ),
  CALLER_CERTIFICATE_REVOKED: client(
    403,
    'The client certificate, or an authority above it, was revoked at {at}.',
    'Order a new one; if nobody of yours had it revoked, tell the operator.',
  ),
  CALLER_STATUS_UNKNOWN: server(
    503,
    'Nobody tells whether the client certificate is revoked.',
    'Try again in a minute; the operator sees in the log which address was asked.',
  ),
  CALLER_UNKNOWN: client(
    403,
    'The certificate of CVR {cvr}, {kind} {identifier} is not one of the account {service} in the environment {environment}.',
    'Use the account that it belongs to, or have the operator register it: segl caller add {service} --cvr {cvr} --{option} {identifier}.',
  ),
  CALLER_TAKEN: client(
    409,
    'CVR {cvr}, {kind} {identifier} belongs to the account {service} already.',
    'A calling system is one account; remove it there first: segl caller remove {service} --cvr {cvr} --{option} {identifier}.',
  ),
  CALLER_NOT_REGISTERED: client(
    404,
    'The account {service} has no caller with CVR {cvr}, {kind} {identifier} in the environment {environment}.',
    'See segl caller list.',
  ),
  ACCOUNT_UNKNOWN: client(
    404,
    'There is no service account {service}.',
    'Add it: segl account set {service}.',
  ),

  // documents
  DOCUMENT_ADDRESS_UNKNOWN: client(
    404,
    'There is no document address like this.',
    'Use the addresses that getStatus gives.',
  ),
  SERVICE_FOREIGN: client(
    403,
    'The address is that of another service.',
    'Use the credentials of the service in the path.',
  ),
  METHOD_NOT_ALLOWED: client(405, 'This address does not take {method}.', 'It takes {allowed}.'),
  BLOB_MISSING: server(500, 'The document {sha256} is missing.', 'Restore it from a backup.'),
  BLOB_DAMAGED: server(500, 'The document {sha256} is damaged.', 'Restore it from a backup.'),

  // contract: SOAP envelopes and what is in them
  XML_MALFORMED: client(400, 'The XML cannot be read: {why}.', 'Send a well-formed XML 1.0 document.'),
  XML_REFUSED: client(400, 'The XML is refused: {why}.', 'Send it without that.'),
  ENVELOPE_INVALID: client(
    400,
    'This is not a SOAP request: {why}.',
    'Send one operation in the Body of a SOAP Envelope.',
  ),
  SOAP_VERSION: client(
    400,
    'The Envelope is of no known SOAP version.',
    'Use the namespace of SOAP 1.1 or SOAP 1.2.',
  ),
  SOAP_MUST_UNDERSTAND: client(
    400,
    'The header {header} must be understood, and is not.',
    'Leave it out; credentials belong in the elements service and password.',
  ),
  OPERATION_UNKNOWN: client(
    400,
    'This service has no operation "{operation}".',
    'See its WSDL for the operations and their namespace {namespace}.',
  ),
  REQUEST_INVALID: client(
    400,
    'The request cannot be accepted: {problems}.',
    'Correct these and send it again; nothing was done.',
  ),

  // orders
  REQUEST_UNKNOWN: client(
    404,
    'There is no request "{requestId}" for this service.',
    'Check the request-id and the service name.',
  ),
  ARTIFACT_INVALID: client(
    403,
    'The artifact is unknown, used, or older than 30 seconds.',
    'Ask for a new one with createArtifact.',
  ),
  SDS_UNKNOWN: client(
    404,
    'There is no document "{id}" in session data storage.',
    'It may have expired or been deleted; upload it again.',
  ),
  ARCHIVE_UNKNOWN: client(
    404,
    'There is no document "{id}" in the archive.',
    'Check the id and the service name.',
  ),
  RESULT_UNKNOWN: client(
    404,
    'There is no such document in an order of this service.',
    'Ask getStatus for the addresses of its documents.',
  ),
  RESULT_NOT_READY: client(
    409,
    'The task is not completed, so it has no signed result yet.',
    'Wait for the callback, then ask getStatus.',
  ),

  // the later life of an order
  REQUEST_DELETED: client(
    409,
    'The request "{requestId}" is deleted.',
    'Nothing can be added to it; create a new one.',
  ),
  NO_PACKAGING_TASK: client(
    404,
    'None of the requests has a packaging task.',
    'Ask for requests that were made with one; PDFs of other results come from create-package.',
  ),
  TASK_NOT_OPEN: client(
    409,
    'The task "{taskId}" is {state}.',
    'Only a task that is open can be changed; ask getStatus first.',
  ),
  TASK_NEEDED: client(
    409,
    'The task "{taskId}" cannot be disabled: {why}.',
    'Disable what needs it first, or delete the request.',
  ),
  NOTIFICATION_UNKNOWN: client(
    404,
    'There is no such notification: {ids}.',
    'Give the notification-id of the order, with task-id for those of a task.',
  ),
  SEARCH_INVALID: client(400, 'The search cannot be made: {problems}.', 'Correct these and ask again.'),
  SEARCH_TOO_WIDE: client(
    422,
    'The search would look at too many tasks; it was stopped after {seconds} seconds.',
    'Narrow it with from-date and to-date, or with a criterion that uses equals.',
  ),
  USER_SESSION_INVALID: client(
    400,
    'The user session cannot be created: {problems}.',
    'Correct these and send it again; nothing was stored.',
  ),
  USER_SESSION_UNKNOWN: client(404, 'There is no such user session.', 'Check the link.'),
  UPLOAD_REFUSED: client(422, 'The file cannot be used: {why}.', 'Choose another one: PDF or plain text.'),

  // signing
  TASK_UNKNOWN: client(404, 'There is no such task.', 'Check the link.'),
  TASK_CLOSED: client(410, 'The task is {state}.', 'Nothing more can be done with it; ask its sender.'),
  TASK_WAITING: client(409, 'Somebody else must finish first.', 'Come back later with the same link.'),
  SESSION_GONE: client(403, 'The session is over.', 'Open the link again to start over.'),
  DOCUMENT_NOT_SHOWN: client(409, 'The document has not been shown yet.', 'Read it first.'),
  STEP_NOT_DUE: client(409, 'This is not the step that is due: {why}.', 'Go back to the task.'),
  LOGIN_NEEDED: client(403, 'The signer has not logged in yet.', 'Log in on the page of the task first.'),
  LOGIN_MISMATCH: client(
    403,
    'Somebody else has logged in than the person the task is meant for.',
    'Log in with your own NemID, or ask the sender to correct the order.',
  ),
  CPR_INVALID: client(422, 'This is not a CPR number.', 'Give ten digits, the first six a date.'),
  CPR_MISMATCH: client(422, 'The CPR number does not belong to the signer.', 'Check it and try again.'),
  CPR_TOO_MANY_ATTEMPTS: client(
    429,
    'The CPR number was wrong too often.',
    'Open the link again and sign once more.',
  ),

  CPR_LOCKED: client(
    429,
    'Too many wrong CPR numbers were given for this signer.',
    'Open the link again in 24 hours, and sign once more.',
  ),

  // signer portal
  FORM_REFUSED: client(403, 'The form does not belong to this session.', 'Reload the page and try again.'),

  // identity methods
  METHOD_UNKNOWN: client(422, 'There is no identity method "{name}" here.', 'Use one of: {known}.'),
  SIGN_TYPE_REFUSED: client(
    422,
    'A document of type {type} cannot be signed.',
    'Give it as application/pdf or text/plain.',
  ),
  SIGN_TEXT_UNREADABLE: client(
    422,
    'The text of document "{document}" cannot be shown: {why}.',
    'Send it as UTF-8, or name its charset in the content type.',
  ),
  NATIVE_SIGNATURE_REFUSED: client(
    422,
    'The signature is not accepted (check "{check}"): {why}.',
    'Sign once more; if it stays, tell the operator the name of the check.',
  ),
  LOGIN_REFUSED: client(
    422,
    'The login is not accepted (check "{check}"): {why}.',
    'Log in once more; if it stays, tell the operator the name of the check.',
  ),
  OCES_INVALID: client(
    422,
    'This is not an OCES certificate that can be used: {why}.',
    'Use a certificate of the type that is asked for.',
  ),
  PROVIDER_UNUSABLE: server(
    500,
    'The set-up as service provider cannot be used: {why}.',
    'Correct it with `segl provider set`.',
  ),
  PROVIDER_REFUSED: client(
    422,
    'The set-up is not accepted:\n{problems}',
    'Correct these and set it again; nothing was changed.',
  ),
  PROVIDER_MISSING: client(
    404,
    'The account "{service}" has no set-up of its own as service provider.',
    'It works with that of the settings; `segl provider set` gives it one.',
  ),
  CPR_SERVICE_REFUSED: server(
    502,
    'The {service} service refused the request: {name} (status {status}).',
    'Report it: the request or the service is not as documented.',
  ),
  CPR_NOT_AGREED: server(
    502,
    'The {service} service does not allow this: {name} (status {status}).',
    'Check CPR agreement, service id (SPID) and VOCES certificate of the account; `segl provider check` tells which.',
  ),
  CPR_PERSON_UNKNOWN: client(
    422,
    'The {service} service knows no CPR number for the signer: {name} (status {status}).',
    'Sign with an identity that has one; if it stays, ask the sender.',
  ),
  CPR_GUESSING: client(
    429,
    'Too many wrong CPR numbers were given for this signer: the {service} service answers no more for now.',
    'Open the link again tomorrow.',
  ),

  REQUEST_TASK_UNKNOWN: client(
    404,
    'The request "{requestId}" has no task "{taskId}".',
    'Check the task-id; it is case-sensitive.',
  ),
  HANDWRITING_REFUSED: client(
    422,
    'The signature by hand cannot be used: {why}.',
    'Draw your signature in the field, or type your name.',
  ),
  NAME_MISSING: client(422, 'A signature by hand needs a name.', 'Type your name, at most 100 characters.'),
  SIGNER_MISMATCH: client(
    403,
    'The document was signed by somebody else than the person it is meant for.',
    'Sign with your own NemID, or ask the sender to correct the order.',
  ),

  SECRET_UNREADABLE: server(
    500,
    'A stored secret ({what}) cannot be read: {why}.',
    'Give the key it was stored with in SECRETS_OLD_KEYS, or store it anew.',
  ),

  // certificates, signatures and time-stamps
  PKCS12_INVALID: client(
    422,
    'The PKCS#12 file cannot be used: {why}.',
    'Use the file as it was handed out, or export the certificate with its key again.',
  ),
  ASN1_INVALID: client(
    400,
    'Binary data (DER) cannot be read: {why}.',
    'The data was damaged or is not of the kind that belongs here.',
  ),
  PEM_INVALID: server(500, 'A PEM text cannot be read: {why}.', 'Check the file named in the settings.'),
  KEY_INVALID: server(
    500,
    'A signing key is not usable: {why}.',
    'Check the key file in the settings, its password file and its certificate file.',
  ),
  PKCS11_URI_INVALID: server(
    500,
    'The PKCS#11 URI of the key cannot be used: {why}.',
    'Write it as pkcs11:token=LABEL;object=LABEL?module-path=/PATH/LIBRARY.so&pin-source=/PATH/PIN (RFC 7512).',
  ),
  PKCS11_FAILED: server(
    503,
    'The key on the security module cannot be used: {why}.',
    'Check the module, its token, the key and its PIN; a wrong PIN is tried only once. Then restart the service.',
  ),
  CMS_INVALID: client(400, 'The CMS signature is not valid: {why}.', 'Do not rely on the signed document.'),
  TIMESTAMP_INVALID: client(400, 'The time-stamp is not valid: {why}.', 'Do not rely on its time.'),
  TSA_FAILED: server(
    503,
    'The time-stamp authority {url} gave no usable time-stamp: {why}.',
    'It is tried again; if it stays, check TSA_URL, TSA_TRUST_FILE and the clock of this machine.',
  ),
  CERT_PATH_INVALID: client(
    400,
    'The certificate of {subject} cannot be trusted: {why}.',
    'Use a certificate of an accepted issuer that is valid at that time.',
  ),
  CERT_REVOKED: client(
    400,
    'The certificate of {subject} was revoked at {at}.',
    'A new certificate is needed.',
  ),
  CERT_STATUS_UNKNOWN: client(
    400,
    'Whether the certificate of {subject} is revoked cannot be learned: {why}.',
    'Use a certificate whose issuer tells its status by OCSP or a revocation list.',
  ),
  OCSP_INVALID: server(
    503,
    'The OCSP answer is not usable: {why}.',
    'Try again; if it stays, tell the issuer.',
  ),
  CRL_INVALID: server(
    503,
    'The revocation list is not usable: {why}.',
    'Try again; if it stays, tell the issuer.',
  ),
  REVOCATION_UNAVAILABLE: server(
    503,
    'The status of a certificate cannot be fetched from {url}.',
    'Try again in a minute.',
  ),

  // PDF and PAdES
  PDF_INVALID: client(
    422,
    'The PDF cannot be used: {why}.',
    'Open it in the program that made it, save or print it as a new PDF, and send that.',
  ),
  ASIC_INVALID: client(422, 'The container cannot be read: {why}.', 'Send it again as it was made.'),
  PDF_ENCRYPTED: client(
    422,
    'The PDF is encrypted, so nothing can be added to it.',
    'Remove the password and all restrictions, and send it again.',
  ),
  PDF_CERTIFIED: client(
    422,
    'A signature in the PDF, such as the certification of its author, forbids what would be added to it.',
    'Leave the document as it is: it is sealed already. Or send it as it was before it was certified.',
  ),
  FORM_PDF_REFUSED: client(
    422,
    'The PDF cannot be filled in here: {why}.',
    'Send a PDF with plain form fields (AcroForm), or leave the form element out.',
  ),
  PADES_INVALID: client(
    422,
    'The signature of the PDF does not hold: {why}.',
    'Do not trust the file; ask for it again from where it was made.',
  ),
  PADES_TEMPLATE_INVALID: server(
    500,
    'The template of signature pages {template} cannot be used: {where} {why}.',
    'Correct the file; docs/templates.md tells of every field, and "segl template list" checks it.',
  ),

  ALGORITHMS_INVALID: server(
    500,
    'The calendar of algorithms {file} cannot be used: {why}.',
    'Correct the file that ALGORITHMS_FILE names; templates/algorithms.json is an example.',
  ),

  FONT_UNUSABLE: server(
    500,
    'The font {file} {why}.',
    'Put another font for these scripts into the folder; docs/templates.md names some.',
  ),

  // XML evidence
  XML_INVALID: client(
    422,
    'The XML is not acceptable: {why}.',
    'Send it as its maker produced it, unchanged; if it is beyond one of docs/limits.md, ask its maker for a simpler one.',
  ),
  XML_CHARACTER_INVALID: client(
    422,
    'XML cannot carry the character {character} in {where}.',
    'Remove the control character.',
  ),
  XMLDSIG_INVALID: client(
    422,
    'The XML signature is not valid: {why}.',
    'Do not rely on it; ask its maker for the unchanged original.',
  ),
  EVIDENCE_INVALID: client(
    422,
    'The evidence does not hold together: {why}.',
    'Do not rely on it; fetch it again from where it was made.',
  ),
  EVIDENCE_MISSING: client(
    404,
    'There is no package of the request "{requestId}": nobody signed yet, or it was deleted.',
    'Wait until a task is completed; what was deleted is in the archive only.',
  ),
  PRESERVATION_NO_GAIN: server(
    500,
    'A new time-stamp would prove no longer than what is there, which ends on {until}: {because}.',
    'Have TSA_URL name an authority whose certificate and algorithms last longer.',
  ),
  PRESERVATION_BEATEN: server(
    500,
    'Something else changed the archived document "{id}" meanwhile.',
    'Nothing; the next look finds what is there now.',
  ),
  XADES_INVALID: client(422, 'The XAdES signature is not valid: {why}.', 'Do not rely on it.'),
  XADES_LEVEL: client(
    422,
    'The signature cannot be lifted to that level: {why}.',
    'Choose a level that fits what it carries.',
  ),
  WSD_INVALID: client(
    422,
    'The witnessed signature is not valid: {why}.',
    'Do not rely on it; fetch it again from where it was made.',
  ),
  LTVSDO_INVALID: client(
    422,
    'The LTV-SDO is not valid: {why}.',
    'Do not rely on it; fetch the package again from where it was made.',
  ),

  POLICY_NOT_MET: server(
    500,
    'The package cannot be made: requirement {requirement} of its packaging policy is not met: {why}.',
    'Nothing was sealed, and the task stays as it is. Look into what was kept of the visit (sessions, audit_entries, native_signatures).',
  ),

  // packaging and sealing at the caller's wish
  VALIDATION_POLICY_UNKNOWN: client(
    422,
    'There is no validation policy "{policy}" here.',
    'Use ltvsdo-validator.',
  ),
  PACKAGING_METHOD_UNKNOWN: client(
    422,
    'There is no packaging method "{method}" here.',
    'Use one of: {allowed}.',
  ),
  SDO_COUNT_REFUSED: client(
    422,
    'The call names {count} LTV-SDOs.',
    'Name at least one and at most {limit}, each once.',
  ),
  SDO_REPEATED: client(422, 'LTV-SDO number {number} is one that was named before.', 'Name each once.'),
  SDO_REFUSED: client(
    422,
    'LTV-SDO number {number} cannot be packaged. {why}',
    'Give the address or id of a signed result of this service.',
  ),
  ORIGINAL_NEEDED: client(
    422,
    'The document that LTV-SDO number {number} signs is not known here.',
    'Give it as original-document in sdo-extended.',
  ),
  ORIGINAL_MISMATCH: client(
    422,
    'The original given for LTV-SDO number {number} is not the document that was signed; its SHA-256 is {found}, signed was {signed}.',
    'Give exactly the bytes that were signed, or none when the order is still here.',
  ),
  DOCUMENT_URI_REFUSED: client(
    422,
    'This is not the address of a document here: {uri}',
    'Use a result-uri or original-uri as getStatus gives it; other addresses are never fetched.',
  ),
  TASK_ID_NEEDED: client(
    422,
    'Several tasks of the request have a result for document "{documentId}".',
    'Name the task-id.',
  ),

  ORDER_INVALID: client(
    400,
    'The order cannot be accepted: {problems}.',
    'Correct these and send it again; nothing was stored.',
  ),

  WORK_UNKNOWN: client(
    404,
    'There is no work that was given up with the id {ids}.',
    'List it with segl retry; somebody may have taken it up already.',
  ),

  // running parts: embedded database, queue, outbound requests
  EMBEDDED_POSTGRES_FAILED: server(
    500,
    'The embedded database does not start: {why}.',
    'Correct that, or set DATABASE_URL to a PostgreSQL server.',
  ),
  DATA_DIR_IN_USE: server(
    500,
    'Another process uses the database in {folder}.',
    'Stop it first, or set another DATA_DIR.',
  ),
  OUTBOUND_REFUSED: server(
    502,
    'Requests to {host} are refused: {why}.',
    'If it is meant, add its network to CALLBACK_ALLOW or INTERNAL_ALLOW.',
  ),
  OUTBOUND_FAILED: server(502, 'The request to {host} failed: {why}.', 'Check that it is up and reachable.'),

  // sandbox
  PERSON_UNKNOWN: client(
    404,
    'There is no test person "{user}" in the sandbox.',
    'Use one of those that its page of test persons lists.',
  ),
  PERSON_STUCK: client(
    409,
    'The test person cannot go on at {url} ({step}). The page says: {text}',
    'See what the page asks for; a test person opens, reads, signs, gives the CPR number and sends in.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof registry;

/** Fills {placeholders}; an unknown one stays as it is, so that a mistake shows. */
function fill(template: string, params: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** The one error class. `message` is a full English sentence followed by what to do. */
export class SeglError extends Error {
  override readonly name = 'SeglError';
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    params: Readonly<Record<string, string | number>> = {},
    options?: { cause?: unknown },
  ) {
    const entry = registry[code];
    super(fill(`${entry.text} ${entry.todo}`, params), options);
    this.code = code;
    this.params = params;
  }

  get http(): number {
    return registry[this.code].http;
  }

  get fault(): FaultSide {
    return registry[this.code].fault;
  }

  /** What happened, without the advice. */
  get text(): string {
    return fill(registry[this.code].text, this.params);
  }

  /** What to do about it. */
  get todo(): string {
    return fill(registry[this.code].todo, this.params);
  }
}

/** True when `error` is a SeglError, of one of `codes` if any are given. */
export function isSeglError(error: unknown, ...codes: ErrorCode[]): error is SeglError {
  return error instanceof SeglError && (codes.length === 0 || codes.includes(error.code));
}
