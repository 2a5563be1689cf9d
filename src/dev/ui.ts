import { Router } from 'express';
import type { Form } from '../http/form.ts';
import { anyone } from '../http/guards.ts';

export function componentGallery(): Router {
  const routes = Router();
  routes.get('/', anyone, async (_req, res) => {
    const { noteText } = await import('../domain/note/note-text.ts');
    res.page('dev/ui', {
      title: 'Components',
      operator: { name: 'Sam Rivera' },
      form: invalidForm,
      people,
      flashes,
      note_content: noteText('Call **before** noon:\n\n- gate 4\n- [map](https://example.com)'),
    });
  });
  return routes;
}

const invalidForm: Form = {
  values: { email: 'ada@example.com', roles: ['view_only'] },
  errors: {
    email: {
      text: 'A user with this email address already exists',
      href: '#forms',
      link: 'View Ada Lovelace',
    },
    new_password: { text: 'Password must be {minimum} characters or more', params: { minimum: 12 } },
    accept_terms: { text: 'Agree to the Terms and Conditions to continue' },
  },
};

const flashes = [
  { kind: 'ok', text: 'Ada Lovelace was created. No email has been sent.' },
  { kind: 'info', text: 'Customers added here do not receive the Welcome email.' },
  { kind: 'warn', text: 'Your email is not verified yet.' },
];

const people = [
  {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    company: 'Northgate Distribution Ltd',
    tone: 'plain',
    access: 'Active',
  },
  { name: 'عمر حداد', email: 'omar@example.com', company: '', tone: 'info', access: 'Invited' },
  {
    name: 'Bjørn Dahl',
    email: 'bjorn@example.com',
    company: 'Harbour Bakery',
    tone: 'warn',
    access: 'Expired',
  },
  {
    name: 'Priya Nair',
    email: 'priya@example.com',
    company: 'Harbour Bakery',
    tone: 'bad',
    access: 'Bounced',
  },
  { name: 'Tom O’Neil', email: 'tom@example.com', company: '', tone: 'plain', access: 'No access' },
].map((person, index) => ({ ...person, day: index + 1 }));
