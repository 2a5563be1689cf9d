import { Router, type Request } from 'express';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { listBalances, listClosedAccounts } from '../../domain/invoice/invoice-queries.ts';
import { findUser } from '../../domain/user/user-queries.ts';
import { displayName } from '../../domain/user/user.ts';
import { found } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { sendCsv, sendPdf, statementLocals } from '../customer-statements.ts';

type IdRequest = Request<{ id: string }>;

export const userStatements = Router().param('id', idParam);

userStatements.get('/:id/statements', may('invoices.view'), async (req: IdRequest, res) => {
  const { id } = req.params;
  const [row, billing, accounts, closed] = await req.readTenant((db) => [
    findUser(db, id),
    findBilling(db),
    listBalances(db, { user_id: id }),
    listClosedAccounts(db, id),
  ]);
  const user = found(row);
  res.page('operations/users/statements', {
    title: 'Statements of {name}',
    title_params: { name: displayName(user) },
    id,
    user_name: displayName(user),
    ...statementLocals(req, billing, accounts),
    closed,
  });
});

userStatements.get('/:id/statements/pdf', may('invoices.view'), (req: IdRequest, res) =>
  sendPdf(req, res, { user_id: req.params.id }),
);

userStatements.get('/:id/statements/csv', may('invoices.view'), (req: IdRequest, res) =>
  sendCsv(req, res, { user_id: req.params.id }),
);
