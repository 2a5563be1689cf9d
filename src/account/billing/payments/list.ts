import { Router } from 'express';
import { ownerId } from '../../../domain/invoice/own-invoices.ts';
import { ownPaymentList } from '../../../domain/payment/payment-list.ts';
import { contextPath, ownerOf } from '../../../http/customer-context.ts';
import { may } from '../../../http/guards.ts';
import { readList } from '../../../http/read-list.ts';
import { translateFor } from '../../../http/render-page.ts';
import { paymentView } from '../payment-view.ts';

export const payments = Router({ mergeParams: true });

payments.get('/', may('billing.view'), async (req, res) => {
  const list = await readList(req, res, ownPaymentList, { owner: ownerId(ownerOf(req)) });
  if (!list) return;
  const [fetched] = await req.readTenant((db) => [ownPaymentList.rows(db, list.query, list.place)]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  const t = translateFor(req);
  res.page('account/billing/payments/list', {
    title: 'Payments',
    base: contextPath(req),
    payments: rows.map((payment) => paymentView(t, payment)),
    ...links,
  });
});
