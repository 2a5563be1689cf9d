import { Router } from 'express';
import { emailList, type ListedEmail } from '../../domain/email/email-list.ts';
import { recordedEmailStates } from '../../domain/email/email-queries.ts';
import { emailTemplate, emailTemplates } from '../../domain/email/email-templates.ts';
import { may } from '../../http/guards.ts';
import { emailBadges } from '../badges.ts';
import type { Column } from '../list-columns.ts';
import { listScreen } from '../list-screen.ts';

export const emails = Router();

export const emailColumns: readonly Column<ListedEmail>[] = [
  {
    name: 'subject',
    heading: 'Subject',
    look: 'name',
    cell: ({ id, subject, template }) => {
      const { label } = emailTemplate(template);
      const text = subject === null ? { label } : { value: subject, sub_label: label };
      return { ...text, href: `/emails/${id}` };
    },
  },
  {
    name: 'to',
    heading: 'To',
    look: 'clip address',
    cell: ({ to_address, user_id, audience }, { can }) => ({
      value: to_address,
      href: user_id && audience === 'customer' && can('users.view') ? `/users/${user_id}` : null,
    }),
  },
  { name: 'state', heading: 'State', cell: ({ state }) => ({ badges: [emailBadges[state]] }) },
  { name: 'reason', heading: 'Reason', look: 'clip', cell: ({ reason }) => ({ value: reason }) },
  {
    name: 'template',
    heading: 'Template',
    look: 'clip',
    is_extra: true,
    cell: ({ template }) => ({ label: emailTemplate(template).label }),
  },
  {
    name: 'attempts',
    heading: 'Attempts',
    kind: 'number',
    is_extra: true,
    cell: ({ attempts }) => ({ value: attempts }),
  },
  {
    name: 'accepted',
    heading: 'Accepted',
    kind: 'time',
    is_extra: true,
    cell: ({ accepted_at }) => ({ value: accepted_at }),
  },
  {
    name: 'created',
    heading: 'When',
    kind: 'time',
    is_relative: true,
    cell: ({ created_at }) => ({ value: created_at }),
  },
];

emails.get(
  '/',
  may('emails.view'),
  listScreen({
    title: 'Emails',
    path: '/emails',
    list: emailList,
    file: 'emails',
    columns: emailColumns,
    search: { placeholder: 'Beginning of the address' },
    filters: [
      {
        kind: 'many',
        name: 'state',
        label: 'State',
        options: recordedEmailStates.map((value) => ({ value, label: emailBadges[value].text })),
      },
      {
        kind: 'many',
        name: 'template',
        label: 'Template',
        options: Object.entries(emailTemplates).map(([value, { label }]) => ({ value, label })),
      },
      { kind: 'range', name: 'created', label: 'Sent' },
    ],
    count: { one: '{count} email', other: '{count} emails' },
    more: '{count}+ emails',
    cut: '{total} among the first {most} matches. Refine your search to see others.',
    noMatch: { heading: 'No emails match', icon: 'mail' },
    firstUse: {
      heading: 'No emails yet',
      icon: 'mail',
      text: 'Every email that the portal sends is listed here with its state.',
    },
  }),
);
