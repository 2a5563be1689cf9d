import { Router, type Request, type Response } from 'express';
import { MAX_COUNT } from '../../database/paginate.ts';
import { disputeState, shortPaymentList } from '../../domain/short-payment/short-payment-list.ts';
import { may } from '../../http/guards.ts';
import { readList } from '../../http/read-list.ts';
import { disputeBadges } from '../money-badges.ts';
import { customerLink } from '../money-views.ts';

export const disputes = Router();

disputes.get('/', may('invoices.view'), (req, res) => showList(req, res, 'open'));

disputes.get('/closed', may('invoices.view'), (req, res) => showList(req, res, 'closed'));

async function showList(req: Request, res: Response, state: 'open' | 'closed'): Promise<void> {
  const list = await readList(req, res, shortPaymentList, { state });
  if (!list) return;
  const [{ rows: fetched, count }] = await req.readTenant((db) => [
    shortPaymentList.counted(db, list.query, list.place),
  ]);
  const page = await list.page(fetched);
  if (!page) return;
  const { rows, ...links } = page;
  res.page('operations/disputes/list', {
    title: 'Disputes',
    is_open: state === 'open',
    disputes: rows.map((dispute) => ({
      ...dispute,
      customer: customerLink(dispute),
      badge: disputeBadges[disputeState(dispute)],
    })),
    count: Math.min(count, MAX_COUNT),
    has_more: count > MAX_COUNT,
    ...links,
  });
}
