import { documentUploadRoutes } from '../records/document-uploads.ts';
import { userKind } from '../records/record-pages.ts';

export const userDocumentUploads = documentUploadRoutes(userKind);
