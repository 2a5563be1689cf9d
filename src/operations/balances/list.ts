import { Router } from 'express';
import { MAX_COUNT } from '../../database/paginate.ts';
import { creditList } from '../../domain/billing-account/billing-account-list.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { customerLink, invoicesPath } from '../money-views.ts';

export const balances = Router();

balances.get('/', may('invoices.view'), async (req, res) => {
  const list = await readList(req, res, creditList);
  if (!list) return;
  const [{ rows: fetched, count }] = await req.readTenant((db) => [
    creditList.counted(db, list.query, list.place),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/balances/list', {
    title: 'Unapplied credit',
    balances: rows.map((balance) => ({
      ...balance,
      customer: customerLink(balance),
      invoices_href: invoicesPath(balance),
    })),
    count: Math.min(count, MAX_COUNT),
    has_more: count > MAX_COUNT,
    ...links,
  });
});
