/** Everything that reads what others made, by the form of what it reads. */
import { toDer } from '../../src/pki/asn1/ber.ts';
import { judgeCms } from '../../src/ades/cades/cms-judge.ts';
import { readLtvSdo } from '../../src/identity/evidence/ltvsdo/read.ts';
import { verifyLtvSdo } from '../../src/identity/evidence/ltvsdo/verify.ts';
import { readPades } from '../../src/ades/pades/read.ts';
import { readAttachments } from '../../src/ades/pades/verify.ts';
import { checkPdf } from '../../src/ades/pdf/check.ts';
import { readTimeStampToken } from '../../src/pki/tsp/timestamp.ts';
import { readXades } from '../../src/ades/xades/read.ts';
import { readEnvelope } from '../../src/server/http/soap/envelope.ts';
import { judgeNativeSignature } from '../../src/identity/methods/nemid/judge.ts';
import { readNativeMessage } from '../../src/identity/methods/nemid/message.ts';
import { parseCertificate } from '../../src/pki/x509/certificate.ts';
import { readRevocationList } from '../../src/pki/revocation/crl.ts';
import { readOcspResponse } from '../../src/pki/revocation/ocsp-format.ts';
import { readPkcs12 } from '../../src/server/adapters/keys/pkcs12.ts';
import { environment } from '../../test/identity/methods/nemid/native-kit.ts';
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
