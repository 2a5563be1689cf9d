import { Router } from 'express';
import { may } from '../http/guards.ts';

export const billing = Router({ mergeParams: true });

billing.get('/', may('billing.view', 'payment_details.view'), (_req, res) => {
  res.page('account/billing', { title: 'Billing' });
});
