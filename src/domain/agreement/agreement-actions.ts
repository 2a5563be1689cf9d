import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse } from '../form/parse-values.ts';
import { unknownPlaceholders, type NewAgreementValues } from './agreement.ts';
import { findAgreementInForce } from './agreement-queries.ts';

/** Refuses a text that cannot be published. `number` is the one that it would have. */
export async function checkAgreement(db: TenantDb, { language, body }: NewAgreementValues) {
  const unknown = unknownPlaceholders(body);
  if (unknown.length > 0)
    return refuse({
      field: 'body',
      code: 'unknown_placeholders',
      params: { names: unknown.map((name) => `{{${name}}}`).join(', ') },
    });
  const inForce = await findAgreementInForce(db, language);
  if (inForce?.body === body) return refuse({ field: 'body', code: 'agreement_unchanged' });
  return { ok: true as const, language, body, number: (inForce?.number ?? 0) + 1 };
}

/** Agreements that were signed keep their text. */
export async function publishAgreement(db: TenantDb, actor: Actor, values: NewAgreementValues) {
  const checked = await checkAgreement(db, values);
  if (!checked.ok) return checked;
  const { language, body, number } = checked;
  const id = newId();
  const published = await db
    .insertInto('agreement_versions', { id, locale: language, number, body, published_by: actor.id })
    .onConflict(['tenant_id', 'locale', 'number'])
    .ignore()
    .returning('id');
  if (published.length === 0) return refuse({ field: 'body', code: 'agreement_outdated' });
  recordAudit(db, actor, {
    event: 'agreement.published',
    target: { type: 'agreement_version', id, name: `Version ${number} (${language})` },
    changes: { language: [null, language], version: [number - 1 || null, number] },
  });
  return { ok: true as const, number };
}
