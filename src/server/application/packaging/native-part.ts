/** The part of a package that depends on how it was signed: by the eID itself, or before the service as witness. */
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import {
  readPolicy,
  WSD_BUNDLE_PACKAGING_POLICY,
  WSD_IDENTITY_BUNDLE_PACKAGING_POLICY,
  WSD_IDENTITY_PACKAGING_POLICY,
  WSD_PACKAGING_POLICY,
  WSD_SIGNATURE_POLICY,
  type PolicyId,
} from '@segl/identity/evidence/ltvsdo/policy';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import type { SealPolicy } from '@segl/ades/xades/seal-form';
import { sealXml, type SealOptions } from '@segl/ades/xades/seal';
import { BY_HAND, NATIVE_WSD } from '@segl/identity/evidence/wsd/content';
import { readWsd } from '@segl/identity/evidence/wsd/read';
import { checkWsdSchema } from '@segl/identity/evidence/wsd/schema';
import { WSD_ENVELOPE } from '@segl/identity/evidence/wsd/write';
import type { EvidenceRegistry } from '@segl/identity/evidence/registry';
import { signatureTitle, type AccountEid, type AccountMethod } from '@segl/identity/registry';
import type { NativeSignatureRow, SessionRow } from '../../adapters/postgres/sessions/sessions.ts';

export type NativePart = Pick<LtvSdoContent, 'packagingPolicy' | 'native' | 'signature'> & {
  /** The eID's family, or BY_HAND. */
  readonly family: string;
  /** The eID's own, or one that identifies nobody. */
  readonly uniqueId: string;
};

interface NativeInput {
  readonly row: NativeSignatureRow;
  readonly session: SessionRow;
  /** What was kept as native. */
  readonly bytes: Uint8Array;
  readonly document: () => Promise<Uint8Array>;
  readonly seal: Omit<SealOptions, 'policy'>;
  /** Base URL of the service. */
  readonly publicUrl: string;
}

/** A policy as a seal names it. */
export function sealPolicy(id: PolicyId, publicUrl: string): SealPolicy {
  const { sha256: hash, fileName } = readPolicy(id);
  return { id, hash, uri: `${publicUrl}/policy/${fileName}` };
}

/** `trail`: types of the events about this document. */
export function nativePart(
  { methods, logins, signers }: AccountEid,
  input: NativeInput,
  trail: readonly string[],
): Promise<NativePart> {
  const { method, evidence } = input.row;
  if (!evidence.witnessed) return signedByMethod(methods.get(method), signers.registry, input, trail);
  return witnessed(method === '' ? undefined : logins.get(method), signers.registry, input);
}

async function signedByMethod(
  method: AccountMethod,
  registry: EvidenceRegistry,
  { row: { evidence }, bytes }: NativeInput,
  trail: readonly string[],
): Promise<NativePart> {
  const { family, module, name } = method;
  const signingTime = new Date(evidence.signingTime);
  const { handwriting, signer, validation, bundleIndex } = evidence;
  const known = evidence.format === undefined ? registry.firstOf(module) : registry.format(evidence.format);
  if (!known) throw new TypeError(`what ${name} makes has no format`);
  const { id: format, mimeType, version, title: formatFriendlyName } = known.format;
  const policy = registry.policyFor({ format, handwritten: handwriting !== undefined, trail });
  return {
    family,
    uniqueId: signer.uniqueId,
    packagingPolicy: policy.urn,
    signature: { typeFriendlyName: signatureTitle(method), formatFriendlyName, signingTime },
    native: {
      ...{ format, mimeType, version, bytes, signingTime, validation: binary(validation) },
      ...(bundleIndex !== undefined && { bundleIndex }),
    },
  };
}

/** The WSD gets its seal now, in front of that of the package. */
async function witnessed(
  method: AccountMethod | undefined,
  registry: EvidenceRegistry,
  input: NativeInput,
): Promise<NativePart> {
  const { row, session, bytes, seal, publicUrl } = input;
  const signingTime = new Date(row.evidence.signingTime);
  const policy = sealPolicy(WSD_SIGNATURE_POLICY, publicUrl);
  const wsd = await sealXml(Buffer.from(bytes).toString('utf8'), WSD_ENVELOPE, { ...seal, policy });
  checkWsdSchema(wsd);
  return {
    family: method?.family ?? BY_HAND,
    uniqueId: method ? row.evidence.signer.uniqueId : session.transactionId,
    packagingPolicy: witnessedPolicy(bytes, registry),
    signature: {
      typeFriendlyName: method?.title ?? 'Handwritten',
      formatFriendlyName: 'Witnessed signature',
      signingTime,
    },
    native: {
      ...NATIVE_WSD,
      bytes: wsd,
      signingTime,
      validation: { certificates: [], ocsps: [], crls: [] },
      ...(row.evidence.bundleIndex !== undefined && { bundleIndex: row.evidence.bundleIndex }),
      originalDocument: await input.document(),
    },
  };
}

/** By the kind of log-on that confirmed the statement, where one did, and whether it confirmed several. */
function witnessedPolicy(bytes: Uint8Array, registry: EvidenceRegistry): PolicyId {
  const { statement, bundle, login } = readWsd(bytes);
  const leavesEvidence = registry.login(statement.method, login?.message)?.login.checks !== undefined;
  if (bundle) return leavesEvidence ? WSD_IDENTITY_BUNDLE_PACKAGING_POLICY : WSD_BUNDLE_PACKAGING_POLICY;
  return leavesEvidence ? WSD_IDENTITY_PACKAGING_POLICY : WSD_PACKAGING_POLICY;
}

function binary({ certificates, ocsps, crls }: NativeSignatureRow['evidence']['validation']): ValidationData {
  const decode = (list: readonly string[]) => list.map((text) => Buffer.from(text, 'base64'));
  return { certificates: decode(certificates), ocsps: decode(ocsps), crls: decode(crls) };
}
