import * as z from 'zod';
import { normaliseCode } from '../company/company.ts';
import { address, line, optionalLine, phone, version } from '../form/fields.ts';
import { fold } from '../text/fold.ts';

const fields = {
  name: line(),
  code: line(40),
  address: address(),
  phone: phone(),
  contact_name: optionalLine(),
};

export const newLocationSchema = z.object(fields);

export const changedLocationSchema = newLocationSchema.extend({ version: version() });

export type NewLocationValues = z.infer<typeof newLocationSchema>;
export type ChangedLocationValues = z.infer<typeof changedLocationSchema>;

/** Write all of these columns together. */
export function locationColumns({ name, code, address, phone, contact_name }: NewLocationValues) {
  return {
    name,
    name_norm: fold(name),
    code,
    code_norm: normaliseCode(code),
    address,
    phone,
    contact_name,
  };
}
