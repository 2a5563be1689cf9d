import { Router, type Request } from 'express';
import { listRentalsOfOwner } from '../../domain/rental/rental-queries.ts';
import { findUser, listUserCompanies } from '../../domain/user/user-queries.ts';
import { displayName } from '../../domain/user/user.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { found } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { permittedColumns, tableOf } from '../list-columns.ts';
import { contextOf } from '../list-display.ts';
import { customerRentalColumns } from '../rentals/columns.ts';
import { recordTabs } from '../records/record-pages.ts';

export const userUnits = Router().param('id', idParam);

userUnits.get('/:id/units', may('rentals.view'), async (req: Request<{ id: string }>, res) => {
  const { id } = req.params;
  const [row, counts, companies, rentals] = await req.readTenant((db) => [
    findUser(db, id),
    countRecord(db, { type: 'user', id }),
    listUserCompanies(db, id),
    listRentalsOfOwner(db, { user_id: id }),
  ]);
  const user = found(row);
  const context = contextOf(req);
  const record_tabs = recordTabs(req, { type: 'user', id }, counts);
  res.page('operations/users/units', {
    title: 'Units of {name}',
    record_tabs,
    title_params: { name: displayName(user) },
    id,
    user_name: displayName(user),
    customer_key: user.email ?? user.id,
    companies,
    table: tableOf(permittedColumns(customerRentalColumns, context), rentals, context),
    has_rentals: rentals.length > 0,
  });
});
