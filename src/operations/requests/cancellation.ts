import { Router, type Request } from 'express';
import { findRequest } from '../../domain/request/request-queries.ts';
import { requestLabels } from '../../domain/request/request.ts';
import { found, NotFound } from '../../errors.ts';
import { emptyForm } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import {
  cancelPlannedTransfer,
  showTransferCancellation,
  type PlannedTransfer,
} from '../rentals/transfer-cancellation.ts';

type IdRequest = Request<{ id: string }>;

export const requestCancellation = Router().param('id', idParam);

requestCancellation.get('/:id/cancellation', may('requests.decide'), async (req: IdRequest, res) =>
  showTransferCancellation(req, res, emptyForm, await requestedTransfer(req)),
);

requestCancellation.post('/:id/cancellation', may('requests.decide'), async (req: IdRequest, res) =>
  cancelPlannedTransfer(req, res, await requestedTransfer(req)),
);

/** @throws {NotFound} unless it is a transfer that staff have approved */
async function requestedTransfer(req: IdRequest): Promise<PlannedTransfer> {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findRequest(db, id)]);
  const { kind, status, rental_id } = found(row);
  const isDecided = status !== 'requested' && status !== 'declined' && status !== 'withdrawn';
  if (kind !== 'transfer' || !isDecided) throw new NotFound('No transfer was approved');
  const path = `/requests/${id}`;
  const crumbs = [
    { href: '/requests', text: 'Requests' },
    { href: path, text: requestLabels[kind] },
  ];
  return { rental_id: rental_id!, path, action: `${path}/cancellation`, crumbs };
}
