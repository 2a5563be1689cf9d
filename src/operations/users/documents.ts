import { documentRoutes } from '../records/documents.ts';
import { userKind } from '../records/record-pages.ts';

export const userDocuments = documentRoutes(userKind);
