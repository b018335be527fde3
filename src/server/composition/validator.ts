/** What judges files: threads, and whose signatures count. */
import type { Catalogue as ProblemTexts } from '@segl/problem/catalogue';
import type { Clock } from '@segl/problem/clock';
import type { AskStatus } from '@segl/ades/validation/status';
import type { Validation } from '@segl/ades/validation/validate';
import type { Catalogue } from '@segl/identity/catalogue';
import { methodTrust } from '@segl/identity/evidence/methods';
import type { EvidenceTrust } from '@segl/identity/evidence/trust';
import type { CertificateStatus } from '@segl/pki/revocation/revocation';
import { mergeValidationData, type ValidationData } from '@segl/pki/revocation/validation-data';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { ValidationPool } from '../application/validating/pool.ts';
import type { Config } from '../config/config.ts';
import { openCatalogue, problemTexts } from './methods.ts';
import { openTogether } from './open-parts.ts';
import { calendarOf, readAnchors } from './seal.ts';
import { openServices } from './services.ts';

/** What is asked about a file: `at` and `offline` as `segl verify` has them. */
export interface ValidationRequest {
  readonly bytes: Uint8Array;
  /** What a detached signature is over. */
  readonly content?: Uint8Array;
  readonly at?: Date;
  readonly offline?: boolean;
  /** Who asks, so that one does not take the place of all. */
  readonly caller?: string;
}

export interface Validator {
  /** `asked`: what issuers answered meanwhile, and whose certificates it was about. */
  validate(request: ValidationRequest): Promise<Validation & { readonly asked: ValidationData }>;
  /** What the problems in its reports are told with. */
  readonly problems: ProblemTexts;
  close(): Promise<void>;
}

/**
 * Whose signatures count: the anchors of the settings, where they are set; for signers as their methods read them.
 */
async function validationTrust(
  config: Config,
  { modules }: Catalogue,
  more: readonly Uint8Array[],
): Promise<EvidenceTrust> {
  const { sealTrustFile, tsaTrustFile, variables } = config;
  return {
    methods: await methodTrust(modules, variables),
    seal: sealTrustFile === undefined ? [] : await readAnchors(sealTrustFile),
    tsa: tsaTrustFile === undefined ? [] : await readAnchors(tsaTrustFile),
    more,
  };
}

/** `trust`: certificates (DER) that are trusted for everything, besides those of the settings. */
export const openValidator = (
  config: Config,
  { clock, trust: more = [] }: { clock: Clock; trust?: readonly Uint8Array[] },
): Promise<Validator> =>
  openTogether(async (parts) => {
    const algorithms = calendarOf(config);
    const catalogue = await openCatalogue(config);
    const trust = await validationTrust(config, catalogue, more);
    const { revocation } = parts.add(openServices(config, clock));
    const statusOf = (certificate: Uint8Array, issuer: Uint8Array): Promise<CertificateStatus> =>
      revocation.status(parseCertificate(certificate), parseCertificate(issuer));
    const methods = catalogue.references;
    const pool = parts.add(new ValidationPool({ trust, methods, algorithms, ask: statusOf }));
    return {
      problems: problemTexts(catalogue),
      validate: async ({ at = clock.now(), offline = false, ...request }: ValidationRequest) => {
        const asked: ValidationData[] = [];
        const ask: AskStatus = async (certificate, issuer) => {
          const told = await statusOf(certificate, issuer);
          const { ocsps, crls, responder } = told;
          asked.push({
            certificates: [certificate, issuer, ...(responder ? [responder.der] : [])],
            ocsps,
            crls,
          });
          return told;
        };
        const validation = await pool.validate({ ...request, at, offline, ask });
        return { ...validation, asked: mergeValidationData(asked) };
      },
    };
  });
