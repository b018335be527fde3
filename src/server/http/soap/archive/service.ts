import type { ArchiveService } from '../../../application/api.ts';
import { soapService, type SoapService } from '../service.ts';
import { requiredText, textsOf } from '../wire-value.ts';

/** ArchiveService v3. `version` ("3.0") may be missing; the address says which version it is. */
export const archiveService = (api: ArchiveService): SoapService =>
  soapService(
    'archiveservice-v3',
    api,
    {
      getDocument: async ({ input, account }) => {
        const archiveId = requiredText(input, 'archive-id').trim();
        const { contentType, bytes } = await api.getDocument(account, archiveId);
        return { 'archive-id': archiveId, 'mime-type': contentType, data: bytes };
      },
      removeDocument: async ({ input, account }) => {
        const ids = textsOf(input, 'archive-id').map((id) => id.trim());
        return { found: await api.removeDocuments(account, ids) };
      },
    },
    { mayBeMissing: ['archive-request/version', 'archive-remove-request/version'] },
  );
