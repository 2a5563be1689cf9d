import { Router, type Request } from 'express';
import { findCompany } from '../../domain/company/company-queries.ts';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { listBalances } from '../../domain/invoice/invoice-queries.ts';
import { found } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { sendCsv, sendPdf, statementLocals } from '../customer-statements.ts';

type IdRequest = Request<{ id: string }>;

export const companyStatements = Router().param('id', idParam);

companyStatements.get('/:id/statements', may('invoices.view'), async (req: IdRequest, res) => {
  const { id } = req.params;
  const [row, billing, accounts] = await req.readTenant((db) => [
    findCompany(db, id),
    findBilling(db),
    listBalances(db, { company_id: id }),
  ]);
  const company = found(row);
  res.page('operations/companies/statements', {
    title: 'Statements of {name}',
    title_params: { name: company.name },
    company,
    ...statementLocals(req, billing, accounts),
  });
});

companyStatements.get('/:id/statements/pdf', may('invoices.view'), (req: IdRequest, res) =>
  sendPdf(req, res, { company_id: req.params.id }),
);

companyStatements.get('/:id/statements/csv', may('invoices.view'), (req: IdRequest, res) =>
  sendCsv(req, res, { company_id: req.params.id }),
);
