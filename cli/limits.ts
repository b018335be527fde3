/** Every limit of the service, in one table: what it is, where it applies, what happens beyond it, and its test. */
import { limits as envelopeLimits } from '@segl/server/http/soap/xml-tree';
import { MAX_NAME as ZIP_NAME, MAX_UNPACKED, MAX_ZIP_ENTRIES } from '@segl/ades/asic/unzip';
import {
  MAX_ATTRIBUTES as CMS_ATTRIBUTES,
  MAX_CERTIFICATES as CMS_CERTIFICATES,
  MAX_SIGNERS,
} from '@segl/pki/cms/cms-signed-data';
import { MAX_BYTES as DER_BYTES, MAX_DEPTH as DER_DEPTH, MAX_OID_BYTES } from '@segl/pki/asn1/der';
import { MAX_DEPTH as PDF_FORM_DEPTH } from '@segl/ades/pdf/form';
import { MAX_OBJECT_STREAMS, MAX_TREE_DEPTH } from '@segl/ades/pdf/document';
import { MAX_DEPTH as PDF_OBJECT_DEPTH, MAX_PARTS as PDF_OBJECT_PARTS } from '@segl/ades/pdf/lexer';
import { MAX_ENTRIES, MAX_OBJECT_NUMBER, MAX_SECTIONS, MAX_STREAM } from '@segl/ades/pdf/xref';
import { MAX_RSA_BITS } from '@segl/pki/algorithms/signature-algorithm';
import { DEFAULT_LIMITS as EVIDENCE_XML } from '@segl/ades/xml/document';
import { MAX_SIGNATURES as PDF_SIGNATURES } from '@segl/ades/pades/read';
import { MAX_SIGNATURES, MAX_STAMPS, MAX_VALUES } from '@segl/ades/xades/read';
import { FREE_EFFORT, MAX_PASSES } from '@segl/ades/xml/parse-limits';
import { MAX_PREFIXES } from '@segl/ades/xml/reference';
import { MAX_CERTIFICATES as XML_CERTIFICATES, MAX_REFERENCES } from '@segl/ades/xml/xmldsig';
import { MAX_LOGO_BYTES } from '@segl/server/application/access/account-details';
import { LONGEST_DETAIL } from '@segl/server/domain/order/account-details';
import { MOST_ROWS, SEARCH_SECONDS } from '@segl/server/application/ordering/searching';
import { MAX_SDOS } from '@segl/server/application/packaging/packaging-service';
import { LONGEST_LINK } from '@segl/server/http/login/login-link';
import { MAX_CONTEXTS, MAX_RELAY_STATE, MAX_REQUEST } from '@segl/server/http/login/saml2/authn-request';
import { MAX_METADATA } from '@segl/server/http/login/saml2/metadata';
import { MOST_BYTES } from '@segl/server/http/portal/form';
import { LARGEST_FORM } from '@segl/server/http/portal/plugin';
import { MAX_CERTIFICATES as CALLER_CERTIFICATES } from '@segl/server/http/callers/reader';
import { REQUEST_TIMEOUT_MS } from '@segl/server/http/server';
import { CALLBACK_TIMEOUT_MS } from '@segl/server/adapters/outbound/callback';
import { MAX_SUBJECT } from '@segl/server/adapters/outbound/mail';
import { MAX_CALLBACK_BODY, MAX_POST_BODY } from '@segl/server/adapters/outbound/outbound';
import { LONGEST_WAIT_MS } from '@segl/server/adapters/outbound/outcome';
import { LONGEST_VALUE } from '@segl/server/domain/order/form-fields';
import { LIMITS as HANDWRITING, LONGEST as LONGEST_DRAWING } from '@segl/identity/handwriting';
import { ARTIFACT_SECONDS, SESSION_IDLE_MINUTES } from '@segl/server/domain/lifecycle/lifecycle';
import { ANSWER_SECONDS, LOGIN_IDLE_MINUTES } from '@segl/server/domain/login/model';
import { LONGEST_REQUEST_ID, REQUEST_MINUTES } from '@segl/server/domain/login/service-provider';
import { LONGEST_TARGET } from '@segl/server/domain/login/targets';
import { MOST_TOLD } from '@segl/server/domain/order/invalid-value';
import { MAX_WAIT_MINUTES } from '@segl/server/domain/order/schedule';
import { LONGEST_ID, MAX_DAYS, MOST } from '@segl/server/domain/order/validate';
import { MAX_NATIVE, MAX_PACKAGE, MAX_SIGNED } from '@segl/server/domain/order/size-limits';
import { MOST_TOGETHER } from '@segl/server/domain/signing-session/steps';
import { MAX_CRL_BYTES } from '@segl/pki/revocation/crl';
import { MAX_OCSP_BYTES } from '@segl/pki/revocation/ocsp';
import { MAX_ROUNDS } from '@segl/server/adapters/keys/pkcs12';
import { MAX_LENGTH, MAX_SIGNATURE_CHECKS } from '@segl/pki/x509/path';
import { MAX_CRASHES } from '@segl/server/adapters/queue/worker';
import { retryDelays } from '@segl/server/adapters/queue/retry';
import { mostConnections, type ProcessKind } from '@segl/server/composition/connections';
import { MAX_CHECKS, MAX_WAITING } from '@segl/server/adapters/postgres/accounts/accounts';
import {
  MAX_PER_CALLER,
  MAX_RUNNING,
  MAX_WAITING as MAX_WAITING_FILES,
  VALIDATION_TIMEOUT_MS,
} from '@segl/server/application/validating/pool';
import { MAX_INLINE } from '@segl/server/http/verify/view';
import { MAX_SECOND_OPINION } from '@segl/ades/validation/second-opinion';
import { bySetting, bytes, EVIDENCE, grouped, limit, seconds, SIGNERS, type LimitGroup } from './limit.ts';
import { methodLimits } from './methods/limits.ts';

const tries = (queue: 'package-task' | 'deliver-callback'): string =>
  `${retryDelays[queue].length + 1} tries`;

const CONNECTED = ['serve', 'worker', 'start'] as const satisfies ProcessKind[];

const HOSTILE = ['server/http/soap/envelope', 'hostile documents'] as const;
const BOUNDS = ['limits', 'orders: as much as is allowed, and one more'] as const;
const ZIPS = ['ades/asic/unzip', 'hostile containers'] as const;
const PDFS = ['limits', 'PDF files'] as const;
const FORMS = ['limits', 'forms of PDFs'] as const;
const COUNTED = [
  'ades/xml/xml',
  'attributes and namespaces are counted where they are, and nowhere else',
] as const;
const XADES = ['limits', 'XAdES: signatures and time-stamps'] as const;
const DETAILS = [
  'server/application/flow',
  'signers learn who asks: what the account says of itself, or else its name',
] as const;
const LINKS = ['server/http/login/login-link', 'what is missing, repeated or unreadable'] as const;
const REQUESTS = [
  'server/http/login/saml2/authn-request',
  'XML that is none, has a DTD, or is too large',
] as const;
const LOGINS = ['e2e/login-service', 'an answer is for the browser that asked, and for a moment'] as const;
const DRAWN = ['limits', 'signatures by hand'] as const;

const ownGroups: readonly LimitGroup[] = [
  {
    title: 'What back ends send',
    limits: [
      limit(
        'SOAP request, bytes',
        bySetting('MAX_SOAP_BYTES'),
        'PAYLOAD_TOO_LARGE',
        'server/http/soap/soap',
        'hostile requests get a fault, store nothing, and the next request is served',
      ),
      limit('depth of its elements', envelopeLimits.depth, 'XML_REFUSED', ...HOSTILE),
      limit('its elements', envelopeLimits.elements, 'XML_REFUSED', ...HOSTILE),
      limit('attributes of one of them', envelopeLimits.attributes, 'XML_REFUSED', ...HOSTILE),
      limit(
        'its ampersands (references to characters)',
        envelopeLimits.ampersands,
        'XML_REFUSED',
        ...HOSTILE,
      ),
      limit(
        'problems that a fault lists',
        MOST_TOLD,
        { instead: 'the rest is counted' },
        'server/http/soap/all-problems',
        'many problems are cut off, and the rest is counted, of either kind',
      ),
      limit(
        'certificates that a calling system shows',
        CALLER_CERTIFICATES,
        'CALLER_CERTIFICATE_UNREADABLE',
        'server/http/callers/proxies',
        'what cannot be read is refused, and says why',
      ),
      limit(
        'document uploaded to `/doc`, bytes',
        bySetting('MAX_DOCUMENT_BYTES'),
        'PAYLOAD_TOO_LARGE',
        'server/http/sds/sds',
        'documents beyond the limit',
      ),
      limit(
        'document inside an order, bytes',
        bySetting('MAX_DOCUMENT_BYTES'),
        'ORDER_INVALID',
        'server/http/soap/all-problems',
        'a document that is too large is a problem among others',
      ),
      limit(
        'document that is signed, bytes',
        `${grouped(MAX_SIGNED)}, or \`MAX_DOCUMENT_BYTES\` where that is less`,
        'ORDER_INVALID',
        'server/domain/order/size-limits',
        'a document that is too large for its package is refused with its order',
      ),
      limit(
        'uploaded document that no order uses, days',
        bySetting('SDS_DAYS'),
        'SDS_UNKNOWN',
        'server/application/flow',
        'time passes: tasks expire, uploads go, blobs that nothing refers to go a day later',
      ),
      limit('tasks of an order', MOST.task, 'ORDER_INVALID', ...BOUNDS),
      limit('documents of an order', MOST.document, 'ORDER_INVALID', ...BOUNDS),
      limit('document actions of an order', MOST['document-action'], 'ORDER_INVALID', ...BOUNDS),
      limit(
        'documents that one act signs',
        MOST_TOGETHER,
        { instead: 'the rest is signed in another' },
        'server/domain/signing-session/signing-options',
        'one act signs all documents of a task, where the method can and the task does not forbid it',
      ),
      limit('packaging tasks of an order', MOST['packaging-task'], 'ORDER_INVALID', ...BOUNDS),
      limit('id of a task, document or packaging task, characters', LONGEST_ID, 'ORDER_INVALID', ...BOUNDS),
      limit('`days-to-live`, `days-until-deletion`', `1 to ${grouped(MAX_DAYS)}`, 'ORDER_INVALID', ...BOUNDS),
      limit('`wait` of a schedule, days', MAX_WAIT_MINUTES / 24 / 60, 'ORDER_INVALID', ...BOUNDS),
      limit('rows of one findTasks', MOST_ROWS, 'SEARCH_INVALID', 'limits', 'searches: rows of one answer'),
      limit(
        'time of one search',
        `${SEARCH_SECONDS} seconds`,
        'SEARCH_TOO_WIDE',
        'server/application/ordering/searching',
        'a search that takes too long is stopped',
      ),
      limit(
        'LTV-SDOs of one create-package',
        MAX_SDOS,
        'SDO_COUNT_REFUSED',
        'limits',
        'packaging: LTV-SDOs of one call',
      ),
      limit(
        'passwords that are checked at once, and that wait',
        `${MAX_CHECKS} and ${MAX_WAITING}`,
        'UNAVAILABLE',
        'server/adapters/postgres/accounts/accounts',
        'whoever tries very many passwords at once is held off, and nobody else is',
      ),
      limit(
        'a request until it has come in whole',
        seconds(REQUEST_TIMEOUT_MS),
        { instead: 'the connection is closed' },
        'limits',
        'requests: the time until one has come in',
      ),
    ],
  },
  {
    title: 'What other systems ask of the login service',
    limits: [
      limit('address that a person is sent to, characters', LONGEST_LINK, 'LOGIN_REQUEST_REFUSED', ...LINKS),
      limit(
        'its `target`, characters',
        LONGEST_TARGET,
        'LOGIN_TARGET_REFUSED',
        'server/domain/login/targets',
        'what browsers would read in another way is none at all',
      ),
      limit('request of SAML 2.0, bytes', bytes(MAX_REQUEST), 'LOGIN_REQUEST_REFUSED', ...REQUESTS),
      limit('its `RelayState`, bytes', MAX_RELAY_STATE, 'LOGIN_REQUEST_REFUSED', ...REQUESTS),
      limit('its id, characters', LONGEST_REQUEST_ID, 'LOGIN_REQUEST_REFUSED', ...REQUESTS),
      limit('contexts that it names', MAX_CONTEXTS, 'LOGIN_REQUEST_REFUSED', ...REQUESTS),
      limit(
        'it is taken after it was made',
        `${REQUEST_MINUTES} minutes, once`,
        'LOGIN_REQUEST_REFUSED',
        'server/domain/login/service-provider',
        'a request is taken when it is signed where it must be, in time, for us and of a known address',
      ),
      limit(
        'metadata of a service provider, bytes',
        bytes(MAX_METADATA),
        'SP_METADATA_INVALID',
        'server/http/login/saml2/metadata',
        'metadata that cannot be used',
      ),
      limit('a log-on without a request', `${LOGIN_IDLE_MINUTES} minutes`, 'SESSION_GONE', ...LOGINS),
      limit(
        'its answer can be fetched, and is valid',
        `${ANSWER_SECONDS} seconds`,
        'SESSION_GONE',
        ...LOGINS,
      ),
    ],
  },
  {
    title: SIGNERS,
    limits: [
      limit(
        'artifact of single sign-on',
        `${ARTIFACT_SECONDS} seconds, once`,
        'ARTIFACT_INVALID',
        'server/application/flow',
        'an artifact opens its own task once, for thirty seconds',
      ),
      limit(
        'a session without a request',
        `${SESSION_IDLE_MINUTES} minutes`,
        'SESSION_GONE',
        'server/application/flow',
        'a session ends after half an hour without a request; the link starts over',
      ),
      limit(
        'uploaded file, bytes',
        `${grouped(MAX_SIGNED)}, or \`MAX_DOCUMENT_BYTES\` where that is less`,
        'PAYLOAD_TOO_LARGE',
        'server/http/portal/upload',
        'what is wrong is said on the page, and the signer tries again',
      ),
      limit(
        'a form, but for signatures and uploads',
        bytes(LARGEST_FORM),
        'PAYLOAD_TOO_LARGE',
        'server/http/portal/portal',
        'only a signature may be large',
      ),
      limit('a filled-in form of a PDF', bytes(MOST_BYTES), 'PAYLOAD_TOO_LARGE', ...FORMS),
      limit(
        'one of its values, characters',
        LONGEST_VALUE,
        { instead: 'the page says so beside the field' },
        ...FORMS,
      ),
      limit(
        'strokes and points of a signature by hand',
        `${HANDWRITING.strokes} and ${grouped(HANDWRITING.points)}`,
        { instead: 'the page asks for a simpler one' },
        ...DRAWN,
      ),
      limit(
        'its length and extent, of 1200 × 400',
        `at least ${HANDWRITING.least} and ${HANDWRITING.extent}`,
        { instead: 'the page asks for a clearer one' },
        ...DRAWN,
      ),
      limit(
        'a drawing as it is sent, characters',
        LONGEST_DRAWING,
        { instead: 'the page asks for a simpler one' },
        ...DRAWN,
      ),
      limit(
        'name, contact and links of an account, characters',
        `${LONGEST_DETAIL.displayName}, ${LONGEST_DETAIL.contact} and ${grouped(LONGEST_DETAIL.privacyUrl)}`,
        'DETAILS_INVALID',
        ...DETAILS,
      ),
      limit('logo of an account', bytes(MAX_LOGO_BYTES), 'DETAILS_INVALID', ...DETAILS),
      limit('a typed name, characters', HANDWRITING.name, { instead: 'the page asks for another' }, ...DRAWN),
    ],
  },
  {
    title: 'What the service does by itself',
    limits: [
      limit(
        'packaging that fails',
        tries('package-task'),
        { instead: 'an `error` event; `segl retry` takes it up' },
        'server/adapters/queue/queue',
        'failed work is tried again on schedule and then given up, once',
      ),
      limit(
        'notification that fails',
        tries('deliver-callback'),
        { instead: 'an `error` event' },
        'server/adapters/queue/retry',
        'callbacks: at least twelve tries over at least five days, whatever the jitter',
      ),
      limit(
        'work that ends its whole process',
        `${MAX_CRASHES} times`,
        { instead: 'it counts as failed' },
        'server/adapters/queue/queue',
        'work whose process is killed is taken up by another, and by no third when it kills them all',
      ),
      limit(
        'connections to PostgreSQL of one `serve`, `worker`, `start`',
        CONNECTED.map(mostConnections).join(', '),
        { instead: 'what needs one waits for it' },
        'e2e/connections',
        'with the queue on PostgreSQL',
      ),
      limit(
        'answer to a callback, time',
        seconds(CALLBACK_TIMEOUT_MS),
        'OUTBOUND_FAILED',
        'server/adapters/outbound/outbound',
        'answers are bounded in size and in time',
      ),
      limit(
        'answer to a callback, size',
        bytes(MAX_CALLBACK_BODY),
        { instead: 'the rest is not read' },
        'server/adapters/outbound/outbound',
        'answers are bounded in size and in time',
      ),
      limit(
        'answer of another service, size',
        bytes(MAX_POST_BODY),
        'OUTBOUND_FAILED',
        'server/adapters/outbound/outbound',
        'answers are bounded in size and in time',
      ),
      limit(
        'pause that a receiver may ask for (Retry-After)',
        `${LONGEST_WAIT_MS / 3_600_000} hours`,
        { instead: 'this is what is waited' },
        'limits',
        'notifications: the pause that is asked for',
      ),
      limit(
        'subject of a mail, characters',
        MAX_SUBJECT,
        { instead: 'the rest is cut off' },
        'limits',
        'notifications: the subject of a mail',
      ),
    ],
  },
  {
    title: 'What is validated',
    limits: [
      limit(
        'file, bytes',
        bySetting('MAX_DOCUMENT_BYTES'),
        'PAYLOAD_TOO_LARGE',
        'server/http/verify/verify',
        'API: what cannot be taken',
      ),
      limit(
        'files at once, and that wait',
        `${MAX_RUNNING} and ${MAX_WAITING_FILES}`,
        'VALIDATION_BUSY',
        'server/http/verify/verify',
        'the pool: one caller does not take the place of all',
      ),
      limit(
        'files of one address at once',
        MAX_PER_CALLER,
        'VALIDATION_BUSY',
        'server/http/verify/verify',
        'the pool: one caller does not take the place of all',
      ),
      limit('time for one file', seconds(VALIDATION_TIMEOUT_MS), 'VALIDATION_TOO_LONG'),
      limit('documents that the Viewer hands back, together', bytes(MAX_INLINE), {
        instead: 'the rest is only named',
      }),
      limit('XML that a second opinion is asked about', bytes(MAX_SECOND_OPINION), {
        instead: 'none is asked for',
      }),
    ],
  },
  {
    title: EVIDENCE,
    limits: [
      limit('container: files', MAX_ZIP_ENTRIES, 'ASIC_INVALID', ...ZIPS),
      limit(
        'container: all that is compressed in it, unpacked',
        bytes(MAX_UNPACKED),
        'ASIC_INVALID',
        ...ZIPS,
      ),
      limit('container: a name', bytes(ZIP_NAME), 'ASIC_INVALID', ...ZIPS),
      limit('PDF: nesting of objects', PDF_OBJECT_DEPTH, 'PDF_INVALID', ...PDFS),
      limit('PDF: dictionaries and strings in an object', PDF_OBJECT_PARTS, 'PDF_INVALID', ...PDFS),
      limit('PDF: depth of pages and names', MAX_TREE_DEPTH, 'PDF_INVALID', ...PDFS),
      limit('PDF: depth of form fields', PDF_FORM_DEPTH, 'PDF_INVALID', ...PDFS),
      limit('PDF: objects', MAX_OBJECT_NUMBER, 'PDF_INVALID', ...PDFS),
      limit('PDF: cross-reference entries', MAX_ENTRIES, 'PDF_INVALID', ...PDFS),
      limit('PDF: cross-reference sections', MAX_SECTIONS, 'PDF_INVALID', ...PDFS),
      limit(
        'PDF: cross-reference streams, unpacked',
        bytes(MAX_STREAM),
        'PDF_INVALID',
        'ades/pdf/document',
        'compressed bombs stop at the limit',
      ),
      limit('PDF: object streams, unpacked', bytes(MAX_OBJECT_STREAMS), 'PDF_INVALID'),
      limit('PDF: signatures', PDF_SIGNATURES, 'PDF_INVALID', 'limits', 'PDF files: signatures'),
      limit(
        'XML of a package: size, depth, tags',
        `${bytes(MAX_PACKAGE)}, ${EVIDENCE_XML.depth}, ${grouped(EVIDENCE_XML.tags)}`,
        'XML_INVALID',
        'ades/xml/xml',
        'limits hold, and do not leak what was read',
      ),
      limit(
        'its attributes: of an element, of all',
        `${EVIDENCE_XML.attributes}, ${grouped(EVIDENCE_XML.allAttributes)}`,
        'XML_INVALID',
        ...COUNTED,
      ),
      limit(
        'its namespaces: in scope of an element, bytes of a name',
        `${EVIDENCE_XML.namespaces}, ${EVIDENCE_XML.namespaceBytes}`,
        'XML_INVALID',
        ...COUNTED,
      ),
      limit(
        'namespace declarations in scope times their bytes, over all its elements',
        EVIDENCE_XML.scopes,
        'XML_INVALID',
        'ades/xml/xml',
        'many namespaces in many elements are too many before they are slow',
      ),
      limit(
        'a native signature, bytes',
        MAX_NATIVE,
        'PAYLOAD_TOO_LARGE',
        'server/domain/order/size-limits',
        'whatever can be ordered fits its package, and what does not fit is not kept',
      ),
      limit(
        'references of an XML signature',
        MAX_REFERENCES,
        'XMLDSIG_INVALID',
        'limits',
        'XML signatures: references',
      ),
      limit(
        'its certificates in KeyInfo',
        XML_CERTIFICATES,
        'XMLDSIG_INVALID',
        'limits',
        'XML signatures: certificates and prefixes',
      ),
      limit(
        'prefixes that an exclusive canonicalization names',
        MAX_PREFIXES,
        'XMLDSIG_INVALID',
        'limits',
        'XML signatures: certificates and prefixes',
      ),
      limit('XAdES: signatures of a document', MAX_SIGNATURES, 'XML_INVALID', ...XADES),
      limit('XAdES: their time-stamps, together', MAX_STAMPS, 'XML_INVALID', ...XADES),
      limit(
        'XAdES: certificates, answers and lists that a document carries',
        MAX_VALUES,
        'XML_INVALID',
        ...XADES,
      ),
      limit(
        'XAdES: what is canonicalized and digested, together',
        `${bytes(FREE_EFFORT)}, and the document ${MAX_PASSES} times`,
        { instead: 'the signature or time-stamp counts as broken' },
        'limits',
        'XAdES: what signatures are over, together',
      ),
      limit(
        'certificates of a CMS signature',
        CMS_CERTIFICATES,
        'CMS_INVALID',
        'limits',
        'CMS signatures: certificates',
      ),
      limit('signers of a CMS file', MAX_SIGNERS, 'ASN1_INVALID', 'limits', 'CMS signatures: signers'),
      limit(
        'its attributes, signed and unsigned each',
        CMS_ATTRIBUTES,
        'CMS_INVALID',
        'limits',
        'CMS signatures: attributes',
      ),
      limit(
        'DER: size, depth, bytes of an object identifier',
        `${bytes(DER_BYTES)}, ${DER_DEPTH}, ${MAX_OID_BYTES}`,
        'ASN1_INVALID',
        'limits',
        'DER',
      ),
      limit('RSA keys, bits', `2 048 to ${grouped(MAX_RSA_BITS)}`, 'CERT_PATH_INVALID', 'limits', 'RSA keys'),
      limit(
        'certificates of a path, and signatures tried for it',
        `${MAX_LENGTH} and ${MAX_SIGNATURE_CHECKS}`,
        'CERT_PATH_INVALID',
        'pki/x509/path',
        'a bundle made to keep us busy is given up on',
      ),
      limit(
        'OCSP answer, bytes',
        grouped(MAX_OCSP_BYTES),
        'OCSP_INVALID',
        'pki/revocation/revocation',
        'hostile answers',
      ),
      limit(
        'rounds in which a PKCS#12 file has its password hashed',
        MAX_ROUNDS,
        'PKCS12_INVALID',
        'limits',
        'key files: rounds',
      ),
      limit(
        'revocation list, bytes',
        grouped(MAX_CRL_BYTES),
        'CRL_INVALID',
        'pki/revocation/crl',
        'hostile bytes',
      ),
    ],
  },
];

/** The rows of methods follow those of the service. */
export const limitGroups: readonly LimitGroup[] = ownGroups.map(({ title, limits }) => ({
  title,
  limits: [...limits, ...methodLimits.flatMap((rows) => rows[title] ?? [])],
}));

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** docs/reference/limits.md. */
export function limitsPage(): string {
  const groups = limitGroups.map(({ title, limits }) => {
    const rows = limits.map(({ what, value, beyond, test }) => [
      what,
      value,
      typeof beyond === 'string' ? `\`${beyond}\`` : beyond.instead,
      test ? `${test[0]}: ${test[1]}` : '–',
    ]);
    return [
      `## ${title}`,
      '',
      '| limit | value | beyond it | test |',
      '| --- | --- | --- | --- |',
      ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
      '',
    ];
  });
  return [
    '# Limits',
    '',
    'Written by `npm run reference`; `segl help --limits` prints it. What is beyond a limit is refused with the error named',
    'here, as a fault, a page or a status, and nothing of it is kept. Limits that are not settings are far above honest use.',
    '',
    ...groups.flat(),
  ].join('\n');
}
