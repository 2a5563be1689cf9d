import { batchesOf } from '../../database/batches.ts';
import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import { rawStatement } from '../../database/statement.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { CustomForm } from '../custom-field/form-fields.ts';
import { saveCustomValues } from '../custom-field/store-values.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { addressColumns } from '../text/address.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { applyStaffEmailChange, type ChangedUser } from './change-email.ts';
import { contactOf, noContact, type ContactDetails } from './contact-details.ts';
import { newReferralCode, withOtherCodes } from './referral-code.ts';
import type { ChangedUserValues, NewUserValues } from './user-form.ts';
import { fullName } from './user-name.ts';
import { findUserByEmail, listNewestEvents, type User } from './user-queries.ts';
import { displayName, hasEmail, isInvited, userColumns, userTarget, type UserDetails } from './user.ts';

/** Sends no email: staff choose on the new user's page how to inform the customer. */
export async function createUser(db: TenantDb, actor: Actor, values: NewUserValues, custom: CustomForm) {
  const { first_name, last_name, email, phone, address, locale } = values;
  const details = { first_name, last_name, email, phone, address, locale, ...contactOf(values) };

  const id = await insertUser(db, { audience: 'customer', is_private_customer: true, ...details });
  if (id === undefined) return refuse(await emailTaken(db, 'customer', email!));
  const customChanges = saveCustomValues(db, 'user', id, custom, values);
  const user = { id, name: fullName(values), email };
  recordAudit(db, actor, {
    event: 'user.created',
    target: userTarget(user),
    changes: { ...changedFields({}, details), ...customChanges },
  });
  return { ok: true as const, user };
}

/** A customer or a member of staff. */
type ChangeableUser = ChangedUser &
  Pick<User, 'first_name' | 'last_name' | 'phone' | 'address' | 'locale' | 'version' | 'has_access_expired'> &
  Partial<ContactDetails>;

/**
 * `user` is the row locked by `findUserForUpdate`. Returns an error at `version` if it was changed after the form was
 * rendered.
 */
export async function updateUser(
  db: TenantDb,
  actor: Actor,
  user: ChangeableUser,
  values: ChangedUserValues,
  custom: CustomForm,
) {
  if (values.version !== user.version) return refuse(await userChanged(db, user));
  const error = values.email === null && removalError(user);
  if (error) return refuse(error);
  const { id } = user;
  const { first_name, last_name, email, phone, address, locale } = values;
  const contact = contactOf(values);
  const columns = {
    ...userColumns({ first_name, last_name, email, phone, phone2: contact.phone2 }),
    ...contact,
    ...addressColumns(address),
    locale,
  };
  const changes = {
    ...changedFields(user, {
      first_name,
      last_name,
      email: columns.email,
      phone,
      address,
      locale,
      ...contact,
    }),
    ...saveCustomValues(db, 'user', id, custom, values),
  };
  const changed = { id, name: displayName(columns), email: columns.email };
  const hasNewEmail = columns.email !== user.email;
  if (Object.keys(changes).length === 0)
    return { ok: true as const, user: changed, hasChanged: false, hasNewEmail };

  const isFree = await db.catchUniqueViolation(() => updateRow(db, id, columns));
  if (!isFree) return refuse(await emailTaken(db, user.audience, email!));
  recordAudit(db, actor, { event: 'user.updated', target: userTarget(changed), changes });
  if (hasNewEmail) await applyStaffEmailChange(db, actor, user, changed);
  return { ok: true as const, user: changed, hasChanged: true, hasNewEmail };
}

export interface NewUser extends Omit<UserDetails, 'phone2'>, Partial<ContactDetails> {
  audience: 'customer' | 'staff';
  /** True for a customer who is created outside a company. */
  is_private_customer: boolean;
  locale?: string | null;
  address?: string | null;
  /** A new one by default. */
  id?: string;
  /** As stored. Their index is written apart. */
  custom?: Readonly<Record<string, unknown>>;
}

/** Returns undefined if a user of the audience has the address. */
export async function insertUser(db: TenantDb, user: NewUser): Promise<string | undefined> {
  const [id] = await insertUsers(db, [user]);
  return id;
}

/**
 * One statement for a thousand users. Returns for each the id, or undefined if a user of the audience has the address:
 * a stored one or an earlier one of `users`.
 */
export async function insertUsers(db: TenantDb, users: readonly NewUser[]): Promise<(string | undefined)[]> {
  const rows = users.map(newRow);
  const inserted = new Set<string>();
  for (const batch of batchesOf(rows)) await insertRows(db, batch, inserted);
  return rows.map(({ id }) => (inserted.has(id) ? id : undefined));
}

/** Adds the ids of the inserted rows. A row whose referral code is taken gets another one. */
async function insertRows(
  db: TenantDb,
  rows: readonly ReturnType<typeof newRow>[],
  inserted: Set<string>,
): Promise<void> {
  const statement = insertMany(db, 'users', rows, { onConflict: 'do nothing', returning: ['id'] });
  const { rows: returned } = await rawStatement<{ rows: { id: string }[] }>(db, statement);
  for (const { id } of returned) inserted.add(id);
  const refused = rows.filter(({ id, referral_code }) => referral_code !== null && !inserted.has(id));
  if (refused.length === 0) return;
  const again = await withOtherCodes(db, refused);
  if (again.length > 0) await insertRows(db, again, inserted);
}

function newRow(user: NewUser) {
  const { audience, is_private_customer, locale = null, address = null, id = newId(), custom = {} } = user;
  const contact = contactOf({ ...noContact, ...user });
  return {
    id,
    custom,
    audience,
    is_private_customer,
    locale,
    referral_code: audience === 'customer' ? newReferralCode() : null,
    ...contact,
    ...userColumns({ ...user, phone2: contact.phone2 }),
    ...addressColumns(address),
  };
}

async function updateRow(db: TenantDb, id: string, columns: object): Promise<void> {
  await db
    .from('users')
    .where({ id })
    .update({ ...columns, version: db.raw('version + 1'), updated_at: db.raw('now()') });
}

export async function emailTaken(
  db: TenantDb,
  audience: 'customer' | 'staff',
  email: EmailAddress,
): Promise<FieldError> {
  const owner = await findUserByEmail(db, audience, email);
  const params = owner && { params: { user_id: owner.id } };
  return audience === 'staff'
    ? { field: 'email', code: 'staff_email_taken', ...params }
    : { field: 'email', code: 'email_taken', ...params };
}

/** What depends on the email address, which therefore cannot be removed. */
function removalError(user: ChangeableUser): FieldError | null {
  if (!hasEmail(user)) return null;
  const params = { user: displayName(user) };
  if (user.has_password || user.access === 'active')
    return { field: 'email', code: 'email_needed_to_log_in', params };
  if (isInvited(user) && user.has_access_expired !== true)
    return { field: 'email', code: 'email_needed_by_invitation', params };
  return null;
}

async function userChanged(db: TenantDb, user: ChangeableUser): Promise<FieldError> {
  const [latest] = await listNewestEvents(db, user.id, 1).where('e.event', 'user.updated');
  const who = latest?.actor_name;
  return {
    field: 'version',
    code: 'user_changed',
    params: { user: displayName(user), ...(who && { who }) },
  };
}
