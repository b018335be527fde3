/** XML signatures as facts: XAdES of every level, and plain XMLDSig. */
import type { UsedAlgorithm } from '@segl/pki/algorithms/algorithm-constraints';
import { publicKeyOf, readCertificateFields } from '@segl/pki/x509/certificate-fields';
import { readXades, type ReadXades } from '../../xades/read.ts';
import { signatureAlgorithms } from '../../xml/algorithms.ts';
import type { DetachedData } from '../../xml/reference.ts';
import { failed, passed, type Finding, type SignatureFacts, type TimeStampFacts } from '../facts.ts';
import { faultFinding } from '../fault-findings.ts';
import type { StampKind } from '../reports/report.ts';
import { digestsOf } from '../status.ts';
import { adesProblems } from '../../problems.ts';

/** All signatures of a document. Throws XML_INVALID when it cannot be read at all. */
export const readXmlFile = (bytes: Uint8Array, detached?: DetachedData): SignatureFacts[] =>
  readXades(bytes, { allowSha1: true, ...(detached && { detached }) }).map(xadesFacts);

export function xadesFacts(read: ReadXades): SignatureFacts {
  const isXades = read.level !== 'XML';
  return {
    format: isXades ? 'XAdES' : 'XMLDSig',
    ...(isXades && { level: read.level }),
    ...(isXades && read.lowerLevel !== read.level && { lowerLevel: read.lowerLevel }),
    ...(read.id !== undefined && { name: read.id }),
    findings: xadesFindings(read, isXades),
    ...(read.signed?.signingTime && { claimedTime: read.signed.signingTime }),
    ...(read.certificate && { certificate: read.certificate }),
    ...(read.signedInfo &&
      read.signatureValue && { core: { signed: read.signedInfo, value: read.signatureValue } }),
    ...(read.signed?.policy && { policy: read.signed.policy }),
    certificates: read.certificates,
    algorithms: usedAlgorithms(read),
    ...(read.signatureAlgorithm !== undefined && { algorithmName: read.signatureAlgorithm }),
    stamps: read.stamps.map(stampFacts),
    evidence: read.carried,
    role: 'any',
    freshness: 'fresh',
    xmlNumber: read.number,
  };
}

function xadesFindings(read: ReadXades, isXades: boolean): Finding[] {
  if (read.problem) return [faultFinding(read.problem)];
  const findings = [
    passed('format', 'structure'),
    passed('signing-certificate', 'identification'),
    passed(
      'cryptography',
      'references',
      adesProblems.of('xades/references', { count: read.references.length }),
    ),
    passed('cryptography', 'signature-value'),
    ...(read.beside === undefined
      ? []
      : [
          failed(
            'constraints',
            'coverage',
            'SIG_CONSTRAINTS_FAILURE',
            adesProblems.of('xades/unsigned-beside', { name: read.beside }),
          ),
        ]),
  ];
  if (!isXades) return findings;
  const why = adesProblems.of('xades/not-bound');
  return [
    ...findings,
    read.isBound
      ? passed('signing-certificate', 'binding')
      : failed('signing-certificate', 'binding', 'SIG_CONSTRAINTS_FAILURE', why),
  ];
}

function usedAlgorithms({ signatureAlgorithm, certificate, references }: ReadXades): UsedAlgorithm[] {
  const known = signatureAlgorithms.get(signatureAlgorithm ?? '');
  if (!known || !certificate) return [];
  const key = publicKeyOf(readCertificateFields(certificate));
  const scheme = known.pss ? 'RSA-PSS' : known.keyType === 'ec' ? 'EC' : 'RSA';
  return [known.hash, ...references.map(({ hash }) => hash)].map((digest) => ({ scheme, digest, key }));
}

const KINDS: Readonly<Record<string, StampKind>> = {
  SignatureTimeStamp: 'signature',
  SigAndRefsTimeStamp: 'signature',
  SigAndRefsTimeStampV2: 'signature',
  ArchiveTimeStamp: 'archive',
};

function stampFacts({ name, stamp, problem, before }: ReadXades['stamps'][number]): TimeStampFacts {
  return {
    kind: KINDS[name] ?? 'references',
    name,
    ...(stamp && { stamp }),
    ...(problem && { problem }),
    covers: digestsOf(before),
  };
}
