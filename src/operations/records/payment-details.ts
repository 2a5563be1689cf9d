import { Router, type Request } from 'express';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { listBalances } from '../../domain/invoice/invoice-queries.ts';
import { listMethodsOf } from '../../domain/payment-method/payment-method-queries.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { findRecord, namedRecord, ownedBy } from '../../domain/record/record.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { methodRow } from '../money-views.ts';
import { recordFor, recordLocals, type RecordKind } from './record-pages.ts';

/** The stored cards and bank accounts of users or of companies, and whether autopay is on. */
export function paymentDetailsRoutes(kind: RecordKind): Router {
  return Router()
    .param('id', idParam)
    .get('/:id/payment-details', may('invoices.view'), async (req: Request<{ id: string }>, res) => {
      const ref = recordFor(req, kind);
      const [row, counts, balances, methods, billing] = await req.readTenant((db) => [
        findRecord(db, ref),
        countRecord(db, ref),
        listBalances(db, ownedBy(ref)),
        listMethodsOf(db, ownedBy(ref)),
        findBilling(db),
      ]);
      const record = namedRecord(ref, row);
      res.page('operations/records/payment-details', {
        title: 'Payment details of {name}',
        title_params: { name: record.name },
        ...recordLocals(req, record, counts),
        balances,
        methods: methods.map((method) => methodRow(method, billing)),
      });
    });
}
