import { found } from '../../errors.ts';
import { isId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EmailName } from '../email/email-templates.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { findCompany, type CompanyRef } from '../company/company-queries.ts';
import { parseForm, refuse, type Form } from '../form/parse-form.ts';
import { revokeLoginSessions } from '../login-session/login-session-actions.ts';
import { findChosenRoles, namesOf, unknownRole } from '../role/chosen-roles.ts';
import { linkCustomerForm } from './customer-form.ts';
import { sendFirstEmail } from './first-email.ts';
import { findKnownCustomerById, type KnownCustomer } from './known-customer.ts';
import { joinCompany } from './membership-roles.ts';

type Linked =
  | { ok: true; user: KnownCustomer; company: CompanyRef; template: EmailName | null; was_member: boolean }
  | { ok: false; form: Form };

/**
 * One more company for somebody who has a login. Their password and their roles elsewhere stay as they are; whoever
 * has a password is not sent a mail that would ask for one.
 *
 * @throws {NotFound} where the tenant has no such company or customer
 */
export async function linkCustomer(
  db: TenantDb,
  actor: Actor,
  companyId: string,
  input: unknown,
): Promise<Linked> {
  const company = found(await findCompany(db, companyId));
  const parsed = parseForm(linkCustomerForm, input);
  if (!parsed.ok) return parsed;
  const { user_id } = parsed.values;
  const user = found(isId(user_id) ? await findKnownCustomerById(db, companyId, user_id) : undefined);
  const roles = await findChosenRoles(db, 'customer', parsed.values.roles);
  if (!roles) return refuse(input, { roles: unknownRole });

  const has_joined = await joinCompany(db, { company_id: companyId, user_id }, roles);
  if (!has_joined) return { ok: true, user, company, template: null, was_member: true };
  await revokeLoginSessions(db, user_id);
  await recordAudit(db, actor, {
    event: 'user.linked',
    target: { type: 'user', id: user_id, name: user.name || user.email },
    changes: { company: [null, company.name], roles: [[], namesOf(roles)] },
  });
  const template = mayBeInvited(user) ? parsed.values.template : null;
  if (template) await sendFirstEmail(db, actor, { template, user, company: company.name });
  return { ok: true, user, company, template, was_member: false };
}

export function mayBeInvited(user: KnownCustomer): boolean {
  return user.status === 'enabled' && !user.has_password && user.access !== 'active';
}
