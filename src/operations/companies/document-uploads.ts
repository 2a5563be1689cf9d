import { documentUploadRoutes } from '../records/document-uploads.ts';
import { companyKind } from '../records/record-pages.ts';

export const companyDocumentUploads = documentUploadRoutes(companyKind);
