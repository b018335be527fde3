/** The packaging policy of witnessed signatures: what it wants to find in a package before it is sealed. */
import { identityProblems } from '../../problems.ts';
import type { Problem } from '@segl/problem/problem';
import type { PolicyGap } from '../../method.ts';
import type { LtvSdoContent } from '../ltvsdo/content.ts';
import { gapsOf, lacking, missing, unshown, sessionRules, type Rule } from '../policy-rules.ts';
import type { EvidenceRegistry } from '../registry.ts';
import { BY_HAND } from './content.ts';
import { verifyWsd } from './read.ts';

const LOGIN_CHECKS = ['core', 'challenge', 'binding', 'path', 'revocation'];

const rules = (registry: EvidenceRegistry): readonly Rule[] => [
  ...sessionRules,
  ['E7', ({ verification }) => lacking(verification, 'os', 'node', 'segl')],
  ['G3', unshown],
  ['L2', unverifiedLogin],
  ['P5', (content) => nationalId(content, registry)],
  ['P6', ({ creationAuditTrail }) => missing(creationAuditTrail, 'signature-created')],
  ['P7', ({ verificationAuditTrail }) => missing(verificationAuditTrail, 'created-and-signed-wsd')],
];

export const witnessedGaps = (content: LtvSdoContent, registry: EvidenceRegistry): PolicyGap[] =>
  gapsOf(rules(registry))(content);

function unverifiedLogin({ creation, verificationAuditTrail }: LtvSdoContent): Problem | undefined {
  if (creation.type === BY_HAND) return undefined;
  return LOGIN_CHECKS.map((check) => missing(verificationAuditTrail, `verified-${check}`)).find(
    (why) => why !== undefined,
  );
}

/** Where there is a number, the method of the log-on says what must be told of it. */
function nationalId(content: LtvSdoContent, registry: EvidenceRegistry): Problem | undefined {
  if (!content.signer.nationalId) return undefined;
  const { method } = verifyWsd(content.native.bytes).content.statement;
  const known = registry.login(method);
  return known ? known.login.nationalIdGap(content) : identityProblems.of('packaging/identity-unverified');
}
