/** How NemID's messages are told in validation reports: by themselves, in packages, and as log-ons that were kept. */
import { reasonOf } from '@segl/problem/problem';
import { identityProblems } from '../../../problems.ts';
import { failed, NO_EVIDENCE, passed, type Finding } from '@segl/ades/validation/facts';
import type { FormatReader } from '@segl/ades/validation/readers/format-reader';
import { idsOf, judgeAll, NOTHING } from '@segl/ades/validation/judged';
import { isSeglError } from '@segl/problem/errors';
import type { LtvSdoContent } from '../../../evidence/ltvsdo/content.ts';
import type { MethodValidation } from '../../../method.ts';
import type { OcesEnvironment } from '../../../oces/environments.ts';
import { requireOwnContent } from './evidence.ts';
import { holdersOf } from './policy.ts';
import { readOces3Holder } from '../../../oces/holder.ts';
import { nemidTrust } from '../installation.ts';
import type { NativeMessage } from './message.ts';
import { readKeptLogin, readNativeFile } from './read-native.ts';

/** Reads native messages that stand for themselves. */
const nativeReader = (environment: OcesEnvironment, named: readonly Uint8Array[]): FormatReader => ({
  format: 'NemID',
  title: 'NemID',
  mediaType: 'application/xml',
  isPackage: false,
  recognises: ({ latin1, root }) =>
    /openoces\.org\/200[36]\/(07|10)\/signature#/.test(latin1) && /(^|:)signature$/i.test(root),
  async judge(bytes, context) {
    const at = context.proof?.at ?? context.now;
    const { facts, documents } = readNativeFile(bytes, environment, at, NO_EVIDENCE, named);
    const signatures = await judgeAll([facts], context);
    return { ...NOTHING, signatures, documents, xml: [{ bytes, ids: idsOf(signatures) }] };
  },
});

/** Whether the native signature is of the signer and the document that the package names. */
function ownContent(message: NativeMessage, content: LtvSdoContent): Finding {
  try {
    requireOwnContent(message, content, holdersOf(content));
    return passed('constraints', 'package', identityProblems.of('package/own-content'));
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    return failed('constraints', 'package', 'SIG_CONSTRAINTS_FAILURE', reasonOf(error));
  }
}

export const validation: MethodValidation<OcesEnvironment> = {
  trust: nemidTrust,
  // whoever has a certificate of the generation that followed signs with it in other formats
  anchors: ({ anchors, oces3 }) => [...anchors, ...oces3.anchors],
  readHolder: readOces3Holder,
  readers: (environment, named) => [nativeReader(environment, named)],
  readNative(content, environment, { at, named }) {
    const { bytes, validation: kept } = content.native;
    const { facts, message, documents } = readNativeFile(bytes, environment, at, kept, named);
    const own = message ? [ownContent(message, content)] : [];
    return { facts: { ...facts, findings: [...facts.findings, ...own] }, documents, isXml: true };
  },
  readLogin: (login, told, environment, { named }) => readKeptLogin(login, told, environment, named),
};
