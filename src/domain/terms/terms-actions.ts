import { z } from 'zod';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { refuseWith, type Refused } from '../../database/transaction.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { parseForm, refuse } from '../form/parse-form.ts';
import { completeStep } from '../login-session/login-session-actions.ts';
import { findTermsInForce } from './terms-queries.ts';

/** Refuses if the version that the user has read is no longer in force. */
export async function acceptTerms(
  db: TenantDb,
  actor: Actor,
  user: { id: string; name: string },
  readNumber?: number,
): Promise<{ ok: true } | Refused> {
  const terms = await findTermsInForce(db);
  if (!terms) return { ok: true };
  if (readNumber !== undefined && readNumber !== terms.number) return refuseWith({});
  await db
    .insertInto('terms_acceptances', {
      user_id: user.id,
      terms_version_id: terms.id,
      ip: actor.ip,
      user_agent: actor.user_agent,
    })
    .onConflict(['tenant_id', 'user_id', 'terms_version_id'])
    .ignore();
  await completeStep(db, user.id, 'terms');
  await recordAudit(db, actor, {
    event: 'user.terms_accepted',
    target: { type: 'user', id: user.id, name: user.name },
    changes: { version: [null, terms.number] },
  });
  return { ok: true };
}

const termsForm = z.object({
  body: z
    .string()
    .transform((text) => text.replaceAll('\r\n', '\n').trim())
    .pipe(
      z
        .string()
        .min(1, { error: 'Enter the Terms and Conditions' })
        .max(30_000, { error: 'Use 30,000 characters or fewer' }),
    ),
});

const unchanged = { text: 'These are the words in force: there is nothing to publish' };
const alreadyPublished = {
  text: 'Someone else has just published a version. Read it, then publish yours again.',
};

export async function publishTerms(db: TenantDb, actor: Actor, input: unknown) {
  const parsed = parseForm(termsForm, input);
  if (!parsed.ok) return parsed;
  const { body } = parsed.values;
  const inForce = await findTermsInForce(db);
  if (inForce?.body === body) return refuse(input, { body: unchanged });
  const number = (inForce?.number ?? 0) + 1;
  const id = newId();
  const row = { id, number, body, published_by: actor.id };
  const published = await db
    .insertInto('terms_versions', row)
    .onConflict(['tenant_id', 'number'])
    .ignore()
    .returning('id');
  if (published.length === 0) return refuse(input, { body: alreadyPublished });
  await recordAudit(db, actor, {
    event: 'terms.published',
    target: { type: 'terms_version', id, name: `Version ${number}` },
    changes: { version: [inForce?.number ?? null, number] },
  });
  return { ok: true as const, number };
}
