/** What signature pages show besides signers and documents: the audit trail, and the logo of a graphical profile. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { problemIn } from '@segl/problem/problems';
import { PictureUnusable, readImage, type PageImage } from '../../documents/page/drawing/image.ts';
import type { PageEvent } from '../../documents/page/signature-page-data.ts';
import type { Config } from '../../config/config.ts';
import type { Logger } from '../../adapters/telemetry/log.ts';
import { projectFile } from '../../paths.ts';

/**
 * The events of all packages in the order of time. The packages of one session tell the same of it: what is about no document
 * is there once. `placeOf`: digest of a document (hex) → its place on the pages.
 */
export function eventsOf(
  packages: readonly { readonly verified: { readonly content: LtvSdoContent } }[],
  placeOf: ReadonlyMap<string, number>,
): PageEvent[] {
  const events = new Map<string, PageEvent>();
  for (const { verified } of packages) {
    const { signer, document, creation, creationAuditTrail, verificationAuditTrail } = verified.content;
    const own = placeOf.get(Buffer.from(document.sha256).toString('hex')) ?? 0;
    for (const { at, type, data } of [...creationAuditTrail, ...verificationAuditTrail]) {
      const isOfDocument = data.some(({ name }) => name === 'document-id');
      const key = [at.getTime(), type, isOfDocument ? own : '', creation.transactionId].join(' ');
      events.set(key, { at, type, signer: signer.displayName, ...(isOfDocument && { documentIndex: own }) });
    }
  }
  return [...events.values()].sort((one, other) => one.at.getTime() - other.at.getTime());
}

const LOGOS = ['logo.png', 'logo.jpg', 'logo.jpeg'];
const logos = new Map<string, Promise<PageImage | undefined>>();

/**
 * The logo of a graphical profile, as PNG or JPEG: a PDF takes no SVG. Read once. Undefined where the profile has none, or one
 * that only a browser can show: the log tells of that, and nobody's PDF waits for it.
 */
export async function profileLogo(
  { config, log }: { readonly config: Pick<Config, 'profilesDir'>; readonly log: Logger },
  profile: string | undefined,
): Promise<PageImage | undefined> {
  if (profile === undefined || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(profile)) return undefined;
  const folder = join(config.profilesDir ?? projectFile('templates', 'profiles'), profile);
  let logo = logos.get(folder);
  if (!logo) {
    logo = readLogo(folder, log);
    logos.set(folder, logo);
  }
  return logo;
}

async function readLogo(folder: string, log: Logger): Promise<PageImage | undefined> {
  const path = LOGOS.map((name) => join(folder, name)).find((file) => existsSync(file));
  if (path === undefined) return undefined;
  return readImage(path).catch((error: unknown) => {
    log.warn(
      { path, why: error instanceof PictureUnusable ? error.why : problemIn(error) },
      'a logo cannot stand on signature pages',
    );
    return undefined;
  });
}
