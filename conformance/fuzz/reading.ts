/**
 * Reads hostile files in a process of its own: `kind seed from count`, or `hostile name`. Says on standard output what it is
 * at, so that whoever started it knows what it hangs on, and at the end what was slowest and the most memory that it took.
 */
import { writeSync } from 'node:fs';
import { isSeglError } from '../../src/errors.ts';
import { judgeCms } from '../../src/ades/cms-judge.ts';
import { readTimeStampToken } from '../../src/ades/timestamp.ts';
import { readLtvSdo } from '../../src/ades/ltvsdo/read.ts';
import { readPades } from '../../src/ades/pades/read.ts';
import { readAttachments } from '../../src/ades/pades/verify.ts';
import { checkPdf } from '../../src/ades/pdf/check.ts';
import { readXades } from '../../src/ades/xades/read.ts';
import { readEnvelope } from '../../src/contract/envelope.ts';
import { readNativeMessage } from '../../src/eid/nemid/message.ts';
import { parseCertificate } from '../../src/pki/certificate.ts';
import { readOcspResponse } from '../../src/pki/ocsp-format.ts';
import { pseudoRandom } from '../../test/support/pdf.ts';
import { hostilePdfs } from './hostile-pdf.ts';
import { mutated } from './mutate.ts';
import { sources } from './sources.ts';

type Kind = 'xml' | 'der' | 'pdf';

const readers: Readonly<Record<Kind, readonly ((bytes: Uint8Array) => unknown)[]>> = {
  xml: [readXades, readLtvSdo, readNativeMessage, (bytes) => readEnvelope(bytes)],
  der: [parseCertificate, judgeCms, readTimeStampToken, readOcspResponse],
  pdf: [checkPdf, readPades, readAttachments],
};

let slowest = 0;

/** Every reader gives a result or a typed error; CPU time, because the machine may be busy. */
function read(kind: Kind, name: string, bytes: Uint8Array): void {
  writeSync(1, `at ${name}\n`);
  for (const reader of readers[kind]) {
    const before = process.cpuUsage();
    try {
      reader(bytes);
    } catch (error) {
      if (!isSeglError(error)) writeSync(1, `crash ${name}: ${(error as Error).stack ?? String(error)}\n`);
    }
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    slowest = Math.max(slowest, ms);
    if (ms > 2000) writeSync(1, `slow ${name}: ${ms.toFixed(0)} ms\n`);
  }
}

const [what = '', ...parameters] = process.argv.slice(2);
if (what === 'hostile') {
  const [name = ''] = parameters;
  read('pdf', name, hostilePdfs[name]!());
} else {
  const kind = what as Kind;
  const [seed = 0, from = 0, count = 0] = parameters.map(Number);
  const files = await sources(kind);
  for (let round = from; round < from + count; round++) {
    const random = pseudoRandom(seed + round * 7919);
    read(kind, `${kind} ${seed} ${round}`, mutated(kind, files[round % files.length]!, random));
  }
}
// kilobytes, the peak of the whole process
writeSync(1, `end ${slowest.toFixed(0)} ms ${Math.ceil(process.resourceUsage().maxRSS / 1024)} MB\n`);
