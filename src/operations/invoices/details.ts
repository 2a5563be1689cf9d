import { customDetails } from '../custom-details.ts';

export const invoiceDetails = customDetails({
  entity: 'invoice',
  path: '/invoices',
  view: 'operations/invoices/details',
  permission: 'invoices.issue',
});
