import { randomBase36 } from '@segl/problem/ids';
import type { Logger } from '../../adapters/telemetry/log.ts';
import { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import { soapMediaType, writeEnvelope, type SoapVersion } from './envelope.ts';
import { escapeText } from './xml-text.ts';

/** Namespace of what stands in a fault's detail. */
const DETAIL = 'urn:segl:fault';

/**
 * What may be told to a caller: a SeglError as it is; anything else as INTERNAL with a reference under which the log
 * has the cause.
 */
export function tellable(error: unknown, log: Logger): SeglError {
  if (error instanceof SeglError) return error;
  const reference = randomBase36(12);
  log.error({ err: error, reference }, 'unexpected failure');
  return generalProblems.error('INTERNAL', { reference });
}

/** Code of the fault in the words of each SOAP version (1.1 §4.4.1, 1.2 part 1 §5.4.6). */
function faultCode(error: SeglError, version: SoapVersion): string {
  if (error.code === 'SOAP_VERSION') return 'VersionMismatch';
  if (error.code === 'SOAP_MUST_UNDERSTAND') return 'MustUnderstand';
  if (version === '1.1') return error.fault;
  return error.fault === 'Client' ? 'Sender' : 'Receiver';
}

/** Each problem of a request that is wrong in several places. */
function problemLines({ params: { problems } }: SeglError): string[] {
  if (!Array.isArray(problems)) return [];
  return (problems as readonly Problem[]).map((problem) => serverProblems.catalogue.text(problem, 'en'));
}

function detail(error: SeglError): string {
  const problems = problemLines(error).map((line) => `<problem>${escapeText(line)}</problem>`);
  const { reference } = error.params;
  return [
    `<error xmlns="${DETAIL}"><code>${error.code}</code>`,
    typeof reference === 'string' ? `<reference>${escapeText(reference)}</reference>` : '',
    ...problems,
    '</error>',
  ].join('');
}

export interface SoapReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * A fault: HTTP 500, an English sentence that says what to do, and in the detail the stable code (and, for an invalid
 * order, each problem by itself).
 */
export function faultReply(error: SeglError, version: SoapVersion): SoapReply {
  const code = `soap:${faultCode(error, version)}`;
  const sentence = escapeText(error.message);
  const fault =
    version === '1.1'
      ? `<faultcode>${code}</faultcode><faultstring>${sentence}</faultstring><detail>${detail(error)}</detail>`
      : `<soap:Code><soap:Value>${code}</soap:Value></soap:Code>` +
        `<soap:Reason><soap:Text xml:lang="en">${sentence}</soap:Text></soap:Reason>` +
        `<soap:Detail>${detail(error)}</soap:Detail>`;
  return {
    status: 500,
    contentType: soapMediaType[version],
    body: writeEnvelope(version, `<soap:Fault>${fault}</soap:Fault>`),
  };
}
