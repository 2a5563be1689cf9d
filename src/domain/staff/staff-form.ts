import { z } from 'zod';
import { email, line } from '../form/fields.ts';
import type { FieldError } from '../form/parse-form.ts';
import { atLeastOneRole } from '../role/chosen-roles.ts';

export const newStaffForm = z.object({
  first_name: line('Enter a first name', 100),
  last_name: line('Enter a last name', 100),
  email: email('Enter an email address'),
  roles: atLeastOneRole(),
});

export const staffRolesForm = z.object({ roles: atLeastOneRole() });

export function staffAddressTaken(taker: { id: string } | undefined): Record<string, FieldError> {
  return {
    email: {
      text: 'Somebody in the team has this email address already',
      ...(taker && { href: `/settings/team/${taker.id}`, link: 'Open their page' }),
    },
  };
}
