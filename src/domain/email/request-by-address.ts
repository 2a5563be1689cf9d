import { z } from 'zod';
import type { TenantDb } from '../../database/tenant-db.ts';
import { queueEmail } from './queue-email.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { email } from '../form/fields.ts';
import { parseForm } from '../form/parse-form.ts';
import { readableEmailAddress } from '../text/email-address.ts';

const addressForm = z.object({ username: email() });

/**
 * Somebody unknown typed an address and wants a link. The work is the same for every address: a row for the worker,
 * which finds out whose it is and whether a mail goes out.
 */
export async function requestByAddress(
  db: TenantDb,
  actor: Actor,
  template: 'resetPassword' | 'setPassword',
  audience: 'customer' | 'staff',
  input: unknown,
) {
  const parsed = parseForm(addressForm, input);
  if (!parsed.ok) return parsed;
  const address = parsed.values.username;
  await queueEmail(db, {
    template,
    audience,
    to_address: address,
    variables: template === 'setPassword' ? { requested: 'activation' } : {},
  });
  await recordAudit(db, actor, {
    event: template === 'setPassword' ? 'user.activation_requested' : 'user.password_reset_requested',
  });
  return { ok: true as const, address: readableEmailAddress(address) };
}
