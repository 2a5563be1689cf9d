import { newId } from '../../src/database/new-id.ts';
import type { Tenant } from '../../src/domain/tenant/tenant.ts';
import { emailLink, maskLink } from '../../src/domain/email/queue-email.ts';
import { emailTemplate, type TemplateName } from '../../src/domain/email/email-templates.ts';
import { hasEmail } from '../../src/domain/user/user.ts';
import { renderEmail } from '../../src/mail/render-email.ts';
import { addDays, type Calendar } from './calendar.ts';
import type { DemoPerson, DemoState } from './people.ts';
import type { Random } from './random.ts';

interface Outcome {
  state: string;
  reason?: string;
  attempts: number;
  /** In days; undefined in a terminal state. */
  due_in?: number;
}

const accepted: Outcome = { state: 'accepted', attempts: 1 };
const refused: Outcome = {
  state: 'failed',
  attempts: 1,
  reason: 'The mail server rejected the email: 550 5.1.1 There is no mailbox of this name',
};

const rareOutcomes: readonly Outcome[] = [
  { state: 'queued', attempts: 0, due_in: 0.3 },
  {
    state: 'deferred',
    attempts: 3,
    due_in: 0.04,
    reason: 'The mail server deferred the email: 451 4.7.1 Please try again later',
  },
  {
    state: 'failed',
    attempts: 20,
    reason: 'The last of 20 attempts failed. The mail server could not be reached: no answer',
  },
  { state: 'suppressed', attempts: 0, reason: 'The account is disabled' },
  { state: 'expired', attempts: 6, reason: 'Its link expired before it could be sent' },
];

export function emailRows(
  tenant: Tenant,
  people: readonly DemoPerson[],
  random: Random,
  calendar: Calendar,
): Record<string, unknown>[] {
  const customers = people
    .filter(({ audience, state }) => audience === 'customer' && state !== 'no_access')
    .filter(hasEmail);
  const rows = customers.flatMap((person) =>
    emailsFor(person.state, random).map(([template, outcome], n) =>
      emailRow(tenant, person, template, outcome, addDays(person.created_at, n / 100), calendar),
    ),
  );
  const rareRows = rareOutcomes.map((outcome, n) => {
    const recipientState = outcome.state === 'suppressed' ? 'disabled' : 'active';
    const candidates = customers.filter(({ state }) => state === recipientState);
    const person = candidates[n % candidates.length]!;
    return emailRow(
      tenant,
      person,
      'resetPassword',
      outcome,
      addDays(calendar.now, -0.02 * (n + 1)),
      calendar,
    );
  });
  return [...rows, ...rareRows];
}

function emailsFor(state: DemoState, random: Random): [TemplateName, Outcome][] {
  const invitation: TemplateName = random.chance(0.5) ? 'accountActivation' : 'accountInvitation';
  if (state === 'bounced') return [[invitation, refused]];
  if (state === 'invited' || state === 'opened' || state === 'expired' || state === 'revoked')
    return [[invitation, accepted]];
  const mails: [TemplateName, Outcome][] = [
    ['accountActivation', accepted],
    ['setPassword', accepted],
  ];
  if (state === 'not_verified') mails.push(['verifyEmail', accepted]);
  if (random.chance(0.2)) mails.push(['resetPassword', accepted], ['passwordChanged', accepted]);
  return mails;
}

function emailRow(
  tenant: Tenant,
  person: DemoPerson & { email: string },
  template: TemplateName,
  { state, reason, attempts, due_in }: Outcome,
  at: Date,
  { now }: Calendar,
): Record<string, unknown> {
  const { audience, email } = person;
  const id = newId(at.getTime());
  const token = emailTemplate(template).token === null ? null : 'masked';
  const link = maskLink(emailLink(template, audience, tenant, token));
  const locale = person.locale ?? tenant.locale;
  const { first_name } = person;
  const copy =
    attempts > 0 &&
    renderEmail({ template, audience, locale, tenant, first_name, email, link, variables: {} });
  const isSent = state === 'accepted';
  return {
    id,
    template,
    user_id: person.id,
    audience,
    to_address: email,
    state,
    reason: reason ?? null,
    attempts,
    due_at: due_in === undefined ? null : addDays(now, due_in),
    message_id: id,
    created_at: at,
    last_attempt_at: attempts > 0 ? addDays(at, 0.0001) : null,
    accepted_at: isSent ? addDays(at, 0.0001) : null,
    ...(copy || { subject: null, text: null, html: null }),
  };
}
