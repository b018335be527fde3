/**
 * The level that a signature reaches. What its structure amounts to counts as far as its validation data are complete: LT and
 * above ask that revocation data are carried for every certificate that is neither self-signed nor a trust anchor, in the
 * paths of the signature and of all time-stamps but the last one that archives (ETSI EN 319 122-1, 319 132-1 and 319 142-1,
 * clause 6.3). Whether these data are recent enough is for the processes to judge.
 */
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import type { Certificate } from '@segl/pki/x509/certificate';
import { parseAll } from './certificate.ts';
import type { Role, SignatureFacts, TimeStampFacts } from './facts.ts';
import { digestOf, statusFromEvidence } from './status.ts';

/** As in path.ts: what is longer was made to keep us busy. */
const MAX_LENGTH = 8;

/** `anchors`: DER. */
export function levelReached(
  facts: SignatureFacts,
  anchors: Readonly<Record<Role, readonly Uint8Array[]>>,
): string | undefined {
  const { level, lowerLevel, certificate, evidence, stamps, certificates } = facts;
  // without a certificate there is no path, and nothing but the structure tells a level
  if (level === undefined || lowerLevel === undefined || !certificate) return level;
  const own = { certificate, certificates, role: facts.role };
  const ofStamp = ({ stamp }: TimeStampFacts) => ({ ...stamp!, role: 'time-stamp' as const });
  const last = stamps.findLastIndex(archives);
  const read = stamps.filter(({ stamp }) => stamp);
  const data = new CarriedData(evidence, anchors);
  const below = read.filter((one) => one !== stamps[last]).map(ofStamp);
  if (![own, ...below].every((one) => data.tellsOf(one))) return lowerLevel;
  // only a PDF can carry more than its time-stamps are over
  if (level !== 'LTA' || facts.format !== 'PAdES') return level;
  const isArchived = stamps.some((archive, index) => {
    if (!archives(archive)) return false;
    const covered = new CarriedData(onlyThose(evidence, archive.covers), anchors);
    const inside = stamps.slice(0, index).filter(({ stamp }) => stamp);
    const stands = inside.length > 0 || (archive.stamp !== undefined && data.tellsOf(ofStamp(archive)));
    return stands && [own, ...inside.map(ofStamp)].every((one) => covered.tellsOf(one));
  });
  return isArchived ? level : 'LT';
}

/** Document time-stamps archive from the first on that is over validation data. */
const archives = ({ kind, covers }: TimeStampFacts): boolean =>
  kind === 'archive' || (kind === 'document' && covers.size > 0);

const onlyThose = ({ certificates, ocsps, crls }: ValidationData, covers: ReadonlySet<string>) => ({
  certificates,
  ocsps: ocsps.filter((der) => covers.has(digestOf(der))),
  crls: crls.filter((der) => covers.has(digestOf(der))),
});

interface Signed {
  /** DER. */
  readonly certificate: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  readonly role: Role;
}

class CarriedData {
  readonly #evidence: ValidationData;
  readonly #anchors: Readonly<Record<Role, readonly Uint8Array[]>>;
  readonly #known = new Map<string, boolean>();

  constructor(evidence: ValidationData, anchors: Readonly<Record<Role, readonly Uint8Array[]>>) {
    this.#evidence = evidence;
    this.#anchors = anchors;
  }

  /** Revocation data are there for the whole path, at whichever time they are from. */
  tellsOf({ certificate, certificates, role }: Signed): boolean {
    const { ocsps, crls } = this.#evidence;
    let [current] = parseAll([certificate]);
    if (!current || ocsps.length + crls.length === 0) return false;
    const anchors = parseAll(this.#anchors[role]);
    const trusted = new Set(anchors.map(({ fingerprint }) => fingerprint));
    const candidates = [...anchors, ...parseAll([...certificates, ...this.#evidence.certificates])];
    for (let length = 1; length <= MAX_LENGTH; length++) {
      if (trusted.has(current.fingerprint) || issued(current, current)) return true;
      const subject: Certificate = current;
      const issuer = candidates.find((one) => issued(one, subject));
      if (!issuer || !this.#has(subject, issuer)) return false;
      current = issuer;
    }
    return false;
  }

  #has(certificate: Certificate, issuer: Certificate): boolean {
    const key = `${certificate.fingerprint} ${issuer.fingerprint}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = statusFromEvidence({
      certificate,
      issuer,
      evidence: this.#evidence,
      reference: certificate.notBefore,
      existedAt: () => certificate.notBefore,
    });
    const isThere = 'status' in found;
    this.#known.set(key, isThere);
    return isThere;
  }
}

/** Weak algorithms are judged elsewhere. */
const issued = (issuer: Certificate, subject: Certificate): boolean =>
  Buffer.compare(issuer.subjectRaw, subject.issuerRaw) === 0 &&
  subject.issuanceProblem(issuer, { allowSha1: true, allowRsa1024: true }) === undefined;
