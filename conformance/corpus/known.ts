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
    'EU DSS ignores a time-stamp that does not hold and passes the signature without it. We require every time-stamp in a signature to cover it: one that does not was tampered with or belongs elsewhere, which is a constraint on the signature (EN 319 102-1 clauses 5.2.8 and 5.5.4).',
  ),
  dss(
    /; (another content of a page|another size of a page|a script behind it)$/,
    PASSED,
    FORMAT,
    'The default policy of EU DSS fails such changes only if a visual comparison finds them, and warns of the rest. Whatever is added after a signature must not change what a reader sees or does (EN 319 142-1 clause 6.2, ISO 32000-2 clause 12.8.2.2); pyHanko agrees.',
  ),
  dss(
    /; an annotation (behind it|added behind it)$/,
    PASSED,
    FORMAT,
    'The default policy of EU DSS warns of annotations. They can cover what was signed, so they are not permitted without a certification that allows them (ISO 32000-2 clause 12.8.2.2).',
  ),
  dss(
    /; a field filled in behind it$/,
    PASSED,
    FORMAT,
    'A form that is filled in shows content other than what was signed, so this is not permitted without a certification that allows it (ISO 32000-2 clause 12.8.2.2). EU DSS only warns of it, even where a certification or a lock forbids it.',
  ),
  dss(
    /; a comment behind the end$/,
    PASSED,
    FORMAT,
    'Nothing covers bytes after the signed revision that belong to no update, and some readers search them for objects (ISO 32000-2 clauses 7.5.6 and 12.8.1).',
  ),
  dss(
    /; the end cut off$/,
    PASSED,
    FORMAT,
    'EU DSS repairs a PDF without its end and judges the revisions before it. A file that has lost its end is not the file that was made (ISO 32000-2 clause 7.5.5).',
  ),
  dss(
    /; its validation data taken out by an update$/,
    PASSED,
    /TRY_LATER$/,
    'EU DSS also reads the validation data of earlier revisions. Only the data in the current document catalog count (EN 319 142-1 clause 5.4.2).',
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
    'The version number still says that the removed data are there (RFC 5652 clause 5.1).',
  ),
  dss(
    /; the signer not yet valid$/,
    CHAIN,
    /NOT_YET_VALID$/,
    'EU DSS stops at the revocation data, which are older than the certificate. The time-stamp proves that the signature existed before the certificate became valid (EN 319 102-1 clause 5.5.4).',
  ),
  dss(
    /; (a key that is for encryption|the certificate of an authority)$/,
    PASSED,
    /CHAIN_CONSTRAINTS_FAILURE$/,
    'The default policy of EU DSS does not check the key usage. A key may be used only for what its certificate says (RFC 5280 clause 4.2.1.3, EN 319 102-1 clause 5.2.6.4).',
  ),
  dssDetail(
    /./,
    CHAIN,
    /TRY_LATER$/,
    'If only the revocation status is missing, more data may settle it later: that is what TRY_LATER means (EN 319 102-1 clause 5.1.3, table 6).',
  ),
  dssDetail(
    /; (without its|the) revocation data/,
    CHAIN,
    /SIG_CONSTRAINTS_FAILURE$/,
    'Both find that revocation data is missing. We report first that the archive time-stamp does not cover what is there now (EN 319 102-1 clause 5.2.8).',
  ),
  dssDetail(
    /; (the signer expired|in four years)$/,
    CHAIN,
    /OUT_OF_BOUNDS_NO_POE$/,
    'EU DSS stops at revocation data about a certificate that has expired. The reason to report is that nothing proves the signature to be older than that (EN 319 102-1 clause 5.2.6.4).',
  ),
  dssDetail(
    /; without its signed properties$/,
    /NO_SIGNING_CERTIFICATE_FOUND$/,
    /SIGNED_DATA_NOT_FOUND$/,
    'Both are true: the properties named the certificate, and they were signed. We report the missing data first (EN 319 102-1 clauses 5.2.3 and 5.2.7).',
  ),
  dssLevel(
    /; (without KeyInfo|the certificate of another|without the certificate of the signer|without its certificate)$/,
    /./,
    /./,
    'Nobody knows whose signature it is. EU DSS names a level from what is left; ours follows from the properties that are present for XML, and a CMS that cannot be read has none (EN 319 132-1 clause 6.3).',
  ),
  dssLevel(
    /; (without its revocation data|the revocation data of another|the signer expired)$/,
    /./,
    /./,
    'A time-stamp made after the certificate expired is still present, and a CMS that cannot be read has no level (EN 319 132-1 and EN 319 122-1 clause 6.3). EU DSS names a lower level if a property does not serve its purpose; with us, that decides the indication.',
  ),
  pyHanko(
    /; a field filled in behind it$/,
    PASSED,
    FORMAT,
    'pyHanko accepts filled-in fields where no lock forbids them. They show content other than what was signed, and no certification allows it (ISO 32000-2 clause 12.8.2.2).',
  ),
  pyHanko(
    /; a comment behind the end$/,
    PASSED,
    FORMAT,
    'As for EU DSS: nothing covers bytes that belong to no update (ISO 32000-2 clauses 7.5.6 and 12.8.1).',
  ),
  pyHanko(
    /certified, annotations may come; an annotation added behind it$/,
    FORMAT,
    PASSED,
    'The certification permits annotations (DocMDP level 3, ISO 32000-2 clause 12.8.2.2). We accept notes and marks that readers draw themselves, EU DSS accepts all annotations, pyHanko none.',
  ),
  pyHanko(
    /; metadata behind it$/,
    FORMAT,
    PASSED,
    'Metadata appear on no page. We accept the change and report it, as EU DSS does (ISO 32000-2 clause 14.3.2).',
  ),
  pyHanko(
    /; the certificate that it names changed$/,
    /NO_SIGNING_CERTIFICATE_FOUND$/,
    /SIG_CRYPTO_FAILURE$/,
    'pyHanko stops because the attribute names another certificate. The attribute is signed: the signature value shows that it was changed, which is certain (EN 319 102-1 clause 5.2.7); EU DSS agrees.',
  ),
  pyHanko(
    /; the signer expired$/,
    PASSED,
    /OUT_OF_BOUNDS_NO_POE$/,
    "The time-stamp was made after the certificate expired, so it proves nothing that helps (EN 319 102-1 clause 5.5.4). pyHanko only looks at the start of the certificate's validity.",
  ),
  pyHanko(
    /; the signer not yet valid$/,
    CHAIN,
    /NOT_YET_VALID$/,
    'The time-stamp proves that the signature existed before the certificate became valid (EN 319 102-1 clause 5.5.4).',
  ),
  pyHanko(
    /; (a key that is for encryption|the certificate of an authority)$/,
    PASSED,
    /CHAIN_CONSTRAINTS_FAILURE$/,
    'pyHanko does not check the key usage unless told to. A key may be used only for what its certificate says (RFC 5280 clause 4.2.1.3).',
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
    'Nobody keeps the status of an expired certificate unless its issuer says so (RFC 6960 clause 4.4.4); EU DSS does not accept such answers either.',
  ),
  pyHanko(
    /-LTA?, pyHanko; in four years$/,
    /(TRY_LATER|NO_POE)$/,
    PASSED,
    'The certificate of the time-stamp authority is still valid, its time-stamp proves when the signature existed, and the file carries the status of the signer at that time (EN 319 102-1 clause 5.6.2); EU DSS agrees. pyHanko asks for newer answers about the authority.',
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
    'The algorithm used to be good, but nothing proves that the signature is from that time (EN 319 102-1 clause 5.2.8.4); EU DSS agrees.',
  ),
];
