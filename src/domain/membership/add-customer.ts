import { isId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found, Forbidden } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { changeError } from '../company/check-status.ts';
import { findCompanyForShare, type CompanyDetail, type CompanyRef } from '../company/company-queries.ts';
import { statusRules } from '../company/company-status.ts';
import { emailTemplate, type SelectableTemplate } from '../email/email-templates.ts';
import { companyVariables, queueEmail } from '../email/queue-email.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { findChosenRoles, roleNames, unknownRoleError } from '../role/role-queries.ts';
import { insertUser } from '../user/user-actions.ts';
import { fullName } from '../user/user-name.ts';
import { hasEmail, userTarget } from '../user/user.ts';
import { insertMembership, insertMembershipOfNewUser } from './membership-actions.ts';
import { findKnownCustomer, findKnownCustomerById, type KnownCustomer } from './membership-queries.ts';
import { mayInvite, type LinkedCustomerValues, type NewCustomerValues } from './membership.ts';

type AddCustomerResult =
  | { ok: true; user: { id: string; email: string | null }; template: SelectableTemplate | null }
  | RefusedValues
  /** A customer with this address exists and can be linked instead. */
  | (RefusedValues & { known: KnownCustomer });

/**
 * @throws {NotFound} if the tenant has no such company
 * @throws {Forbidden} if the actor may not send the selected email
 */
export async function addCustomer(
  db: TenantDb,
  actor: Actor,
  companyId: string,
  values: NewCustomerValues,
): Promise<AddCustomerResult> {
  const { username: email, first_name, last_name, template } = values;
  const [row, roles] = await Promise.all([
    findCompanyForShare(db, companyId),
    findChosenRoles(db, 'customer', values.roles),
  ]);
  const company = found(row);
  if (!roles) return refuse(unknownRoleError);
  const refused = refuseMember(company, template);
  if (refused) return refused;

  const details = { email, first_name, last_name, phone: null };
  const id = await insertUser(db, { audience: 'customer', is_private_customer: false, ...details });
  if (id === undefined) {
    const known = await findKnownCustomer(db, companyId, email!);
    return known ? { ...refuse(), known } : refuse({ field: 'username', code: 'email_taken' });
  }
  insertMembershipOfNewUser(db, { company_id: companyId, user_id: id, roles });
  const user = { id, name: fullName(values), email };
  recordAudit(db, actor, {
    event: 'user.created',
    target: userTarget(user),
    changes: {
      ...changedFields({}, { first_name, last_name, email }),
      company: [null, company.name],
      roles: [[], roleNames(roles)],
    },
  });
  if (template && hasEmail(user)) queueChosenEmail(db, actor, { template, user, company });
  return { ok: true, user, template };
}

type LinkCustomerResult =
  | {
      ok: true;
      user: KnownCustomer;
      company: CompanyRef;
      template: SelectableTemplate | null;
      wasMember: boolean;
    }
  | RefusedValues;

/**
 * @throws {NotFound} if the tenant has no such company or customer
 * @throws {Forbidden} if the actor may not send the selected email
 */
export async function linkCustomer(
  db: TenantDb,
  actor: Actor,
  companyId: string,
  values: LinkedCustomerValues,
): Promise<LinkCustomerResult> {
  const { user_id } = values;
  const [row, known, roles] = await Promise.all([
    findCompanyForShare(db, companyId),
    isId(user_id) ? findKnownCustomerById(db, companyId, user_id) : undefined,
    findChosenRoles(db, 'customer', values.roles),
  ]);
  const company = found(row);
  const user = found(known);
  if (!roles) return refuse(unknownRoleError);
  const refused = refuseMember(company, null);
  if (refused) return refused;

  const isNew = await insertMembership(db, { company_id: companyId, user_id, roles });
  if (!isNew) return { ok: true, user, company, template: null, wasMember: true };
  recordAudit(db, actor, {
    event: 'user.linked',
    target: userTarget(user),
    changes: { company: [null, company.name], roles: [[], roleNames(roles)] },
  });
  // The email would ask customers who have a password to set one.
  const template = mayInvite(user) && statusRules[company.status].gives_access ? values.template : null;
  if (template && hasEmail(user)) queueChosenEmail(db, actor, { template, user, company });
  return { ok: true, user, company, template, wasMember: false };
}

/** An email to log in would be useless while the company is blocked. */
function refuseMember(
  company: CompanyDetail,
  template: SelectableTemplate | null,
): RefusedValues | undefined {
  const error = changeError(company, 'username');
  if (error) return refuse(error);
  if (template === null || statusRules[company.status].gives_access) return undefined;
  return refuse({ field: 'template', code: 'company_blocked', params: { company: company.name } });
}

function queueChosenEmail(
  db: TenantDb,
  actor: Actor,
  {
    template,
    user,
    company,
  }: {
    template: SelectableTemplate;
    user: { id: string; email: string };
    company: { id: string; name: string };
  },
): void {
  if (!actor.permissions.has('users.invite')) throw new Forbidden('users.invite');
  const id = queueEmail(db, {
    template,
    user_id: user.id,
    audience: 'customer',
    to_address: user.email,
    variables: { inviter_name: actor.name, ...companyVariables(company) },
    requested_by: actor.id,
  });
  recordAudit(db, actor, {
    event: 'email.queued',
    target: { type: 'email', id, name: `${emailTemplate(template).label} to ${user.email}` },
  });
}
