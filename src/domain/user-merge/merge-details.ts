import type { TenantDb } from '../../database/tenant-db.ts';
import { changedFields, type Changes } from '../audit/audit.ts';
import type { CustomField } from '../custom-field/custom-field-queries.ts';
import { isFile, type FieldValue } from '../custom-field/field-types.ts';
import { customFieldName, readCustom } from '../custom-field/form-fields.ts';
import { MASKED, sealValue, storeCustomValues, unsealValue } from '../custom-field/store-values.ts';
import { expireFile } from '../file/stored-file.ts';
import { addressColumns } from '../text/address.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { contactOf, type AlternateContact } from '../user/contact-details.ts';
import type { User } from '../user/user-queries.ts';
import { userColumns } from '../user/user.ts';

/** Details of which the user keeps each value. Those of the other user fill what is empty. */
const singleFields = ['email', 'phone', 'phone2', 'address', 'locale', 'referral_code'] as const;
const nameFields = ['first_name', 'last_name'] as const;
const alternateFields = [
  'alternate_name',
  'alternate_phone',
  'alternate_email',
  'alternate_relation',
] as const satisfies readonly (keyof AlternateContact)[];

/** Values of a group belong together: they are taken over when all of the user are empty. */
const groups: readonly (readonly DetailField[])[] = [
  nameFields,
  ...singleFields.map((field) => [field]),
  alternateFields,
];

export type DetailField =
  | (typeof singleFields)[number]
  | (typeof nameFields)[number]
  | (typeof alternateFields)[number];

export type Details = Pick<User, DetailField>;

/** Of the user after the merge. */
export function mergedDetails(user: Details, other: Details): Details {
  const merged = { ...user };
  for (const group of groups)
    if (group.every((field) => user[field] === null)) for (const field of group) merged[field] = other[field];
  return merged;
}

export interface DetailLine {
  field: DetailField;
  user: string | null;
  other: string | null;
  merged: string | null;
}

/** Those that one of them has. */
export function detailLines(user: Details, other: Details): DetailLine[] {
  const merged = mergedDetails(user, other);
  return groups
    .flat()
    .map((field) => ({ field, user: user[field], other: other[field], merged: merged[field] }))
    .filter((line) => line.user !== null || line.other !== null);
}

/** The address is verified as it was for the other user, if it is theirs. */
export function detailColumns(user: User, other: User) {
  const merged = mergedDetails(user, other);
  const { first_name, last_name, phone, phone2, address, locale, referral_code } = merged;
  const email = merged.email as EmailAddress | null;
  const columns = {
    ...userColumns({ first_name, last_name, email, phone, phone2 }),
    ...contactOf(merged),
    ...addressColumns(address),
    locale,
    referral_code,
    ...(email !== user.email && { email_verified_at: other.email_verified_at }),
  };
  return { columns, changes: changedFields(user, merged) };
}

/** The values of the other user for fields of which the user has none. */
export function takenValues(
  fields: readonly CustomField[],
  user: { custom: unknown },
  other: { custom: unknown },
): { field: CustomField; value: FieldValue }[] {
  const [stored, offered] = [readCustom(user), readCustom(other)];
  return fields.flatMap((field) => {
    const value = offered[field.code];
    return value === undefined || stored[field.code] !== undefined ? [] : [{ field, value }];
  });
}

/** The other user is deleted by the caller, with the values that are not taken over. */
export async function takeCustomValues(
  db: TenantDb,
  fields: readonly CustomField[],
  { user, other }: { user: User; other: User },
  secretKeys: readonly string[],
): Promise<Changes> {
  const taken = takenValues(fields, user, other).flatMap(({ field, value }) => {
    const own = field.is_secret ? sealedAgain(secretKeys, [other.id, user.id], field, value) : value;
    return own === undefined ? [] : [{ field, value: own }];
  });
  const values = Object.fromEntries(taken.map(({ field, value }) => [field.code, value]));
  if (taken.length > 0) storeCustomValues(db, 'user', fields, [{ id: user.id, values }]);
  await expireOtherFiles(db, other, values);
  return Object.fromEntries(
    taken.map(({ field, value }) => [customFieldName(field), [null, field.is_secret ? MASKED : value]]),
  );
}

/** A sealed value belongs to one row. Undefined if the key of the secret is unknown. */
function sealedAgain(
  secretKeys: readonly string[],
  [from, to]: readonly [string, string],
  field: CustomField,
  value: FieldValue,
): string | undefined {
  const text = unsealValue(secretKeys, from, field, value as string);
  return text === undefined ? undefined : sealValue(secretKeys, to, field, text);
}

async function expireOtherFiles(
  db: TenantDb,
  other: User,
  taken: Readonly<Record<string, FieldValue>>,
): Promise<void> {
  for (const [code, value] of Object.entries(readCustom(other)))
    if (isFile(value) && taken[code] === undefined) await expireFile(db, value.key);
}
