/** Everything that reads what others made, by the form of what it reads. */
import { toDer } from '@segl/pki/asn1/ber';
import { judgeCms } from '@segl/ades/cades/cms-judge';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { readPades } from '@segl/ades/pades/read';
import { readAttachments } from '@segl/ades/pades/verify';
import { checkPdf } from '@segl/ades/pdf/check';
import { readTimeStampToken } from '@segl/pki/tsp/timestamp';
import { readXades } from '@segl/ades/xades/read';
import { readEnvelope } from '@segl/server/http/soap/envelope';
import { judgeNativeSignature } from '@segl/identity/methods/nemid/evidence/judge';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { readRevocationList } from '@segl/pki/revocation/crl';
import { readOcspResponse } from '@segl/pki/revocation/ocsp-format';
import { readPkcs12 } from '@segl/server/adapters/keys/pkcs12';
import { environment } from '../../test/identity/methods/nemid/native-kit.ts';
import { MADE } from '../../test/support/signatures/validation.ts';
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
