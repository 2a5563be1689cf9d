import * as z from 'zod';
import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { actAs, type Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { queueEmail } from '../email/queue-email.ts';
import { email, line } from '../form/fields.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { newPassword } from '../password/password-actions.ts';
import { newPasswordSchema, type PasswordRules } from '../password/password.ts';
import { acceptTerms } from '../terms/terms-actions.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { consumeToken, revokeTokens } from '../token/one-time-token.ts';
import type { UserOfCode } from './activation-code.ts';
import { userColumns, userTarget } from './user.ts';

export const activationCodeSchema = z.strictObject({ activation_code: line(100) });

export function activationSchema(rules: Omit<PasswordRules, 'names'>) {
  return newPasswordSchema(rules).safeExtend({ ...activationCodeSchema.shape, email: email() });
}

/** The same for an unknown, used, expired and revoked code. */
export const unusableCode: FieldError = { field: 'activation_code', code: 'activation_code_unusable' };

interface Activation {
  code: string;
  email: EmailAddress;
  passwordHash: string;
  /** Of the version that the form has shown; empty if it has shown none. */
  termsNumber: string;
}

/** Succeeds for one of several concurrent calls. The address is not verified. */
export async function activateWithCode(
  db: TenantDb,
  actor: Actor,
  user: UserOfCode,
  { code, email, passwordHash, termsNumber }: Activation,
): Promise<{ ok: true } | RefusedValues> {
  if (!(await consumeToken(db, user, code, 'activation_code'))) return refuse(unusableCode);
  const { user_id: id } = user;
  if (!(await storeLogin(db, id, email, passwordHash)))
    return refuse({ field: 'email', code: 'email_not_available' });
  revokeTokens(db, id);
  const activated = { id, audience: 'customer', name: user.name, email } as const;
  const target = userTarget(activated);
  const self = actAs(actor, activated);
  const accepted = await acceptTerms(db, self, target, termsNumber);
  if (!accepted.ok) return accepted;
  recordAudit(db, self, {
    event: 'user.activation_code_used',
    target,
    changes: { email: [null, email], password: ['•••', '•••'] },
  });
  const mail = { user_id: id, audience: 'customer', to_address: email, requested_by: id } as const;
  queueEmail(db, { ...mail, template: 'verifyEmail' });
  return { ok: true };
}

/** Returns false if another customer has the address. The user is locked. */
async function storeLogin(
  db: TenantDb,
  id: string,
  email: EmailAddress,
  passwordHash: string,
): Promise<boolean> {
  const user = db.from('users').where({ id });
  const details = await selectRow(user.clone(), pick('users', 'first_name', 'last_name', 'phone', 'phone2'));
  const columns = {
    ...userColumns({ ...details!, email }),
    ...newPassword(db, passwordHash),
    access: 'active' as const,
    access_expires_at: null,
    email_verified_at: null,
    is_email_proven: false,
    version: db.raw<number>('version + 1'),
  };
  return db.catchUniqueViolation(() => user.update(columns));
}
