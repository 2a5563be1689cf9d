import * as z from 'zod';
import { email } from '../form/fields.ts';
import { roleField } from '../role/role-queries.ts';
import { nameShape, withNameRules } from '../user/user-name.ts';

export const newStaffSchema = withNameRules(z.object({ ...nameShape, email: email(), roles: roleField() }), {
  isOptional: false,
});

export const staffRolesSchema = z.object({ roles: roleField() });
