import { documentRoutes } from '../records/documents.ts';
import { companyKind } from '../records/record-pages.ts';

export const companyDocuments = documentRoutes(companyKind);
