import { z } from 'zod';
import { email, line } from '../form/fields.ts';
import { roleField } from '../role/role-queries.ts';
import type { Access, UserRef } from '../user/user.ts';

export interface ListedStaff extends UserRef, Access {
  name_norm: string;
  last_login_at: Date | null;
  roles: string[];
}

export interface Staff extends UserRef, Access {
  has_password: boolean;
  last_login_at: Date | null;
  created_at: Date;
  role_ids: string[];
}

export const newStaffSchema = z.object({
  first_name: line(100),
  last_name: line(100),
  email: email(),
  roles: roleField(),
});

export const staffRolesSchema = z.object({ roles: roleField() });
