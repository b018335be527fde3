import type { ArchiveDesk } from '../../../application/api.ts';
import { soapService, type SoapService } from '../service.ts';
import { requiredText, textsOf } from '../wire-value.ts';

/** ArchiveService v3. `version` ("3.0") may be missing; the address says which version it is. */
export const archiveService = (desk: ArchiveDesk): SoapService =>
  soapService(
    'archiveservice-v3',
    desk,
    {
      getDocument: async ({ input, account }) => {
        const archiveId = requiredText(input, 'archive-id').trim();
        const { contentType, bytes } = await desk.getDocument(account, archiveId);
        return { 'archive-id': archiveId, 'mime-type': contentType, data: bytes };
      },
      removeDocument: async ({ input, account }) => {
        const ids = textsOf(input, 'archive-id').map((id) => id.trim());
        return { found: await desk.removeDocuments(account, ids) };
      },
    },
    { mayBeMissing: ['archive-request/version', 'archive-remove-request/version'] },
  );
