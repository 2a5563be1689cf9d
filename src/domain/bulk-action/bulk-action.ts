import * as z from 'zod';
import { line, paragraphs } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import type { StaffPermission } from '../role/permissions.ts';
import type { User } from '../user/user-queries.ts';
import { isInvited } from '../user/user.ts';

/** What is done with selected users, beside labels and exports. */
export const bulkActions = {
  'add-role': { title: 'Add role', permission: 'companies.edit' },
  'remove-role': { title: 'Remove role', permission: 'companies.edit' },
  'send-invitation': { title: 'Send invitation', permission: 'users.invite' },
  'revoke-invitation': { title: 'Revoke invitation', permission: 'users.invite' },
  disable: { title: 'Disable login', permission: 'users.disable' },
  enable: { title: 'Enable login', permission: 'users.disable' },
  'send-message': { title: 'Send message', permission: 'emails.send' },
} as const satisfies Record<string, { title: string; permission: StaffPermission }>;

export type BulkActionName = keyof typeof bulkActions;

export const bulkActionNames = Object.keys(bulkActions) as [BulkActionName, ...BulkActionName[]];

export const invitationTemplates = ['accountActivation', 'accountInvitation'] as const;

const roleOptions = z.object({ company_code: line(50), role_id: line(36) });
const noOptions = z.object({});

/** The fields of the form of each action. */
export const bulkOptions = {
  'add-role': roleOptions,
  'remove-role': roleOptions,
  'send-invitation': z.object({ template: z.enum(invitationTemplates, code('required')) }),
  'revoke-invitation': noOptions,
  disable: noOptions,
  enable: noOptions,
  'send-message': z.object({ subject: line(150), text: paragraphs(5_000) }),
} as const satisfies Record<BulkActionName, z.ZodType<Readonly<Record<string, string>>>>;

/** What a task stores of the options: the company and the role by their ids. */
export const storedOptions = z.discriminatedUnion('action', [
  z.object({ action: z.literal('add-role'), company_id: line(36), role_id: line(36) }),
  z.object({ action: z.literal('remove-role'), company_id: line(36), role_id: line(36) }),
  z.object({ action: z.literal('send-invitation'), template: z.enum(invitationTemplates) }),
  z.object({ action: z.literal('revoke-invitation') }),
  z.object({ action: z.literal('disable') }),
  z.object({ action: z.literal('enable') }),
  z.object({ action: z.literal('send-message'), subject: line(150), text: paragraphs(5_000) }),
]);

export type StoredOptions = z.infer<typeof storedOptions>;

/** Why a selected user is not changed. */
export const skipReasons = [
  'disabled',
  'blocked',
  'already_disabled',
  'already_enabled',
  'active',
  'not_invited',
  'no_email',
  'just_sent',
  'not_in_company',
  'company_archived',
  'has_role',
  'has_no_role',
] as const;

export type SkipReason = (typeof skipReasons)[number];

export type SelectedUser = Pick<
  User,
  'id' | 'name' | 'email' | 'status' | 'access' | 'has_password' | 'is_blocked'
>;

/** Why the user is not changed by an action that depends on the user only; null if they are. */
export function skipReasonOf(action: BulkActionName, user: SelectedUser): SkipReason | null {
  const { status, access, has_password, email, is_blocked } = user;
  switch (action) {
    case 'disable':
      return status === 'disabled' ? 'already_disabled' : null;
    case 'enable':
      return status === 'enabled' ? 'already_enabled' : null;
    case 'revoke-invitation':
      return isInvited(user) ? null : 'not_invited';
    case 'send-invitation':
      if (!email) return 'no_email';
      if (status === 'disabled') return 'disabled';
      if (is_blocked) return 'blocked';
      return access === 'active' || has_password ? 'active' : null;
    case 'send-message':
      if (!email) return 'no_email';
      if (status === 'disabled') return 'disabled';
      return is_blocked ? 'blocked' : null;
    default:
      return null;
  }
}
