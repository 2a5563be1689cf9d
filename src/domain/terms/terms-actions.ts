import * as z from 'zod';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { paragraphs } from '../form/fields.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { completeStep } from '../login-session/login-session-actions.ts';
import { countCustomersToAsk, findTermsInForce } from './terms-queries.ts';

/** Refuses if the version that the form has shown is no longer in force. */
export async function acceptTerms(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string },
  shownNumber: string,
): Promise<{ ok: true } | RefusedValues> {
  const terms = await findTermsInForce(db);
  if (!terms) return { ok: true };
  if (shownNumber !== String(terms.number)) return refuse({ field: 'accept_terms', code: 'terms_changed' });
  const accepted = await db
    .insertInto('terms_acceptances', {
      user_id: user.id,
      terms_version_id: terms.id,
      ip: actor.ip,
      user_agent: actor.user_agent,
    })
    .onConflict(['tenant_id', 'user_id', 'terms_version_id'])
    .ignore()
    .returning('user_id');
  await completeStep(db, user.id, 'terms');
  if (accepted.length === 0) return { ok: true };
  recordAudit(db, actor, {
    event: 'user.terms_accepted',
    target: { type: 'user', id: user.id, name: user.name },
    changes: { version: [null, terms.number] },
  });
  return { ok: true };
}

export const MAX_TERMS_LENGTH = 30_000;

export const termsSchema = z.object({
  body: paragraphs(MAX_TERMS_LENGTH),
});

type TermsValues = z.infer<typeof termsSchema>;

/** What publishing would do: the number of customers who would be asked to agree. */
export async function previewTerms(db: TenantDb, { body }: TermsValues) {
  const inForce = await findTermsInForce(db);
  if (inForce?.body === body) return refuse(unchanged);
  const asked = await countCustomersToAsk(db);
  return { ok: true as const, number: nextNumber(inForce), body, asked: asked?.count ?? 0 };
}

export async function publishTerms(db: TenantDb, actor: Actor, { body }: TermsValues) {
  const inForce = await findTermsInForce(db);
  if (inForce?.body === body) return refuse(unchanged);
  const number = nextNumber(inForce);
  const id = newId();
  const row = { id, number, body, published_by: actor.id };
  const published = await db
    .insertInto('terms_versions', row)
    .onConflict(['tenant_id', 'number'])
    .ignore()
    .returning('id');
  if (published.length === 0) return refuse({ field: 'body', code: 'terms_outdated' });
  recordAudit(db, actor, {
    event: 'terms.published',
    target: { type: 'terms_version', id, name: `Version ${number}` },
    changes: { version: [inForce?.number ?? null, number] },
  });
  return { ok: true as const, number };
}

const unchanged: FieldError = { field: 'body', code: 'terms_unchanged' };

function nextNumber(inForce: { number: number } | undefined): number {
  return (inForce?.number ?? 0) + 1;
}
