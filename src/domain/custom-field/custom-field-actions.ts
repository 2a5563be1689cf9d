import { newId, NIL_ID } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { refuseWith } from '../../database/transaction.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit, type AuditEntry } from '../audit/record-audit.ts';
import { refuse } from '../form/parse-values.ts';
import { queueTask } from '../task/task-actions.ts';
import {
  findCustomField,
  listAllCustomFields,
  listCustomFields,
  type CustomField,
} from './custom-field-queries.ts';
import { MAX_FIELDS, type FieldEntity } from './custom-field.ts';
import { isSearchKey } from './field-list.ts';
import {
  codeFromTitle,
  settingsErrors,
  type ChangedCustomFieldValues,
  type NewCustomFieldValues,
} from './field-settings.ts';
import { fieldTypes, type FieldTypeName } from './field-types.ts';
import { checkConversion, rewriteValues, type RenamedChoice } from './rewrite-values.ts';

export async function createCustomField(db: TenantDb, actor: Actor, values: NewCustomFieldValues) {
  const errors = settingsErrors(values);
  if (errors.length > 0) return refuse(...errors);
  const { code: typed, ...settings } = values;
  const others = await listAllCustomFields(db, values.entity);
  if (others.filter(({ retired_at }) => retired_at === null).length >= MAX_FIELDS)
    return refuse({ field: 'title', code: 'too_many_fields', params: { max: MAX_FIELDS } });

  const position = Math.max(-1, ...others.map((other) => other.position)) + 1;
  const field = { ...settings, id: newId(), choices: choicesOf(values), position };
  const isFree = (candidate: string) => !isSearchKey(values.entity, candidate);
  if (typed && !isFree(typed)) return refuse({ field: 'code', code: 'field_code_reserved' });
  const candidates = typed ? [typed] : codeCandidates(codeFromTitle(values.title)).filter(isFree);
  const code = await insertWithFirstFreeCode(db, field, candidates);
  if (code === undefined) return refuse({ field: 'code', code: 'field_code_taken' });
  recordFieldEvent(db, actor, field, {
    event: 'custom_field.created',
    changes: changedFields(
      {},
      { entity: values.entity, ...auditedSettings(field), is_secret: values.is_secret, code },
    ),
  });
  return { ok: true as const, field: { ...field, code } };
}

/**
 * `before` is the locked row. Refuses a new type that does not fit all values until it is confirmed. Values are then
 * converted, those of a large tenant by a task; one that does not fit is kept as it is.
 */
export async function updateCustomField(
  db: TenantDb,
  actor: Actor,
  before: CustomField,
  values: ChangedCustomFieldValues,
) {
  const { version, confirms_conversion, ...settings } = values;
  if (version !== before.version) return refuse({ field: 'version', code: 'field_changed' });
  const errors = settingsErrors({ ...before, ...settings });
  if (errors.length > 0) return refuse(...errors);

  const after = { ...before, ...settings, choices: choicesOf(settings) };
  const changes = changedFields(auditedSettings(before), auditedSettings(after));
  if (Object.keys(changes).length === 0) return { ok: true as const, field: after };
  const hasNewType = before.type !== after.type;
  if (hasNewType && [before.type, after.type].includes('file'))
    return refuse({ field: 'type', code: 'file_type_fixed' });
  if (hasNewType && !before.is_secret && !confirms_conversion) {
    const { failed, is_cut } = await checkConversion(db, before, after);
    if (is_cut) return refuse({ field: 'type', code: 'values_being_checked' });
    if (failed > 0) return refuse({ field: 'type', code: 'values_not_converted', params: { count: failed } });
  }
  await updateField(db, before, { ...settings, choices: after.choices });
  if (hasNewType || before.is_searchable !== after.is_searchable) await rewriteAllValues(db, actor, after);
  recordFieldEvent(db, actor, after, { event: 'custom_field.updated', changes });
  return { ok: true as const, field: after };
}

/** Renames the choice in the list and in every row. */
export async function renameChoice(
  db: TenantDb,
  actor: Actor,
  before: CustomField,
  { from, to }: RenamedChoice,
) {
  if (!before.choices.includes(from)) return refuse({ field: 'choice', code: 'unknown_choice' });
  if (before.choices.includes(to)) return refuse({ field: 'new_name', code: 'choice_exists' });
  const choices = before.choices.map((choice) => (choice === from ? to : choice));
  await updateField(db, before, { choices });
  await rewriteAllValues(db, actor, { ...before, choices }, { from, to });
  recordFieldEvent(db, actor, before, {
    event: 'custom_field.choice_renamed',
    changes: { choice: [from, to] },
  });
  return { ok: true as const };
}

/** Its values are kept in their rows. */
export async function retireCustomField(db: TenantDb, actor: Actor, id: string): Promise<CustomField> {
  const field = found(await findCustomField(db, id).forUpdate());
  if (field.retired_at !== null) return field;
  await updateField(db, field, { retired_at: db.raw<Date>('now()') });
  recordFieldEvent(db, actor, field, { event: 'custom_field.retired' });
  return field;
}

/** Refuses if the entity has as many fields as it may have. */
export async function restoreCustomField(db: TenantDb, actor: Actor, id: string) {
  const field = found(await findCustomField(db, id).forUpdate());
  if (field.retired_at === null) return { ok: true as const, field };
  if ((await listCustomFields(db, field.entity)).length >= MAX_FIELDS) return refuseWith({ field });
  await updateField(db, field, { retired_at: null });
  recordFieldEvent(db, actor, field, { event: 'custom_field.restored' });
  return { ok: true as const, field };
}

/** Does nothing at the end of the list. @throws {NotFound} if the tenant has no such field */
export async function moveCustomField(
  db: TenantDb,
  actor: Actor,
  id: string,
  direction: 'up' | 'down',
): Promise<CustomField> {
  const { entity } = found(await findCustomField(db, id));
  const fields = await listCustomFields(db, entity).forUpdate('f');
  const from = fields.findIndex((field) => field.id === id);
  const field = found(fields[from]);
  const to = direction === 'up' ? from - 1 : from + 1;
  if (!fields[to]) return field;

  fields.splice(from, 1);
  fields.splice(to, 0, field);
  for (const [position, { id: moved, position: before }] of fields.entries()) {
    // The pages of lists know by the versions that they must read the fields again.
    if (position !== before)
      await db
        .from('custom_fields')
        .where({ id: moved })
        .update({ position, version: db.raw('version + 1') });
  }
  recordFieldEvent(db, actor, field, {
    event: 'custom_field.updated',
    changes: { position: [from + 1, to + 1] },
  });
  return field;
}

/** Rows of one transaction. A task processes more. */
const MAX_ROWS_AT_ONCE = 1_000;

async function rewriteAllValues(
  db: TenantDb,
  actor: Actor,
  field: CustomField,
  renamed?: RenamedChoice,
): Promise<void> {
  const { rows } = await rewriteValues(db, field, renamed, { after: NIL_ID, limit: MAX_ROWS_AT_ONCE });
  if (rows < MAX_ROWS_AT_ONCE) return;
  const input = { field_id: field.id, title: field.title, ...renamed };
  await queueTask(db, { kind: 'custom-field-values', input, requested_by: actor.id });
}

async function updateField(db: TenantDb, { id, version }: CustomField, columns: object): Promise<void> {
  await db
    .from('custom_fields')
    .where({ id })
    .update({ ...columns, version: version + 1, updated_at: db.raw('now()') });
}

function choicesOf({ type, choices }: { type: FieldTypeName; choices: string[] }): string[] {
  return fieldTypes[type].hasChoices ? choices : [];
}

type Settings = Omit<ChangedCustomFieldValues, 'version' | 'confirms_conversion'>;

function auditedSettings(field: Settings) {
  const { title, type, choices, is_required, is_read_only, is_searchable, customer_access } = field;
  const joined = choices.join(', ') || null;
  return { title, type, choices: joined, is_required, is_read_only, is_searchable, customer_access };
}

function recordFieldEvent(
  db: TenantDb,
  actor: Actor,
  { id, title }: { id: string; title: string },
  entry: Pick<AuditEntry, 'event' | 'changes'>,
): void {
  recordAudit(db, actor, { ...entry, target: { type: 'custom_field', id, name: title } });
}

interface NewField extends Omit<CustomField, 'code' | 'version' | 'retired_at'> {
  entity: FieldEntity;
}

async function insertWithFirstFreeCode(
  db: TenantDb,
  field: NewField,
  codes: readonly string[],
): Promise<string | undefined> {
  for (const code of codes) {
    const inserted = await db
      .insertInto('custom_fields', { ...field, code, code_norm: code })
      .onConflict(['tenant_id', 'code_norm'])
      .ignore()
      .returning('code');
    if (inserted[0]) return code;
  }
  return undefined;
}

function codeCandidates(code: string): string[] {
  return [code, ...Array.from({ length: MAX_FIELDS }, (_, index) => `${code}_${index + 2}`)];
}
