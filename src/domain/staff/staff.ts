import * as z from 'zod';
import { email, line } from '../form/fields.ts';
import { roleField } from '../role/role-queries.ts';

export const newStaffSchema = z.object({
  first_name: line(100),
  last_name: line(100),
  email: email(),
  roles: roleField(),
});

export const staffRolesSchema = z.object({ roles: roleField() });
