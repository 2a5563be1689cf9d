import { found } from '../../errors.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EmailName } from '../email/email-templates.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { findCompany } from '../company/company-queries.ts';
import { parseForm, refuse, type Form } from '../form/parse-form.ts';
import { findChosenRoles, namesOf, unknownRole } from '../role/chosen-roles.ts';
import { insertUser } from '../user/insert-user.ts';
import { addCustomerForm } from './customer-form.ts';
import { sendFirstEmail } from './first-email.ts';
import { findKnownCustomer, type KnownCustomer } from './known-customer.ts';
import { joinCompany } from './membership-roles.ts';

type Added =
  | { ok: true; user: { id: string; email: string }; template: EmailName | null }
  | { ok: false; form: Form }
  /** Somebody has this address: they are linked, not made twice. */
  | { ok: false; known: KnownCustomer; form: Form };

/**
 * A new person in a company, with their roles there and the mail that staff chose. Names are not asked for.
 *
 * @throws {NotFound} where the tenant has no such company
 */
export async function addCustomer(
  db: TenantDb,
  actor: Actor,
  companyId: string,
  input: unknown,
): Promise<Added> {
  const company = found(await findCompany(db, companyId));
  const parsed = parseForm(addCustomerForm, input);
  if (!parsed.ok) return parsed;
  const { username, template } = parsed.values;
  const roles = await findChosenRoles(db, 'customer', parsed.values.roles);
  if (!roles) return refuse(input, { roles: unknownRole });

  const details = { email: username, first_name: null, last_name: null, phone: null };
  const id = await insertUser(db, { audience: 'customer', ...details });
  const person = found(await findKnownCustomer(db, companyId, username));
  if (id === undefined) return { ...refuse(input, {}), known: person };

  await joinCompany(db, { company_id: companyId, user_id: id }, roles);
  await recordAudit(db, actor, {
    event: 'user.created',
    target: { type: 'user', id, name: person.email },
    changes: { email: [null, person.email], company: [null, company.name], roles: [[], namesOf(roles)] },
  });
  if (template) await sendFirstEmail(db, actor, { template, user: person, company: company.name });
  return { ok: true, user: person, template };
}
