import { hash as digest } from 'node:crypto';
import { normaliseCode } from '../company/company.ts';
import { fold } from '../text/fold.ts';
import { cleanPhone, phoneDigits } from '../text/phone-number.ts';
import { fullName } from '../user/user-name.ts';
import type { FoundUsers, StoredUser } from './find-users.ts';
import type { ParsedRow } from '../import/row.ts';

/*
 * A row without an email address and an id is about the customer with the same name, phone number and company. Without a
 * company it is about a customer who is in none.
 */

interface Named {
  first_name?: string | null;
  last_name?: string | null;
  name?: string;
  phone?: string | null;
  company_code?: string;
  company_name?: string;
}

export function hasNoKey({ values: { id, email }, errors }: ParsedRow): boolean {
  const isRefused = errors.some(({ column }) => column === '' || column === 'id' || column === 'email');
  return id === undefined && email === undefined && !isRefused;
}

/** As the stored `name_norm`. Null without a name. */
export function nameOfRow({ values }: ParsedRow): string | null {
  const { first_name = null, last_name = null, name } = values as Named;
  return fold(name ?? fullName({ first_name, last_name })) || null;
}

/** Finds further rows of the file about the same person. A hash, because of the length. */
export function keyWithoutEmail(row: ParsedRow): string | null {
  const name = nameOfRow(row);
  const { phone, company_code, company_name } = row.values as Named;
  if (name === null) return null;
  const company = company_code === undefined ? fold(company_name ?? '') : normaliseCode(company_code);
  return `person ${digest('sha256', JSON.stringify([name, digitsOf(phone), company]))}`;
}

export function listPeople({ byName }: FoundUsers, row: ParsedRow): readonly StoredUser[] {
  const { phone } = row.values as Named;
  const named = byName.get(nameOfRow(row) ?? '') ?? [];
  return named.filter((user) => digitsOf(user.phone) === digitsOf(phone) && isInCompany(user, row.values));
}

function digitsOf(phone: string | null | undefined): string {
  return phoneDigits(cleanPhone(phone ?? ''));
}

function isInCompany({ memberships }: StoredUser, { company_code, company_name }: Named): boolean {
  if (company_code !== undefined)
    return memberships.some(({ code }) => normaliseCode(code) === normaliseCode(company_code));
  if (company_name !== undefined) return memberships.some(({ name }) => fold(name) === fold(company_name));
  return memberships.length === 0;
}
