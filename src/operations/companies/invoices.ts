import { Router, type Request } from 'express';
import { findCompany } from '../../domain/company/company-queries.ts';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { customerInvoiceList } from '../../domain/invoice/invoice-list.ts';
import { listBalances } from '../../domain/invoice/invoice-queries.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { found } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { readList } from '../../http/read-list.ts';
import { customerInvoiceDisplay } from '../invoices/columns.ts';
import { contextOf, shownList } from '../list-display.ts';
import { recordTabs } from '../records/record-pages.ts';

export const companyInvoices = Router().param('id', idParam);

companyInvoices.get('/:id/invoices', may('invoices.view'), async (req: Request<{ id: string }>, res) => {
  const { id } = req.params;
  const list = await readList(req, res, customerInvoiceList, { customer: id });
  if (!list) return;
  const [row, counts, balances, billing, fetched] = await req.readTenant((db) => [
    findCompany(db, id),
    countRecord(db, { type: 'company', id }),
    listBalances(db, { company_id: id }),
    findBilling(db),
    customerInvoiceList.rows(db, list.query, list.place),
  ]);
  const company = found(row);
  const page = await list.page(fetched);
  if (!page) return;
  const record_tabs = recordTabs(req, { type: 'company', id }, counts);
  res.page('operations/companies/invoices', {
    title: 'Invoices of {name}',
    record_tabs,
    title_params: { name: company.name },
    company,
    customer_key: company.code,
    balances,
    list: shownList(customerInvoiceDisplay(`/customers/companies/${id}/invoices`), list, page, {
      context: contextOf(req),
      loaded: billing,
    }),
  });
});
