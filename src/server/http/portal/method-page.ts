/** What a page needs for the part that shows a method (`parts/method-*`), whatever the page is about. */
import type { StartedMethod } from '../../application/signing-api.ts';
import { makeQrCode, svgPath } from '../../documents/page/drawing/qr-code.ts';
import { scriptJson } from './page.ts';

/** `frameOrigin`: of the client that the page frames, if any. */
export function methodPage({ title, module, show: shown }: StartedMethod): {
  readonly frameOrigin?: string;
  readonly data: Readonly<Record<string, unknown>>;
} {
  return {
    ...(shown.as === 'frame' && { frameOrigin: new URL(shown.url).origin }),
    data: {
      ...{ show: shown, method: title, module },
      ...(shown.as === 'frame' && {
        signing: scriptJson({
          clientUrl: shown.url,
          clientOrigin: new URL(shown.url).origin,
          parameters: shown.parameters,
        }),
      }),
      ...(shown.as === 'script' && { options: scriptJson(shown.options) }),
      ...(shown.as === 'poll' && shown.qr !== undefined && { qr: drawnQr(shown.qr) }),
    },
  };
}

function drawnQr(content: string): { readonly size: number; readonly path: string } {
  const code = makeQrCode(content);
  return { size: code.size, path: svgPath(code) };
}
