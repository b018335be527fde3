/** The packaging policy of witnessed signatures: what it wants to find in a package before it is sealed. */
import { identityProblems } from '../../problems.ts';
import type { Problem } from '@segl/problem/problem';
import type { PolicyGap } from '../../method.ts';
import type { LtvSdoContent } from '../ltvsdo/content.ts';
import { gapsOf, lacking, missing, unshown, sessionRules, type Rule } from '../policy-rules.ts';
import type { EvidenceRegistry, KnownLogin } from '../registry.ts';
import { BY_HAND } from './content.ts';
import { verifyWsd } from './read.ts';

const LOGIN_CHECKS = ['core', 'challenge', 'binding', 'path', 'revocation'];

const rules = (registry: EvidenceRegistry): readonly Rule[] => [
  ...sessionRules,
  ['E7', ({ verification }) => lacking(verification, 'os', 'node', 'segl')],
  ['G3', unshown],
  ['L2', (content) => unverifiedLogin(content, registry)],
  ['P5', (content) => nationalId(content, registry)],
  ['P6', ({ creationAuditTrail }) => missing(creationAuditTrail, 'signature-created')],
  ['P7', ({ verificationAuditTrail }) => missing(verificationAuditTrail, 'created-and-signed-wsd')],
];

export const witnessedGaps = (content: LtvSdoContent, registry: EvidenceRegistry): PolicyGap[] =>
  gapsOf(rules(registry))(content);

function unverifiedLogin(content: LtvSdoContent, registry: EvidenceRegistry): Problem | undefined {
  const { creation, verificationAuditTrail } = content;
  if (creation.type === BY_HAND) return undefined;
  const checks = loginOf(content, registry)?.login.checks ?? LOGIN_CHECKS;
  return checks
    .map((check) => missing(verificationAuditTrail, `verified-${check}`))
    .find((why) => why !== undefined);
}

/** Where there is a number, the method of the log-on says what must be told of it. */
function nationalId(content: LtvSdoContent, registry: EvidenceRegistry): Problem | undefined {
  if (!content.signer.nationalId) return undefined;
  const known = loginOf(content, registry);
  return known ? known.login.nationalIdGap(content) : identityProblems.of('packaging/identity-unverified');
}

function loginOf({ native }: LtvSdoContent, registry: EvidenceRegistry): KnownLogin | undefined {
  const { statement, login } = verifyWsd(native.bytes).content;
  return registry.login(statement.method, login?.message);
}
