/** Asks the tools that everybody has of a file: xmlsec1 and xmllint for XML, qpdf, pdfsig and openssl for PDFs. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DS, XADES } from '@segl/ades/xml/algorithms';

interface Ran {
  readonly code: number | null;
  readonly said: string;
}

/** `folder`: where names of files without one are looked for. */
function ran(command: string, args: readonly string[], folder?: string): Ran {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: folder });
  return { code: status, said: `${stdout}${stderr}`.slice(0, 2000) };
}

const problem = (who: string, { code, said }: Ran): string[] => (code === 0 ? [] : [`${who}: ${said}`]);

/** DER of the object identifier of a time-stamp (id-ct-TSTInfo), as the type of what is signed. */
const TST_INFO = Buffer.from('060b2a864886f70d0109100104', 'hex');
/** Behind the headers of ContentInfo, SignedData and its digest algorithms. */
const TYPE_WITHIN = 100;

/**
 * The files of the published schemas: XAdES 1.3.2 and 1.4.1 and XMLDSig. What they import from the web is replaced by the
 * files beside them, so that nothing is fetched. `folder`: where they are. Gives the file to validate against.
 */
export function localSchemas(folder: string): string {
  const own: Readonly<Record<string, string>> = {
    [DS]: 'xmldsig-core-schema.xsd',
    [XADES]: 'XAdES01903v132-202407.xsd',
    'http://uri.etsi.org/01903/v1.4.1#': 'XAdES01903v141-202407.xsd',
  };
  const imports = Object.entries(own).map(
    ([namespace, file]) => `<xs:import namespace="${namespace}" schemaLocation="local-${file}"/>`,
  );
  for (const file of Object.values(own)) {
    const text = readFileSync(join(folder, file), 'utf8')
      .replace(/<!DOCTYPE[^[>]*(\[[^\]]*\])?[^>]*>/, '')
      .replace(
        /(namespace=")([^"]+)("\s+schemaLocation=")[^"]+/g,
        (all, before: string, namespace: string, between: string) =>
          own[namespace] === undefined ? all : `${before}${namespace}${between}local-${own[namespace]}`,
      );
    writeFileSync(join(folder, `local-${file}`), text);
  }
  const all = join(folder, 'local-all.xsd');
  writeFileSync(
    all,
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports.join('')}</xs:schema>`,
  );
  return all;
}

/**
 * What is wrong with an XML signature: xmlsec1 verifies it up to the root, and it follows the schemas. `anchor`: file of the
 * root, DER; `schema`: see `localSchemas`. Detached data lie beside the file. RSASSA-PSS is beyond xmlsec1 before 1.3, so there only the schemas are asked.
 */
export function xmlToolProblems(
  file: string,
  { anchor, schema, isPss }: { readonly anchor: string; readonly schema: string; readonly isPss: boolean },
): string[] {
  const text = readFileSync(file, 'utf8');
  const signature = /<ds:Signature[ >][^]*<\/ds:Signature>/.exec(text)?.[0] ?? '';
  const alone = `${file}.signature.xml`;
  writeFileSync(alone, signature);
  const problems = problem('xmllint', ran('xmllint', ['--noout', '--nonet', '--schema', schema, alone]));
  if (isPss) return problems;
  const ids = ['--id-attr:Id', `${DS}:Object`, '--id-attr:Id', `${XADES}:SignedProperties`];
  const verified = ran('xmlsec1', ['--verify', '--trusted-der', anchor, ...ids, file], dirname(file));
  return [...problems, ...problem('xmlsec1', verified)];
}

/**
 * What is wrong with a signed PDF: qpdf finds no fault, pdfsig a valid signature, and openssl verifies every signature and
 * every document time-stamp over the bytes that /ByteRange names, up to the root. `anchor`: file of the root, PEM.
 */
export function pdfToolProblems(file: string, { anchor }: { readonly anchor: string }): string[] {
  const problems = problem('qpdf', ran('qpdf', ['--check', file]));
  const { said } = ran('pdfsig', ['-nocert', file]);
  // what validation data comes behind, pdfsig takes for a part that is not signed
  const isWhole = /Total document signed/.test(said) || /BASELINE-LT-/.test(file);
  if (!/Signature is Valid/.test(said) || !isWhole) problems.push(`pdfsig: ${said}`);
  const signatures = cutOut(readFileSync(file));
  if (signatures.length === 0) problems.push('openssl: there is nothing to verify');
  for (const { der, signed } of signatures) {
    const [token, data] = [`${file}.der`, `${file}.signed`];
    writeFileSync(token, der);
    writeFileSync(data, signed);
    const isStamp = der.subarray(0, TYPE_WITHIN).includes(TST_INFO);
    const said = isStamp
      ? ran('openssl', ['ts', '-verify', '-token_in', '-in', token, '-data', data, '-CAfile', anchor])
      : ran('openssl', [
          ...['cms', '-verify', '-binary', '-inform', 'DER', '-purpose', 'any', '-CAfile', anchor],
          ...['-in', token, '-content', data, '-out', '/dev/null'],
        ]);
    problems.push(...problem(`openssl ${isStamp ? 'ts' : 'cms'}`, said));
  }
  return problems;
}

/** Each signature with the bytes that it is over, found without our own reader of PDFs. */
function cutOut(pdf: Buffer): { readonly der: Buffer; readonly signed: Buffer }[] {
  const ranges = /\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/g;
  return [...pdf.toString('latin1').matchAll(ranges)].map((match) => {
    const [from, length, behind, rest] = match.slice(1).map(Number) as [number, number, number, number];
    const hex = pdf.toString('latin1', from + length + 1, behind - 1);
    const signed = [pdf.subarray(from, from + length), pdf.subarray(behind, behind + rest)];
    return { der: trimmed(Buffer.from(hex, 'hex')), signed: Buffer.concat(signed) };
  });
}

/** Without the zeros behind a DER value. */
function trimmed(bytes: Buffer): Buffer {
  const size = bytes[1]! < 0x80 ? 0 : bytes[1]! & 0x7f;
  const length = size === 0 ? bytes[1]! : bytes.readUIntBE(2, size);
  return bytes.subarray(0, 2 + size + length);
}
