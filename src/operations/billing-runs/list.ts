import { Router } from 'express';
import { runTitles, type RunKind } from '../../domain/billing-run/billing-run.ts';
import { runList, type ListedRun } from '../../domain/billing-run/billing-run-list.ts';
import { requestRun } from '../../domain/billing-run/request-run.ts';
import { flash } from '../../http/flash.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { seeOther } from '../../http/see-other.ts';
import type { Column } from '../list-columns.ts';
import { listScreen } from '../list-screen.ts';
import { runBadges } from '../money-badges.ts';

export const billingRuns = Router();

export const runColumns: readonly Column<ListedRun>[] = [
  {
    name: 'day',
    heading: 'Day',
    kind: 'date',
    look: 'name short',
    cell: ({ id, local_date }) => ({ value: local_date, href: `/billing-runs/${id}` }),
  },
  { name: 'run', heading: 'Run', cell: ({ kind }) => ({ label: runTitles[kind as RunKind] }) },
  { name: 'state', heading: 'State', cell: ({ status }) => ({ badges: [runBadges[status]] }) },
  {
    name: 'invoices',
    heading: 'Invoices',
    kind: 'number',
    cell: ({ invoices }) => ({ value: invoices || null }),
  },
  {
    name: 'amount',
    heading: 'Amount',
    kind: 'money',
    cell: ({ amount_cents }, { currency }) => ({ value: amount_cents || null, currency }),
  },
  {
    name: 'errors',
    heading: 'Errors',
    kind: 'number',
    cell: ({ errors }) => ({ value: errors || null, tone: 'bad' }),
  },
];

billingRuns.get(
  '/',
  may('invoices.issue'),
  listScreen({
    title: 'Billing runs',
    path: '/billing-runs',
    list: runList,
    file: 'billing-runs',
    columns: runColumns,
    breadcrumbs: [{ href: '/invoices', text: 'Invoices' }, { text: 'Billing runs' }],
    actions: [{ text: 'Bill rentals', href: '/billing-runs/new', look: 'primary' }],
    filters: [
      {
        kind: 'many',
        name: 'kind',
        label: 'Run',
        options: Object.entries(runTitles).map(([value, label]) => ({ value, label })),
      },
      {
        kind: 'many',
        name: 'status',
        label: 'State',
        options: Object.entries(runBadges).map(([value, { text }]) => ({ value, label: text })),
      },
      { kind: 'range', name: 'day', label: 'Day' },
    ],
    noMatch: { heading: 'No billing runs match' },
    firstUse: {
      heading: 'No billing runs yet',
      icon: 'receipt',
      text: 'Every night, rentals are billed when their next period is due.',
      action: { text: 'Show what would be billed', href: '/billing-runs/new' },
    },
  }),
);

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
