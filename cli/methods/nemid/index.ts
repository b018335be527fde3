/** NemID on the command line. */
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import type { CommandLinePart, DemoPart } from '../part.ts';

const OBJECT_ELEMENT = 'http://www.w3.org/2000/09/xmldsig#:Object';

const demo: DemoPart = {
  trust: ['NEMID_TRUST_FILE'],
  verify: readNativeMessage,
  certificates: (native) => readNativeMessage(native).certificates,
  // a message lists its certificates in no fixed order, which is not signed: the tool is given the leaf alone
  forXmlsec: (native) => ({ xml: withLeafOnly(native), identified: [OBJECT_ELEMENT] }),
};

/** The message with every CA certificate taken out of its KeyInfo. */
function withLeafOnly(message: Uint8Array): string {
  const { leaf } = readNativeMessage(message);
  const wanted = Buffer.from(leaf.der).toString('base64');
  return Buffer.from(message)
    .toString('utf8')
    .replace(/<(\w+:)?X509Data>[\s\S]*?<\/(\w+:)?X509Data>/g, (block) =>
      block.replace(/\s/g, '').includes(wanted) ? block : '',
    );
}

const nemid: CommandLinePart = {
  id: 'nemid',
  nationalId: { name: 'cpr', about: 'what the person gives where a CPR number is asked for' },
  demo,
  sample: {
    method: 'NemID',
    identifier: (number) => `PID:9208-2002-2-00000000000${number}`,
    events: [['cpr-verified', 2]],
  },
};

export default nemid;
