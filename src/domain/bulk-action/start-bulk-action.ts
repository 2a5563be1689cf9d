import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { changeError } from '../company/check-status.ts';
import { findCompanyByCode } from '../company/company-queries.ts';
import { listTenantFields } from '../custom-field/custom-field-queries.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { openRows } from '../label/selected-rows.ts';
import { queueTask, taskTarget } from '../task/task-actions.ts';
import { bulkActions, type StoredOptions } from './bulk-action.ts';

/** The values of a form of `bulkOptions`, with the name of the action. */
export type GivenOptions =
  | Exclude<StoredOptions, { company_id: string }>
  | { action: 'add-role' | 'remove-role'; company_code: string; role_id: string };

/** Queues the task that changes the users of a query of the list, as JSON. Returns the id of the task. */
export async function startBulkAction(
  db: TenantDb,
  actor: Actor,
  query: string,
  given: GivenOptions,
): Promise<{ ok: true; task: string } | RefusedValues> {
  const found = await resolveOptions(db, given);
  if (!found.ok) return found;
  const { options, detail } = found;
  const { action, ...others } = options;
  const title = bulkActions[action].title + (detail && ` (${detail})`);
  const input = {
    action,
    title,
    query,
    requested_by: actor.id!,
    options: JSON.stringify(others),
  };
  const task = { kind: 'bulk-action', input } as const;
  const id = await queueTask(db, { ...task, requested_by: actor.id });
  const { filters } = openRows('user', query, await listTenantFields(db));
  recordAudit(db, actor, {
    event: 'bulk_action.requested',
    target: taskTarget({ id, ...task }),
    changes: { list: 'users', filters },
  });
  return { ok: true, task: id };
}

type Resolved = { ok: true; options: StoredOptions; detail: string } | RefusedValues;

/** The company and the role by their ids. */
export async function resolveOptions(db: TenantDb, given: GivenOptions): Promise<Resolved> {
  if (!('company_code' in given)) return { ok: true, options: given, detail: '' };
  const { action, company_code, role_id } = given;
  const [company, role] = await Promise.all([
    findCompanyByCode(db, company_code),
    selectRow(db.from('roles').where({ id: role_id, audience: 'customer' }), pick('roles', 'name')),
  ]);
  if (!company)
    return refuse({ field: 'company_code', code: 'unknown_company', params: { code: company_code } });
  const archived = changeError(company, 'company_code');
  if (archived) return refuse(archived);
  if (!role) return refuse({ field: 'role_id', code: 'invalid' });
  const options = { action, company_id: company.id, role_id };
  return { ok: true, options, detail: `${role.name}, ${company.name}` };
}
