/** Everything that reads what others made, by the form of what it reads. */
import { toDer } from '../../src/ades/ber.ts';
import { judgeCms } from '../../src/ades/cms-judge.ts';
import { readLtvSdo } from '../../src/ades/ltvsdo/read.ts';
import { verifyLtvSdo } from '../../src/ades/ltvsdo/verify.ts';
import { readPades } from '../../src/ades/pades/read.ts';
import { readAttachments } from '../../src/ades/pades/verify.ts';
import { checkPdf } from '../../src/ades/pdf/check.ts';
import { readTimeStampToken } from '../../src/ades/timestamp.ts';
import { readXades } from '../../src/ades/xades/read.ts';
import { readEnvelope } from '../../src/contract/envelope.ts';
import { judgeNativeSignature } from '../../src/eid/nemid/judge.ts';
import { readNativeMessage } from '../../src/eid/nemid/message.ts';
import { parseCertificate } from '../../src/pki/certificate.ts';
import { readRevocationList } from '../../src/pki/crl.ts';
import { readOcspResponse } from '../../src/pki/ocsp-format.ts';
import { readPkcs12 } from '../../src/pki/pkcs12.ts';
import { environment } from '../../test/eid/nemid/native-kit.ts';
import { MADE } from '../../test/support/validation.ts';
import { hostileDer, listIssuer } from './hostile-der.ts';
import { hostilePdfs } from './hostile-pdf.ts';
import { files, hostileXml } from './hostile-xml.ts';

export type Kind = 'xml' | 'der' | 'pdf';

type Reader = (bytes: Uint8Array) => unknown;

/** The whole of a file, as the validator judges it. */
const validate: Reader = (bytes) => files.validate(bytes);

export const readers: Readonly<Record<Kind, Readonly<Record<string, Reader>>>> = {
  xml: {
    readXades,
    readLtvSdo,
    verifyLtvSdo,
    readNativeMessage,
    judge: (bytes) => judgeNativeSignature(bytes, { at: MADE, environment }),
    readEnvelope: (bytes) => readEnvelope(bytes),
    validate,
  },
  der: {
    parseCertificate: (bytes) => void parseCertificate(bytes).publicKey,
    toDer,
    judgeCms,
    readTimeStampToken,
    readOcspResponse,
    readRevocationList: (bytes) => readRevocationList(bytes, { issuer: listIssuer.certificate }),
    readPkcs12: (bytes) => readPkcs12(bytes, 'password'),
    validate,
  },
  pdf: { checkPdf, readPades, readAttachments, validate },
};

export const hostile: Readonly<
  Record<Kind, Readonly<Record<string, () => Uint8Array | Promise<Uint8Array>>>>
> = {
  xml: hostileXml,
  der: hostileDer,
  pdf: hostilePdfs,
};
