import type { Row } from '../../database/tables.ts';
import { optionalEmail, optionalLine, phone } from '../form/fields.ts';

/** Whom to call when the user is not reached, and how. */
export type AlternateContact = Pick<
  Row<'users'>,
  'alternate_name' | 'alternate_phone' | 'alternate_email' | 'alternate_relation'
>;

export type ContactDetails = Pick<Row<'users'>, 'phone2'> & AlternateContact;

/** The fields of forms and of rows of a file. */
export const contactShape = {
  phone2: phone(),
  alternate_name: optionalLine(),
  alternate_phone: phone(),
  alternate_email: optionalEmail(),
  alternate_relation: optionalLine(100),
};

export function contactOf({
  phone2,
  alternate_name,
  alternate_phone,
  alternate_email,
  alternate_relation,
}: ContactDetails): ContactDetails {
  return { phone2, alternate_name, alternate_phone, alternate_email, alternate_relation };
}

export const noContact = {
  phone2: null,
  alternate_name: null,
  alternate_phone: null,
  alternate_email: null,
  alternate_relation: null,
} satisfies ContactDetails;
