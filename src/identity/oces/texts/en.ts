/** English texts of the codes in `problems.ts`. */
export const en = {
  OCES_INVALID: 'This is not an OCES certificate that can be used: {why}.',
  'OCES_INVALID.todo': 'Use a certificate of the type that is asked for.',
  CALLER_CERTIFICATE_MISSING:
    'The account {service} needs a client certificate besides its password, and none came.',
  'CALLER_CERTIFICATE_MISSING.todo':
    'Have your client show its certificate (OCES3, FOCES or VOCES) in TLS; a proxy on the way must pass it on as CALLER_CERT_HEADER says.',
  CALLER_CERTIFICATE_UNREADABLE: 'The client certificate cannot be read: {why}.',
  'CALLER_CERTIFICATE_UNREADABLE.todo':
    'Show one X.509 certificate, with those of its issuers; the operator finds the forms of proxy headers in docs/guide/callers.md.',
  CALLER_CERTIFICATE_EXPIRED: 'The client certificate {what}.',
  'CALLER_CERTIFICATE_EXPIRED.todo':
    'Have it renewed; the CVR number and the UUID, FID or UID stay the same, so nothing needs to be registered anew.',
  CALLER_CHAIN_REFUSED: 'The client certificate is not of an accepted chain: {why}.',
  'CALLER_CHAIN_REFUSED.todo':
    'Use one of the chains that segl caller rules lists, and send the certificate of its issuer along.',
  CALLER_TYPE_REFUSED:
    'The client certificate is not that of an organisation or system (OCES3), a function (FOCES) or a company (VOCES): {why}.',
  'CALLER_TYPE_REFUSED.todo': 'Order a system certificate of OCES3 for the calling system.',
  CALLER_OCES2_ENDED: 'OCES2 certificates of callers are refused since {end}.',
  'CALLER_OCES2_ENDED.todo':
    'Order a system certificate of OCES3 and have the operator register it; OCES2_CALLERS_UNTIL says until when OCES2 was taken.',
  CALLER_CERTIFICATE_REVOKED: 'The client certificate, or an authority above it, was revoked {when}.',
  'CALLER_CERTIFICATE_REVOKED.todo': 'Order a new one; if nobody of yours had it revoked, tell the operator.',
  CALLER_STATUS_UNKNOWN: 'Nobody tells whether the client certificate is revoked.',
  'CALLER_STATUS_UNKNOWN.todo':
    'Try again in a minute; the operator sees in the log which address was asked.',
  'oces/authority': 'it is that of a certification authority',
  'oces/nameless': 'it names nobody',
  'oces/serial-number':
    'its serial number attribute is not that of an OCES person, employee, company or function',
  'oces/serial-numbers': 'it has several serial numbers of an OCES kind',
  'oces/subject-of-oces3':
    'its subject is not one of OCES3: one serial number UI:DK-O:G or UI:DK-E with a UUID, and one organisation identifier NTRDK with the CVR number',
  'oces/policy': 'its subject is of type {type}, but it is not issued under the policy {policies}',
  'oces/not-for-signatures': 'its key is not for digital signatures',
  'oces/key-of-authority': 'its key is that of an authority',
  'oces/not-committing': 'its key is not for signatures that commit (nonRepudiation)',
  'oces/committing':
    'its key is for signatures that commit (nonRepudiation), which one of type {type} cannot be',
  'oces/two-companies': 'it names two companies',
  'oces/no-broker': 'it is of {organization}, which is not known to be a broker',
  'oces/is-employee': 'an employee of {organization} (CVR {cvr}), known there as {uuid}',
  'oces/is-organisation': 'the organisation {organization} (CVR {cvr}), known as {uuid}',
  'oces/no-issuer': 'it has no issuer',
  'oces/other-environment': 'it belongs to the environment {other}, not to {name}',
  'oces/other-hierarchy': 'it belongs to another hierarchy, not to {name}',
  'oces/issuer': '{issuer} does not issue OCES certificates',
  'setting/trust-of-other':
    'NEMID_TRUST_FILE holds {name}, which is of the environment {other}: set NEMID_ENVIRONMENT={other}',
  'setting/trust-missing': 'NEMID_TRUST_FILE must name the trust anchors of the sandbox',
  'setting/trust-of-nobody':
    'NEMID_TRUST_FILE holds {name}, which is no trust anchor of NEMID_ENVIRONMENT={environment}: leave it unset',
  'setting/root-changed': 'certs/oces/{file}.pem is not the certificate that it should be: install Segl anew',
  'caller/not-a-certificate': 'it is no certificate',
  'caller/not-yet-valid': 'is not valid before {notBefore}',
  'caller/expired': 'expired at {notAfter}',
  'caller/chain-not-accepted': 'the chain {chain} is not accepted in the environment {environment}',
  'caller/names-a-person': 'it is of type {type}, which names a person',
} as const;
