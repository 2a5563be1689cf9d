import { Router, type Request } from 'express';
import { findCompany } from '../../domain/company/company-queries.ts';
import { listRentalsOfOwner } from '../../domain/rental/rental-queries.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { found } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { permittedColumns, tableOf } from '../list-columns.ts';
import { contextOf } from '../list-display.ts';
import { customerRentalColumns } from '../rentals/columns.ts';
import { recordTabs } from '../records/record-pages.ts';

export const companyUnits = Router().param('id', idParam);

companyUnits.get('/:id/units', may('rentals.view'), async (req: Request<{ id: string }>, res) => {
  const { id } = req.params;
  const [row, counts, rentals] = await req.readTenant((db) => [
    findCompany(db, id),
    countRecord(db, { type: 'company', id }),
    listRentalsOfOwner(db, { company_id: id }),
  ]);
  const company = found(row);
  const context = contextOf(req);
  const record_tabs = recordTabs(req, { type: 'company', id }, counts);
  res.page('operations/companies/units', {
    title: 'Units of {name}',
    record_tabs,
    title_params: { name: company.name },
    company,
    customer_key: company.code,
    table: tableOf(permittedColumns(customerRentalColumns, context), rentals, context),
    has_rentals: rentals.length > 0,
  });
});
