import { Router, type Request } from 'express';
import { runTitles, type RunKind } from '../../domain/billing-run/billing-run.ts';
import { findRun } from '../../domain/billing-run/billing-run-list.ts';
import { found } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { runBadges } from '../money-badges.ts';

export const billingRun = Router().param('id', idParam);

billingRun.get('/:id', may('invoices.issue'), async (req: Request<{ id: string }>, res) => {
  const [row] = await req.readTenant((db) => [findRun(db, req.params.id)]);
  const run = found(row);
  res.page('operations/billing-runs/show', {
    title: runTitles[run.kind as RunKind],
    run,
    state_badge: runBadges[run.status],
    currency: req.tenant.currency,
  });
});
