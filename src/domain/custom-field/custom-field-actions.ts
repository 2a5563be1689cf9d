import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse } from '../form/parse-values.ts';
import { listCustomFields, type CustomField } from './custom-field-queries.ts';
import {
  codeFromTitle,
  MAX_FIELDS,
  type ChangedCustomFieldValues,
  type NewCustomFieldValues,
} from './custom-field.ts';

export async function createCustomField(db: TenantDb, actor: Actor, values: NewCustomFieldValues) {
  const { title, type, is_required, code: typed } = values;
  const others = await listCustomFields(db);
  if (others.length >= MAX_FIELDS)
    return refuse({ field: 'title', code: 'too_many_fields', params: { max: MAX_FIELDS } });

  const choices = type === 'choice' ? values.choices : [];
  const position = Math.max(-1, ...others.map((other) => other.position)) + 1;
  const field = { id: newId(), title, type, choices, is_required, position };
  const code = await insertWithFirstFreeCode(
    db,
    field,
    typed ? [typed] : codeCandidates(codeFromTitle(title)),
  );
  if (code === undefined) return refuse({ field: 'code', code: 'field_code_taken' });
  recordAudit(db, actor, {
    event: 'custom_field.created',
    target: { type: 'custom_field', id: field.id, name: title },
    changes: changedFields({}, { ...auditedFields(field), code }),
  });
  return { ok: true as const, field: { ...field, code } };
}

/** `before` is the locked row. */
export async function updateCustomField(
  db: TenantDb,
  actor: Actor,
  before: CustomField,
  values: ChangedCustomFieldValues,
) {
  const { id } = before;
  const { title, type, is_required, version } = values;
  if (version !== before.version) return refuse({ field: 'version', code: 'field_changed' });

  const choices = type === 'choice' ? values.choices : [];
  const changes = changedFields(auditedFields(before), auditedFields({ title, type, is_required, choices }));
  if (Object.keys(changes).length === 0) return { ok: true as const, field: { id, title } };
  await db
    .from('custom_fields')
    .where({ id })
    .update({ title, type, choices, is_required, version: version + 1, updated_at: db.raw('now()') });
  recordAudit(db, actor, {
    event: 'custom_field.updated',
    target: { type: 'custom_field', id, name: title },
    changes,
  });
  return { ok: true as const, field: { id, title } };
}

/** Does nothing at the end of the list. @throws {NotFound} if the tenant has no such field */
export async function moveCustomField(
  db: TenantDb,
  actor: Actor,
  id: string,
  direction: 'up' | 'down',
): Promise<CustomField> {
  const fields = await listCustomFields(db).forUpdate('f');
  const from = fields.findIndex((field) => field.id === id);
  const field = found(fields[from]);
  const to = direction === 'up' ? from - 1 : from + 1;
  if (!fields[to]) return field;

  fields.splice(from, 1);
  fields.splice(to, 0, field);
  for (const [position, { id: moved, position: before }] of fields.entries()) {
    if (position !== before) await db.from('custom_fields').where({ id: moved }).update({ position });
  }
  recordAudit(db, actor, {
    event: 'custom_field.updated',
    target: { type: 'custom_field', id, name: field.title },
    changes: { position: [from + 1, to + 1] },
  });
  return field;
}

function auditedFields({
  title,
  type,
  choices,
  is_required,
}: Omit<CustomField, 'id' | 'code' | 'position' | 'version'>) {
  return { title, type, choices: choices.join(', ') || null, is_required };
}

async function insertWithFirstFreeCode(
  db: TenantDb,
  field: Omit<CustomField, 'code' | 'version'>,
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
