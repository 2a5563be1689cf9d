import { Router, type Request } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { decidePayout } from '../../domain/payment/refund-payment.ts';
import {
  closePagesOf,
  continueRetry,
  retryPayment,
  stopRetrying,
} from '../../domain/payment/retry-payment.ts';
import { flash } from '../../http/flash.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { showPayment } from './show.ts';

type PaymentRequest = Request<{ id: string }>;

export const paymentRetry = Router().param('id', idParam);

paymentRetry.post('/:id/retry', may('payments.charge'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  const retry = () =>
    createOnce(
      req,
      res,
      'payment_retry',
      async (db) => {
        const retried = await retryPayment(db, req.actor, await getBilling(db), id);
        if (retried.ok) db.afterCommit(() => continueRetry(req.chargeDeps, req.tenant.id, id));
        return retried;
      },
      () => {
        flash(req, res, 'The payment is tried again. This page shows whether it succeeded.', {
          kind: 'info',
        });
        return `/payments/${id}`;
      },
    );
  let refused = await retry();
  if (refused?.errors.some(({ code }) => code === 'payment_pending')) {
    await closePagesOf(req.chargeDeps, req.tenant.id, id);
    refused = await retry();
  }
  if (refused) await showPayment(req, res.status(422), withErrors(req.body, refused));
});

paymentRetry.post('/:id/retry/removal', may('payments.charge'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant((db) => stopRetrying(db, req.actor, id));
  if (!result.ok) return showPayment(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The payment is not tried again.');
  await seeOther(req, res, `/payments/${id}`);
});

paymentRetry.post('/:id/payout', may('payments.refund'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) =>
    decidePayout(db, req.actor, await getBilling(db), { id, is_paid: true }),
  );
  if (!result.ok) return showPayment(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The refund is marked as paid out.');
  await seeOther(req, res, `/payments/${id}`);
});

paymentRetry.post('/:id/payout/cancellation', may('payments.refund'), async (req: PaymentRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) =>
    decidePayout(db, req.actor, await getBilling(db), { id, is_paid: false }),
  );
  if (!result.ok) return showPayment(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The refund was cancelled. Its amount is credit of the customer again.');
  await seeOther(req, res, `/payments/${id}`);
});
