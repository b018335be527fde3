/** An XML signature with one thing changed in its text. */
import { edited } from '../attacks/attack.ts';

/** Takes the text of a file, and that of another by somebody else. */
type Fault = (text: string, other: string) => string;

const first = (text: string, pattern: RegExp): string => {
  const [, found] = pattern.exec(text) ?? [];
  if (found === undefined) throw new Error(`there is no ${String(pattern)}`);
  return found;
};

/** Another letter near the end of the base64 that `pattern` finds first: in a time-stamp, in its signature. */
function spoilt(text: string, pattern: RegExp): string {
  const value = first(text, pattern);
  const at = value.length - 8;
  const changed = `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`;
  return edited(text, value, changed);
}

const taken =
  (pattern: RegExp): Fault =>
  (text, other) =>
    edited(text, first(text, pattern), first(other, pattern));

const left =
  (pattern: RegExp): Fault =>
  (text) =>
    edited(text, pattern, '');

const VALUE = /<ds:SignatureValue[^>]*>([^<]+)</;
const DIGEST = /<ds:DigestValue>([^<]+)</;
const CERTIFICATE = /<ds:X509Certificate>([^<]+)</;
const STAMP = /<xades:SignatureTimeStamp[^]*?<xades:EncapsulatedTimeStamp[^>]*>([^<]+)</;
const ARCHIVE = /ArchiveTimeStamp[^]*?<xades:EncapsulatedTimeStamp[^>]*>([^<]+)</;
const REVOCATIONS = /(<xades:RevocationValues[^]*?<\/xades:RevocationValues>)/;

export const xmlFaults: Readonly<Record<string, Fault>> = {
  'the signature value changed': (text) => spoilt(text, VALUE),
  'the signature value of another': taken(VALUE),
  'the first digest changed': (text) => spoilt(text, DIGEST),
  'the signing time changed': (text) => edited(text, /<xades:SigningTime>20\d\d/, '<xades:SigningTime>2019'),
  'without KeyInfo': left(/<ds:KeyInfo[^]*?<\/ds:KeyInfo>/),
  'the certificate of another': taken(CERTIFICATE),
  'without the certificate of the signer': left(/<ds:X509Certificate>[^<]+<\/ds:X509Certificate>/),
  'a reference to what is not there': (text) => edited(text, /URI="#xades-[^"]+"/, 'URI="#nothing"'),
  'without its signed properties': left(/<xades:SignedProperties[^]*?<\/xades:SignedProperties>/),
  'an Id that is there twice': (text) => {
    const id = first(text, /<xades:SignedProperties Id="([^"]+)"/);
    return edited(text, /<ds:KeyInfo>/, `<ds:KeyInfo Id="${id}">`);
  },
  'another name for the algorithm': (text) =>
    edited(text, /(#(ecdsa|rsa)-sha)256"/, `#${first(text, /#(ecdsa|rsa)-sha256"/)}-sha512"`),
  'the end cut off': (text) => text.slice(0, -40),
  'a comment in SignedInfo': (text) => edited(text, '</ds:SignedInfo>', '<!-- nothing --></ds:SignedInfo>'),
};

/** For enveloped signatures over `document` of by-dss.ts. */
export const envelopedFaults: typeof xmlFaults = {
  'the document changed': (text) => edited(text, 'q="1"', 'q="2"'),
  'a comment in the document': (text) => edited(text, '<c/>', '<c/><!-- nothing -->'),
  'an element more in the document': (text) => edited(text, '<c/>', '<c/><c/>'),
};

/** For enveloping ones. */
export const envelopingFaults: typeof xmlFaults = {
  'the document changed': (text) => spoilt(text, /<ds:Object [^>]*>([A-Za-z0-9+/=]+)</),
  'without the document': left(/<ds:Object [^>]*>[A-Za-z0-9+/=]+<\/ds:Object>/),
};

export const stampedFaults: typeof xmlFaults = {
  'the time-stamp of another': taken(STAMP),
  'the time-stamp changed': (text) => spoilt(text, STAMP),
};

export const longTermFaults: typeof xmlFaults = {
  'without its revocation data': left(REVOCATIONS),
  'the revocation data of another': taken(REVOCATIONS),
  'without its certificate values': left(/<xades:CertificateValues[^]*?<\/xades:CertificateValues>/),
};

export const archivedFaults: typeof xmlFaults = {
  'the archive time-stamp of another': taken(ARCHIVE),
  'without its archive time-stamp': left(/<xades141:ArchiveTimeStamp[^]*?<\/xades141:ArchiveTimeStamp>/),
};
