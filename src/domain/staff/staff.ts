import * as z from 'zod';
import { email, phone, version } from '../form/fields.ts';
import { roleField } from '../role/role-queries.ts';
import { nameShape, withNameRules } from '../user/user-name.ts';

export const newStaffSchema = withNameRules(z.object({ ...nameShape, email: email(), roles: roleField() }), {
  isOptional: false,
});

export const staffRolesSchema = z.object({ roles: roleField() });

const ownDetailsShape = { ...nameShape, phone: phone(), version: version() };

/** Without the email address, which one changes on one's profile and confirms by a link. */
export const ownDetailsSchema = withNameRules(z.object(ownDetailsShape), { isOptional: false });

export const staffDetailsSchema = withNameRules(z.object({ ...ownDetailsShape, email: email() }), {
  isOptional: false,
});
