import type { Config } from '../config.ts';
import { parseEmailAddress } from '../domain/text/email-address.ts';
import { emailLink } from '../domain/email/email-link.ts';
import { oneLine } from './one-line.ts';
import type { OutgoingEmail } from './outgoing-email.ts';
import type { PreparedEmail } from './prepare-email.ts';
import type { Letter } from './render-email.ts';

/** What is written in it. */
export function letterOf({ row, tenant, person, token }: PreparedEmail): Letter {
  return {
    template: row.template,
    audience: row.audience,
    // The operations portal speaks English, and so do its mails.
    locale: row.audience === 'staff' ? 'en' : (person.locale ?? tenant.locale),
    tenant,
    first_name: person.first_name,
    email: row.to_address,
    link: emailLink(row.template, row.audience, tenant, token),
    variables: row.variables,
  };
}

/** What is written on it. */
export function envelopeOf(
  { row, tenant, person }: PreparedEmail,
  letter: Letter,
  config: Config,
): Omit<OutgoingEmail, 'subject' | 'text' | 'html'> {
  const reply_to = parseEmailAddress(tenant.reply_to ?? '');
  const name = oneLine(tenant.name);
  return {
    id: row.id,
    message_id: row.message_id,
    locale: letter.locale,
    from: { name, address: `no-reply@${config.mailFromDomain}` },
    to: { name: oneLine(person.name), address: row.to_address },
    reply_to: reply_to ? { name, address: reply_to } : null,
  };
}
