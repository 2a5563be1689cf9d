import * as z from 'zod';
import { email, phone, version } from '../form/fields.ts';
import { roleField } from '../role/role-queries.ts';
import { nameShape, withNameRules } from '../user/user-name.ts';
import type { Staff } from './staff-queries.ts';

export const newStaffSchema = withNameRules(z.object({ ...nameShape, email: email(), roles: roleField() }), {
  isOptional: false,
});

export const staffRolesSchema = z.object({ roles: roleField() });

const ownDetailsShape = { ...nameShape, phone: phone(), version: version() };

/** Without the email address, which one changes on one's profile and confirms by a link. */
export function ownDetailsSchema(staff: Pick<Staff, 'name'>) {
  return withNameRules(z.object(ownDetailsShape), { isOptional: isNameless(staff) });
}

export function staffDetailsSchema(staff: Pick<Staff, 'name'>) {
  return withNameRules(z.object({ ...ownDetailsShape, email: email() }), { isOptional: isNameless(staff) });
}

/** The first Manager of a tenant may have no name. */
function isNameless({ name }: Pick<Staff, 'name'>): boolean {
  return name === '';
}
