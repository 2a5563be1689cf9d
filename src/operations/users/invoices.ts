import { Router, type Request } from 'express';
import { findUser, listUserCompanies } from '../../domain/user/user-queries.ts';
import { displayName } from '../../domain/user/user.ts';
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

export const userInvoices = Router().param('id', idParam);

userInvoices.get('/:id/invoices', may('invoices.view'), async (req: Request<{ id: string }>, res) => {
  const { id } = req.params;
  const list = await readList(req, res, customerInvoiceList, { customer: id });
  if (!list) return;
  const [row, counts, companies, balances, billing, fetched] = await req.readTenant((db) => [
    findUser(db, id),
    countRecord(db, { type: 'user', id }),
    listUserCompanies(db, id),
    listBalances(db, { user_id: id }),
    findBilling(db),
    customerInvoiceList.rows(db, list.query, list.place),
  ]);
  const user = found(row);
  const page = await list.page(fetched);
  if (!page) return;
  const record_tabs = recordTabs(req, { type: 'user', id }, counts);
  res.page('operations/users/invoices', {
    title: 'Invoices of {name}',
    record_tabs,
    title_params: { name: displayName(user) },
    id,
    user_name: displayName(user),
    customer_key: user.email ?? user.id,
    companies,
    balances,
    list: shownList(customerInvoiceDisplay(`/users/${id}/invoices`), list, page, {
      context: contextOf(req),
      loaded: billing,
    }),
  });
});
