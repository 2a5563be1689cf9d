import { Router } from 'express';
import { may } from '../http/guards.ts';
import { companies } from './companies/list.ts';
import { company } from './companies/show.ts';
import { companyCustomers } from './companies/customers.ts';
import { companyDocumentUploads } from './companies/document-uploads.ts';
import { companyDocuments } from './companies/documents.ts';
import { companyEmails } from './companies/emails.ts';
import { companyHistory } from './companies/history.ts';
import { companyLabels } from './companies/labels.ts';
import { companyLocations } from './companies/locations.ts';
import { companyNotes } from './companies/notes.ts';
import { companyRoles } from './companies/roles.ts';
import { companyStatus } from './companies/status.ts';
import { bulkUserActions } from './users/bulk-actions.ts';
import { user } from './users/show.ts';
import { userAccess } from './users/access.ts';
import { userActivationCode } from './users/activation-code.ts';
import { userDocumentUploads } from './users/document-uploads.ts';
import { userDocuments } from './users/documents.ts';
import { userEmails } from './users/emails.ts';
import { userHistory } from './users/history.ts';
import { userLabels } from './users/labels.ts';
import { userMerge } from './users/merge.ts';
import { userNotes } from './users/notes.ts';
import { users } from './users/list.ts';

/** The pages of users and companies. */
export function recordRoutes(): Router {
  const routes = Router();
  routes.use('/users', users);
  routes.use('/users', bulkUserActions);
  routes.use('/users', user);
  routes.use('/users', userAccess);
  routes.use('/users', userActivationCode);
  routes.use('/users', userLabels);
  routes.use('/users', userMerge);
  routes.use('/users', userDocuments);
  routes.use('/users', userEmails);
  routes.use('/users', userNotes);
  routes.use('/users', userHistory);
  routes.get('/customers', may('companies.view'), (_req, res) => res.redirect(303, '/customers/companies'));
  routes.use('/customers/companies', companies);
  routes.use('/customers/companies', company);
  routes.use('/customers/companies', companyCustomers);
  routes.use('/customers/companies', companyRoles);
  routes.use('/customers/companies', companyLabels);
  routes.use('/customers/companies', companyLocations);
  routes.use('/customers/companies', companyStatus);
  routes.use('/customers/companies', companyDocuments);
  routes.use('/customers/companies', companyEmails);
  routes.use('/customers/companies', companyNotes);
  routes.use('/customers/companies', companyHistory);
  return routes;
}

export function recordUploads(): Router {
  const routes = Router();
  routes.use('/users', userDocumentUploads);
  routes.use('/customers/companies', companyDocumentUploads);
  return routes;
}
