/**
 * The OCES hierarchies. Each environment has its own trust anchors, issuing authorities and policies, and nothing of
 * one counts in another: a test certificate that passed for a real one would be a forged contract.
 */
import { ocesProblems } from './problems.ts';
import { readFileSync } from 'node:fs';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { packageFile } from '@segl/problem/paths';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { readOces, type OcesIdentity, type OcesPolicies } from './certificate.ts';

/** `sandbox`: any hierarchy of one's own; the other two are the public ones. */
export const ENVIRONMENT_NAMES = ['production', 'test', 'sandbox'] as const;
export type EnvironmentName = (typeof ENVIRONMENT_NAMES)[number];

export const isEnvironment = (name: string): name is EnvironmentName =>
  ENVIRONMENT_NAMES.some((one) => one === name);

export interface OcesEnvironment {
  readonly name: EnvironmentName;
  /** Roots, DER. */
  readonly anchors: readonly Uint8Array[];
  /** Issuing authorities that are known, DER; messages and certificates may bring others along. */
  readonly intermediates: readonly Uint8Array[];
  /** Which issuing authorities (CN) may stand right above a certificate; undefined: any below the anchors. */
  readonly issuers: RegExp | undefined;
  readonly policies: readonly OcesPolicies[];
  /** OCES3. Calling systems show its certificates, and brokers; employees sign with theirs in standard formats. */
  readonly oces3: Oces3Hierarchy;
  /** Whether OCES I counts, with SHA-1 and keys of 1024 bits: for judging messages of its time only. */
  readonly legacy: boolean;
}

export interface Oces3Hierarchy {
  /** Roots, DER. */
  readonly anchors: readonly Uint8Array[];
  /** Issuing authorities that are known, DER. */
  readonly intermediates: readonly Uint8Array[];
  /** Of certificate policies. */
  readonly policyPrefix: string;
}

interface Hierarchy {
  /** SHA-256 of the DER by file name below certs/oces of this package. */
  readonly roots: Readonly<Record<string, string>>;
  readonly intermediates: readonly string[];
  readonly issuers: RegExp;
  readonly policies: readonly OcesPolicies[];
}

type PublicName = Exclude<EnvironmentName, 'sandbox'>;

/** OCES II, which signed from 2010 on. */
const OCES_2: Readonly<Record<PublicName, Hierarchy>> = {
  production: {
    roots: {
      'trust2408-oces-primary-ca': '92d8092ee77bc9208f0897dc05271894e63ef27933ae537fb983eef0eae3eec8',
    },
    intermediates: ['i', 'ii', 'iii', 'iv', 'v'].map((number) => `trust2408-oces-ca-${number}`),
    issuers: /^TRUST2408 OCES CA [IVX]+$/,
    policies: [{ prefix: '1.2.208.169.1.1.1', arcs: 'by-type' }],
  },
  test: {
    roots: {
      'trust2408-systemtest-vii-primary-ca':
        '0e2fd1fda36a4bf3995e28619704d60e3382c91e44a2b458ab891316380b1d50',
    },
    intermediates: ['viii', 'xix', 'xxii', 'xxxiv'].map((number) => `trust2408-systemtest-${number}-ca`),
    issuers: /^TRUST2408 Systemtest [IVXLC]+ CA$/,
    policies: [{ prefix: '1.3.6.1.4.1.31313.2.4.6', arcs: 'by-type' }],
  },
};

/** OCES I, whose roots issued to people directly. The policies of its test system did not tell types apart. */
const OCES_1: Readonly<Record<PublicName, Hierarchy>> = {
  production: {
    roots: { 'tdc-oces-ca': '39c75caecee8920c909f132491641350b57e2702a65a991545b01d1be4a2220b' },
    intermediates: [],
    issuers: /^TDC OCES CA$/,
    policies: [],
  },
  test: {
    roots: {
      'tdc-oces-systemtest-ca-ii': '09e37c6958e511a3cc62703d4f880b2923ea203294b803062750d3533de41e65',
    },
    intermediates: [],
    issuers: /^TDC OCES Systemtest CA II$/,
    policies: [{ prefix: '1.1.1.1.1.1.1.1.1', arcs: 'common' }],
  },
};

/** Den Danske Stat, which issues since 2021; those of its test system have the same names but a unit more. */
const OCES_3: Readonly<Record<PublicName, Pick<Hierarchy, 'roots' | 'intermediates'>>> = {
  production: {
    roots: {
      'den-danske-stat-oces-rod-ca': '06fcb2cba39d4486e5308ad86980bcd7acd3b73b3bb126c75f6c4b4da04c9c09',
    },
    intermediates: ['den-danske-stat-oces-udstedende-ca-1'],
  },
  test: {
    roots: {
      'den-danske-stat-oces-rod-ca-cti': 'd1bcec41d7acae932b7dfe66a8b7341ca75952c8664fccef4c4ae2150f95c5ec',
    },
    intermediates: ['den-danske-stat-oces-udstedende-ca-1-cti'],
  },
};

/** The policies of both generations begin with it, those of its test system too. */
export const OCES_3_POLICIES = '1.2.208.169.1.1.1';

const PUBLIC_NAMES = ['production', 'test'] as const;

/**
 * An environment. `production` and `test` bring their anchors along; `anchors` (DER) may then narrow them down but add
 * none. `sandbox` needs `anchors` and `policyPrefix`, and refuses the public roots. `legacy` adds OCES I.
 * Throws CONFIG_INVALID naming the settings.
 */
export function ocesEnvironment(
  name: EnvironmentName,
  own: {
    readonly anchors?: readonly Uint8Array[] | undefined;
    readonly policyPrefix?: string | undefined;
    readonly legacy?: boolean;
  } = {},
): OcesEnvironment {
  const { legacy = false } = own;
  if (name === 'sandbox') return sandbox(own.anchors ?? [], own.policyPrefix ?? '', legacy);
  const hierarchies = legacy ? [OCES_2[name], OCES_1[name]] : [OCES_2[name]];
  const anchors = hierarchies.flatMap(({ roots }) => Object.keys(roots).map((file) => readRoot(file, roots)));
  const chosen = own.anchors && requireOwn(name, own.anchors, anchors);
  return {
    name,
    anchors: chosen ?? anchors,
    intermediates: hierarchies.flatMap(({ intermediates }) => intermediates.map(readCertificate)),
    issuers: new RegExp(hierarchies.map(({ issuers }) => issuers.source).join('|')),
    policies: hierarchies.flatMap(({ policies }) => policies),
    oces3: {
      anchors: Object.keys(OCES_3[name].roots).map((file) => readRoot(file, OCES_3[name].roots)),
      intermediates: OCES_3[name].intermediates.map(readCertificate),
      policyPrefix: OCES_3_POLICIES,
    },
    legacy,
  };
}

/** The environment that a certificate of a public authority belongs to; undefined for all others. */
export function environmentOf(certificate: Certificate): PublicName | undefined {
  return PUBLIC_NAMES.find((name) =>
    [OCES_3[name], OCES_2[name], OCES_1[name]].some(
      ({ roots, intermediates }) =>
        Object.values(roots).includes(certificate.fingerprint) ||
        intermediates.some(
          (file) => parseCertificate(readCertificate(file)).fingerprint === certificate.fingerprint,
        ),
    ),
  );
}

/**
 * Reads the holder of a path that was validated (leaf first, anchor last), which must be one of this environment:
 * its anchor, its issuing authority and its policies. Throws OCES_INVALID {why}.
 */
export function readOcesPath(path: readonly Certificate[], environment: OcesEnvironment): OcesIdentity {
  const [leaf, issuer] = path;
  const anchor = path.at(-1);
  if (!leaf || !issuer || !anchor)
    throw ocesProblems.error('OCES_INVALID', { why: ocesProblems.of('oces/no-issuer') });
  if (!environment.anchors.some((der) => Buffer.compare(der, anchor.der) === 0)) {
    const other = environmentOf(anchor);
    const { name } = environment;
    throw ocesProblems.error('OCES_INVALID', {
      why: other
        ? ocesProblems.of('oces/other-environment', { other, name })
        : ocesProblems.of('oces/other-hierarchy', { name }),
    });
  }
  if (environment.issuers && !environment.issuers.test(issuer.commonName)) {
    throw ocesProblems.error('OCES_INVALID', {
      why: ocesProblems.of('oces/issuer', { issuer: issuer.commonName }),
    });
  }
  return readOces(leaf, environment.policies);
}

function sandbox(anchors: readonly Uint8Array[], policyPrefix: string, legacy: boolean): OcesEnvironment {
  const [foreign] = anchors.map(parseCertificate).flatMap((one) => {
    const other = environmentOf(one);
    return other ? [ocesProblems.of('setting/trust-of-other', { name: one.commonName, other })] : [];
  });
  if (foreign) throw misconfigured(foreign);
  if (anchors.length === 0) throw misconfigured(ocesProblems.of('setting/trust-missing'));
  const policies = [{ prefix: policyPrefix, arcs: 'by-type' }] as const;
  const oces3 = { anchors, intermediates: [], policyPrefix };
  return { name: 'sandbox', anchors, intermediates: [], issuers: undefined, policies, oces3, legacy };
}

function requireOwn(
  name: PublicName,
  chosen: readonly Uint8Array[],
  anchors: readonly Uint8Array[],
): readonly Uint8Array[] {
  const stranger = chosen.find((der) => !anchors.some((anchor) => Buffer.compare(anchor, der) === 0));
  if (!stranger) return chosen;
  const { commonName } = parseCertificate(stranger);
  throw misconfigured(ocesProblems.of('setting/trust-of-nobody', { name: commonName, environment: name }));
}

const misconfigured = (problem: Problem): SeglError =>
  ocesProblems.error('CONFIG_INVALID', { problems: [problem] });

const certificates = new Map<string, Uint8Array>();

/** DER of a file below certs/oces of this package. Read once. */
function readCertificate(file: string): Uint8Array {
  const known = certificates.get(file);
  if (known) return known;
  const [der] = certificatesFromPem(
    readFileSync(packageFile(import.meta.url, 'certs', 'oces', `${file}.pem`), 'utf8'),
  );
  certificates.set(file, der!);
  return der!;
}

/** A file that somebody exchanged must not become a trust anchor. */
function readRoot(file: string, roots: Hierarchy['roots']): Uint8Array {
  const der = readCertificate(file);
  if (parseCertificate(der).fingerprint !== roots[file]) {
    throw misconfigured(ocesProblems.of('setting/root-changed', { file }));
  }
  return der;
}
