/** The differences that are known, by judge and aspect. */
import type { JudgeName } from './compare.ts';
import type { Aspect, Difference } from './differences.ts';

const entry =
  (judge: JudgeName, aspect: Aspect) =>
  (of: RegExp, theirs: RegExp, ours: RegExp, why: string): Difference => ({
    judge,
    aspect,
    of,
    theirs,
    ours,
    why,
  });

const dss = entry('EU DSS', 'indication');
const dssDetail = entry('EU DSS', 'sub-indication');
const dssLevel = entry('EU DSS', 'level');
const pyHanko = entry('pyHanko', 'indication');
const pyHankoDetail = entry('pyHanko', 'sub-indication');

const PASSED = /^TOTAL-PASSED$/;
const FORMAT = /FORMAT_FAILURE$/;
const CHAIN = /CERTIFICATE_CHAIN_GENERAL_FAILURE$/;

export const knownDifferences: readonly Difference[] = [
  dss(
    /; (the time-stamp|the archive time-stamp|the signature of the time-stamp|without its certificate values)/,
    PASSED,
    /SIG_CONSTRAINTS_FAILURE$/,
    'EU DSS leaves a time-stamp that does not hold aside and passes the signature without it. We ask that every time-stamp that a signature carries is over it: one that is not was tampered with or belongs elsewhere, which is a constraint on the signature (EN 319 102-1 clauses 5.2.8 and 5.5.4).',
  ),
  dss(
    /; (another content of a page|another size of a page|a script behind it)$/,
    PASSED,
    FORMAT,
    'The default policy of EU DSS fails such changes only where a visual comparison finds them, and warns of the rest. What came behind a signature may not change what a reader sees or does (EN 319 142-1 clause 6.2, ISO 32000-2 clause 12.8.2.2); pyHanko says so too.',
  ),
  dss(
    /; an annotation (behind it|added behind it)$/,
    PASSED,
    FORMAT,
    'The default policy of EU DSS warns of annotations. They may cover what was signed: without a certification that allows them they may not come (ISO 32000-2 clause 12.8.2.2).',
  ),
  dss(
    /; a field filled in behind it$/,
    PASSED,
    FORMAT,
    'A form that is filled in shows other content than was signed: without a certification that allows it, it may not be (ISO 32000-2 clause 12.8.2.2). EU DSS warns of it, also where a certification or a lock forbids it.',
  ),
  dss(
    /; a comment behind the end$/,
    PASSED,
    FORMAT,
    'Bytes behind the signed revision that belong to no update are covered by nothing, and some readers search them for objects (ISO 32000-2 clauses 7.5.6 and 12.8.1).',
  ),
  dss(
    /; the end cut off$/,
    PASSED,
    FORMAT,
    'EU DSS repairs a PDF without its end and judges the revisions before it. A file that has lost its end is not the one that was made (ISO 32000-2 clause 7.5.5).',
  ),
  dss(
    /; its validation data taken out by an update$/,
    PASSED,
    /TRY_LATER$/,
    'EU DSS also reads the validation data of earlier revisions. The data are those of the document catalog as it is now (EN 319 142-1 clause 5.4.2).',
  ),
  dss(
    /PAdES-LT, pyHanko; (without its certificate|the certificate of another)$/,
    PASSED,
    /NO_SIGNING_CERTIFICATE_FOUND$/,
    'EU DSS finds the certificate in the validation data of the PDF. It has to be in the signature (EN 319 122-1 clause 6.3, RFC 5652 clause 5.1).',
  ),
  dss(
    /^CAdES-LT, detached; without its revocation data$/,
    CHAIN,
    FORMAT,
    'What was taken out has left a version behind that says it is there (RFC 5652 clause 5.1).',
  ),
  dss(
    /; the signer not yet valid$/,
    CHAIN,
    /NOT_YET_VALID$/,
    'EU DSS does not come further than the revocation data, which are older than the certificate. The time-stamp proves that the signature was there before the certificate began (EN 319 102-1 clause 5.5.4).',
  ),
  dss(
    /; (a key that is for encryption|the certificate of an authority)$/,
    PASSED,
    /CHAIN_CONSTRAINTS_FAILURE$/,
    'The default policy of EU DSS asks nothing of the key usage. A key counts for what its certificate says (RFC 5280 clause 4.2.1.3, EN 319 102-1 clause 5.2.6.4).',
  ),
  dssDetail(
    /./,
    CHAIN,
    /TRY_LATER$/,
    'Where only the revocation status is missing, more data may settle it later: that is what TRY_LATER says (EN 319 102-1 clause 5.1.3, table 6).',
  ),
  dssDetail(
    /; (without its|the) revocation data/,
    CHAIN,
    /SIG_CONSTRAINTS_FAILURE$/,
    'Both miss the revocation data. We tell first that the archive time-stamp is not over what is there now (EN 319 102-1 clause 5.2.8).',
  ),
  dssDetail(
    /; (the signer expired|in four years)$/,
    CHAIN,
    /OUT_OF_BOUNDS_NO_POE$/,
    'EU DSS ends at revocation data about a certificate that has expired. That nothing proves the signature to be older than that is the reason that is told for it (EN 319 102-1 clause 5.2.6.4).',
  ),
  dssDetail(
    /; without its signed properties$/,
    /NO_SIGNING_CERTIFICATE_FOUND$/,
    /SIGNED_DATA_NOT_FOUND$/,
    'Both are true: the properties named the certificate, and they were signed. We tell the missing data first (EN 319 102-1 clauses 5.2.3 and 5.2.7).',
  ),
  dssLevel(
    /; (without KeyInfo|the certificate of another|without the certificate of the signer|without its certificate)$/,
    /./,
    /./,
    'Nobody knows whose signature it is. EU DSS names a level by what is left; ours is that of the properties that are there for XML, and none for a CMS that cannot be read (EN 319 132-1 clause 6.3).',
  ),
  dssLevel(
    /; (without its revocation data|the revocation data of another|the signer expired)$/,
    /./,
    /./,
    'A time-stamp from after the end of the certificate is there, and a CMS that cannot be read has no level (EN 319 132-1 and EN 319 122-1 clause 6.3). EU DSS names a lower level where a property does not do its work; with us that decides the indication.',
  ),
  pyHanko(
    /; a field filled in behind it$/,
    PASSED,
    FORMAT,
    'pyHanko takes fields that are filled in where no lock forbids it. They show other content than was signed, and no certification allows it (ISO 32000-2 clause 12.8.2.2).',
  ),
  pyHanko(
    /; a comment behind the end$/,
    PASSED,
    FORMAT,
    'As for EU DSS: bytes that belong to no update are covered by nothing (ISO 32000-2 clauses 7.5.6 and 12.8.1).',
  ),
  pyHanko(
    /certified, annotations may come; an annotation added behind it$/,
    FORMAT,
    PASSED,
    'The certification permits annotations (DocMDP level 3, ISO 32000-2 clause 12.8.2.2). We take notes and marks that readers draw by themselves, as EU DSS takes all; pyHanko takes none.',
  ),
  pyHanko(
    /; metadata behind it$/,
    FORMAT,
    PASSED,
    'What is told about a document is seen on no page. We take the change and tell of it, as EU DSS does (ISO 32000-2 clause 14.3.2).',
  ),
  pyHanko(
    /; the certificate that it names changed$/,
    /NO_SIGNING_CERTIFICATE_FOUND$/,
    /SIG_CRYPTO_FAILURE$/,
    'pyHanko stops where the attribute names another certificate. The attribute is signed: the signature value tells that it was changed, which is certain (EN 319 102-1 clause 5.2.7); EU DSS says so too.',
  ),
  pyHanko(
    /; the signer expired$/,
    PASSED,
    /OUT_OF_BOUNDS_NO_POE$/,
    'The time-stamp is from after the end of the certificate: it proves nothing that helps (EN 319 102-1 clause 5.5.4). pyHanko looks at the begin of the certificate only.',
  ),
  pyHanko(
    /; the signer not yet valid$/,
    CHAIN,
    /NOT_YET_VALID$/,
    'The time-stamp proves that the signature was there before the certificate began (EN 319 102-1 clause 5.5.4).',
  ),
  pyHanko(
    /; (a key that is for encryption|the certificate of an authority)$/,
    PASSED,
    /CHAIN_CONSTRAINTS_FAILURE$/,
    'pyHanko asks nothing of the key usage unless it is told to. A key counts for what its certificate says (RFC 5280 clause 4.2.1.3).',
  ),
  pyHanko(
    /; a time-stamp of an authority that is not trusted$/,
    /NO_CERTIFICATE_CHAIN_FOUND$/,
    PASSED,
    'A time-stamp that is not trusted is not relied on, and the signature holds without it, as for EU DSS (EN 319 102-1 clause 5.5.4).',
  ),
  pyHanko(
    /-T, pyHanko; in four years$/,
    PASSED,
    /TRY_LATER$/,
    'Nobody keeps the status of a certificate that has expired unless its issuer says so (RFC 6960 clause 4.4.4); EU DSS takes such answers no more than we do.',
  ),
  pyHanko(
    /-LTA?, pyHanko; in four years$/,
    /(TRY_LATER|NO_POE)$/,
    PASSED,
    'The time-stamp authority is still valid, its time-stamp proves when the signature was there, and the file carries what tells the status of the signer at that time (EN 319 102-1 clause 5.6.2); EU DSS says so too. pyHanko asks for newer answers about the authority.',
  ),
  pyHankoDetail(
    /./,
    CHAIN,
    /TRY_LATER$/,
    'As for EU DSS: more data may settle it later (EN 319 102-1 clause 5.1.3, table 6).',
  ),
  pyHankoDetail(
    /; (an RSA key of 1024 bits|SHA-1)$/,
    /CRYPTO_CONSTRAINTS_FAILURE$/,
    /CRYPTO_CONSTRAINTS_FAILURE_NO_POE$/,
    'The algorithm was good once, and nothing proves that the signature is from that time (EN 319 102-1 clause 5.2.8.4); EU DSS says so too.',
  ),
];
