import { z } from 'zod';
import { email, line } from '../form/fields.ts';
import type { FieldError } from '../form/parse-form.ts';
import { roleField } from '../role/role-queries.ts';

export const newStaffForm = z.object({
  first_name: line('Enter a first name', 100),
  last_name: line('Enter a last name', 100),
  email: email('Enter an email address'),
  roles: roleField(),
});

export const staffRolesForm = z.object({ roles: roleField() });

export function staffEmailTakenError(owner: { id: string } | undefined): Record<string, FieldError> {
  return {
    email: {
      text: 'Someone in the team has this email address already',
      ...(owner && { href: `/settings/team/${owner.id}`, link: 'Open their page' }),
    },
  };
}
