/** Sound files of every kind, to be damaged. */
import { createFiles } from '../../test/support/signatures/validation.ts';
import { createSealer } from '../../test/support/signatures/ltvsdo.ts';
import { makePdf, SMALL, writePdf } from '../../test/support/pdf/pdf.ts';
import { writeMessage } from '../../test/identity/methods/nemid/native-kit.ts';
import { readPades } from '@segl/ades/pades/read';
import { openXades } from '@segl/ades/xades/read';

const ENVELOPE =
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body><a:b xmlns:a="urn:x" c="d">e &amp; f</a:b></s:Body></s:Envelope>';

export async function sources(kind: 'xml' | 'der' | 'pdf'): Promise<readonly Uint8Array[]> {
  const files = createFiles();
  switch (kind) {
    case 'xml': {
      const bytes = await (await createSealer('EC-P256')).seal();
      return [await files.xades('LTA'), bytes, writeMessage(), Buffer.from(ENVELOPE)];
    }
    case 'der': {
      const [seal] = readPades(await files.pades('T')).signatures;
      const { stamps, carried, certificates } = openXades(await files.xades('LT'));
      return [
        seal!.signed!.contents,
        ...stamps.map(({ token }) => token),
        ...carried.ocsps.slice(0, 1),
        ...certificates,
      ];
    }
    case 'pdf':
      return [
        await files.pades('LTA'),
        await makePdf(2),
        await makePdf(2, true),
        writePdf({ ...SMALL, 4: '[(a)]' }, { hybrid: [2, 3] }),
      ];
  }
}
