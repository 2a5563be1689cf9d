import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { amount } from '../../domain/billing/amount-field.ts';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { findBalance, refundCredit, sendAfterCommit } from '../../domain/payment/refund-actions.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { withErrors } from '../form-errors.ts';
import { invoicesPath } from '../money-views.ts';

type BalanceRequest = Request<{ id: string }>;

export const balanceRefunds = Router().param('id', idParam);

balanceRefunds.get('/:id/refunds/new', may('payments.refund'), (req: BalanceRequest, res) =>
  showNew(req, res, emptyForm),
);

balanceRefunds.post('/:id/refunds', may('payments.refund'), async (req: BalanceRequest, res) => {
  const account_id = req.params.id;
  const refused = await createOnce(
    req,
    res,
    'credit_refund',
    async (db) => {
      const { currency } = found(await findBalance(db, account_id));
      const form = parseForm(z.object({ amount: amount(currency) }), req.body);
      if (!form.ok) return form;
      const values = { account_id, amount: form.values.amount };
      const requested = await refundCredit(db, req.actor, await getBilling(db), values);
      if (requested.ok) sendAfterCommit(db, req.chargeDeps, req.tenant.id, requested.payment_ids);
      return requested;
    },
    ({ payment_ids }) => {
      flash(req, res, 'The refund was requested.');
      return payment_ids.length === 1 ? `/payments/${payment_ids[0]}` : '/payments?status=refunds';
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

async function showNew(req: BalanceRequest, res: Response, form: Form): Promise<void> {
  const [row] = await req.readTenant((db) => [findBalance(db, req.params.id)]);
  const balance = found(row);
  const { id, currency, credit_cents } = balance;
  res.page('operations/balances/refunds/new', {
    title: 'Refund credit',
    form,
    id,
    currency,
    credit_cents,
    credit: toDecimal(credit_cents, currency),
    invoices_href: invoicesPath(balance),
  });
}
