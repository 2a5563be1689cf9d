import { Router } from 'express';
import { runTitles, type RunKind } from '../../domain/billing-run/billing-run.ts';
import { runList } from '../../domain/billing-run/billing-run-list.ts';
import { requestRun } from '../../domain/billing-run/request-run.ts';
import { flash } from '../../http/flash.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';
import { runBadges } from '../money-badges.ts';

export const billingRuns = Router();

billingRuns.get('/', may('invoices.issue'), async (req, res) => {
  const list = await readList(req, res, runList);
  if (!list) return;
  const [fetched] = await req.readTenant((db) => [runList.rows(db, list.query, list.place)]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/billing-runs/list', {
    title: 'Billing runs',
    currency: req.tenant.currency,
    runs: rows.map((run) => ({
      ...run,
      title: runTitles[run.kind as RunKind],
      badge: runBadges[run.status],
    })),
    ...links,
  });
});

billingRuns.post('/', may('invoices.issue'), async (req, res) => {
  const refused = await createOnce(
    req,
    res,
    'billing_run',
    async (db) => ({ ok: true as const, task: { id: await requestRun(db, req.actor) } }),
    ({ task }) => {
      flash(req, res, 'The billing run was started.');
      return `/tasks/${task.id}`;
    },
  );
  if (refused) await seeOther(req, res, '/billing-runs/new');
});
