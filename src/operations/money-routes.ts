import { Router } from 'express';
import { userInvoices } from './users/invoices.ts';
import { invoicePdfs } from './invoices/pdf.ts';
import { companyInvoices } from './companies/invoices.ts';
import { charges } from './invoices/charges.ts';
import { credits } from './invoices/credits.ts';
import { invoices } from './invoices/list.ts';
import { invoice } from './invoices/show.ts';
import { draft } from './invoices/edit.ts';
import { invoiceDeletion } from './invoices/deletion.ts';
import { invoiceWriteOff } from './invoices/write-off.ts';
import { creditNotes } from './invoices/credit-notes.ts';
import { deposits } from './payments/deposits.ts';
import { payments } from './payments/list.ts';
import { payment } from './payments/show.ts';

export function moneyRoutes(): Router {
  const routes = Router();
  routes.use('/users', userInvoices);
  routes.use('/invoices', invoicePdfs);
  routes.use('/customers/companies', companyInvoices);
  routes.use('/invoices/charges', charges);
  routes.use('/invoices/credits', credits);
  routes.use('/invoices', invoices);
  routes.use('/invoices', invoice);
  routes.use('/invoices', draft);
  routes.use('/invoices', invoiceDeletion);
  routes.use('/invoices', invoiceWriteOff);
  routes.use('/invoices', creditNotes);
  routes.use('/payments/deposits', deposits);
  routes.use('/payments', payments);
  routes.use('/payments', payment);
  return routes;
}
