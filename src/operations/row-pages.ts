import type { FieldEntity } from '../domain/custom-field/custom-field.ts';

/** The page of a row with custom fields. */
const paths: Readonly<Record<FieldEntity, (id: string) => string>> = {
  user: (id) => `/users/${id}`,
  company: (id) => `/customers/companies/${id}`,
  site: (id) => `/sites/${id}`,
  unit_type: (id) => `/unit-types/${id}/edit`,
  unit: (id) => `/units/${id}`,
  rental: (id) => `/rentals/${id}`,
  invoice: (id) => `/invoices/${id}`,
};

export function rowPath(entity: FieldEntity, id: string): string {
  return paths[entity](id);
}
