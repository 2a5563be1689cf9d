import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { theme } from '../../src/domain/brand/theme-css.ts';
import { catalogues } from '../../src/locales/translate.ts';
import { emailLink } from '../../src/domain/email/queue-email.ts';
import {
  emailTemplate,
  emailTemplates,
  type Audience,
  type TemplateName,
} from '../../src/domain/email/email-templates.ts';
import { renderEmail, type EmailContext } from '../../src/mail/render-email.ts';
import { viewsFolder } from '../../src/project-folder.ts';

const names = Object.keys(emailTemplates) as TemplateName[];
const tenant = {
  name: 'Bay & Storage',
  contact_email: 'help@bay.example',
  contact_phone: null,
  reply_to: 'help@bay.example',
  logo: null,
  portal_origin: 'https://bay.portal.example',
  operations_origin: 'https://bay.operations.example',
  theme: theme({ color: '#ffd400' }),
  vocabulary: 'storage' as const,
};

function emailContext(template: TemplateName, changes: Partial<EmailContext> = {}): EmailContext {
  const audience: Audience = changes.audience ?? 'customer';
  return {
    template,
    audience,
    locale: 'en',
    tenant,
    first_name: 'Ada',
    email: 'ada@example.com',
    link: emailLink(template, audience, tenant, emailTemplate(template).token && 'a'.repeat(43)),
    variables: emailTemplate(template).sample,
    ...changes,
  };
}

describe('renderEmail', () => {
  it('shows the logo of the tenant, and its name where images are blocked', () => {
    const logo = { hash: '0123456789abcdef0123456789abcdef', width: 120, height: 40 };
    const { html, text } = renderEmail(emailContext('resetPassword', { tenant: { ...tenant, logo } }));
    const image = /<img[^>]*>/.exec(html)![0];
    expect(image)
      .to.include('src="https://bay.portal.example/logo.0123456789abcdef0123456789abcdef.large.png"')
      .and.include('alt="Bay &amp; Storage"')
      .and.include('width="120" height="40"');
    expect(text).to.include('Bay & Storage');
    expect(renderEmail(emailContext('resetPassword')).html).to.not.include('<img');
  });

  it('isolates labels and amounts in an Arabic subject, also from characters of the parameters', () => {
    const variables = { ...emailTemplate('invoice').sample, label: 'INV-\u20697', amount_cents: '-30000' };
    const { subject } = renderEmail(emailContext('invoice', { locale: 'ar', variables }));
    expect(subject)
      .to.include('\u2068INV- 7\u2069')
      .and.include('\u2067\u2066−300.00\u2069 \u2068US$\u2069\u2069');
  });

  it('names the unpaid invoice of a late fee in the language of the email', () => {
    const { text } = renderEmail(emailContext('lateFee', { locale: 'ar' }));
    expect(text).to.include('الرسم عن الفاتورة \u2068INV-00041\u2069').and.not.include('Late fee');
  });

  it('asks for the payment reference in an invoice with an open amount and in a reminder', () => {
    const textOf = (template: 'invoice' | 'invoiceReminder', changes: Record<string, string> = {}) => {
      const variables = { ...emailTemplate(template).sample, ...changes };
      const { text, html } = renderEmail(emailContext(template, { variables }));
      return text + html;
    };
    const sentence = 'State the reference PRT-7K2M9QX with your payment.';
    expect(textOf('invoice').split(sentence)).to.have.length(3);
    expect(textOf('invoiceReminder').split(sentence)).to.have.length(3);
    expect(textOf('invoice', { open_cents: '0' })).not.to.include('State the reference');
    expect(textOf('invoice', { reference: '' })).not.to.include('State the reference');
  });

  it('asks to pay on the page of an invoice when there is a payment service, and for nothing with autopay', () => {
    const textOf = (template: 'invoice' | 'invoiceReminder', changes: Record<string, string>) => {
      const variables = { ...emailTemplate(template).sample, ...changes };
      const { text, html } = renderEmail(emailContext(template, { variables }));
      return text + html;
    };
    const page = 'Pay it on the page of the invoice. For a bank transfer, state the reference PRT-7K2M9QX.';
    expect(textOf('invoice', { pays_by: 'page' }).split(page)).to.have.length(3);
    expect(textOf('invoiceReminder', { pays_by: 'autopay' }).split(page)).to.have.length(3);
    expect(textOf('invoice', { pays_by: 'autopay' }))
      .to.include('We charge $120.00 by autopay when it is due. There is nothing to do.')
      .and.not.include('Pay it by')
      .and.not.include('PRT-7K2M9QX');
    expect(textOf('invoice', { pays_by: 'autopay', open_cents: '0' })).to.not.include('autopay');
  });

  it('states the tax of an invoice, and what is left after credit', () => {
    const textOf = (changes: Record<string, string>) => {
      const variables = { ...emailTemplate('invoice').sample, ...changes };
      return renderEmail(emailContext('invoice', { variables })).text;
    };
    expect(textOf({}))
      .to.include('of $120.00. It includes $20.00 of tax.')
      .and.include('Pay it by Apr 1, 2026.');
    expect(textOf({ tax_cents: '' })).to.not.include('tax');
    expect(textOf({ applied_cents: '12000', open_cents: '0' })).to.include('It was paid from your credit.');
    expect(textOf({ amount_cents: '0', open_cents: '0' }))
      .to.include('There is nothing to pay.')
      .and.not.include('credit');
  });

  it('says of a credit note without a reason that it was added to the credit', () => {
    const variables = { ...emailTemplate('creditNote').sample, reason: '' };
    const { text } = renderEmail(emailContext('creditNote', { variables }));
    expect(text).to.include('It was added to your credit.');
  });

  it('says with which email address and phone number to contact the tenant', () => {
    const contact = { contact_email: 'care@bay.example', contact_phone: '+44 20 7946 0000' };
    const { text } = renderEmail(emailContext('passwordChanged', { tenant: { ...tenant, ...contact } }));
    expect(text).to.include('contact care@bay.example · +44 20 7946 0000.');
    const none = { contact_email: null, contact_phone: null };
    expect(renderEmail(emailContext('passwordChanged', { tenant: { ...tenant, ...none } })).text).to.include(
      'contact Bay & Storage.',
    );
  });

  for (const name of names) {
    for (const locale of ['en', 'ar']) {
      it(`renders ${name} in ${locale} as subject, text and HTML, with and without names`, () => {
        for (const audience of emailTemplate(name).audiences) {
          for (const nameless of [{}, { first_name: null, variables: {} }]) {
            const context = emailContext(name, { audience, locale, ...nameless });
            const { subject, text, html } = renderEmail(context);
            for (const part of [subject, text, html]) {
              expect(part).to.match(/\S/);
              expect(part).to.not.match(/undefined|null|NaN|\[object|\{\w+\}|<%|%>/);
            }
            expect(subject).to.not.include('\n').and.not.include('&amp;');
            expect(text).to.include(context.link).and.include('Bay & Storage').and.not.include('&amp;');
            expect(html).to.include(`href="${context.link}"`).and.include(`>${context.link}</a>`);
            expect(html).to.include(`lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}"`);
          }
        }
      });
    }
  }

  it('greets users by first name, or with "Hello" if they have none', () => {
    expect(renderEmail(emailContext('resetPassword')).text).to.match(/^Hi Ada,\n/);
    expect(renderEmail(emailContext('resetPassword', { first_name: null })).text).to.match(/^Hello,\n/);
    expect(renderEmail(emailContext('resetPassword', { locale: 'ar' })).text).to.match(
      /^مرحبًا \u2068Ada\u2069،\n/,
    );
  });

  it('returns the specified subjects', () => {
    const subjects = names.map((name) => renderEmail(emailContext(name)).subject);
    expect(Object.fromEntries(names.map((name, index) => [name, subjects[index]]))).to.deep.equal({
      accountActivation: 'Activate your Bay & Storage account',
      accountInvitation: 'Grace Hopper invites you to Bay & Storage',
      setPassword: 'Set your password for Bay & Storage',
      resetPassword: 'Reset your Bay & Storage password',
      passwordChanged: 'Your Bay & Storage password was changed',
      verifyEmail: 'Confirm your email address for Bay & Storage',
      emailChanged: 'Your Bay & Storage email address is changing',
      accountExists: 'You already have an account with Bay & Storage',
      invoice: 'Invoice INV-00042: $120.00, due Apr 1, 2026',
      invoiceReminder: 'Reminder: $120.00 of invoice INV-00042, due Apr 1, 2026',
      creditNote: 'Credit note CN-00007: $120.00',
      lateFee: 'Late fee INV-00042: $120.00, due Apr 1, 2026',
      statement: 'Statement of Mar 1, 2026 to Mar 31, 2026',
      moveInScheduled: 'Unit U12 is reserved for you from Apr 1, 2026',
      message: 'New opening hours',
      moveInCompleted: 'Your rental of unit U12 has started',
      moveOutScheduled: 'Your move-out of unit U12 on Apr 1, 2026',
      moveOutCompleted: 'Your rental of unit U12 has ended',
      requestReceived: 'We have received your request for unit U12',
      requestDeclined: 'Your request for unit U12 was declined',
      transferCompleted: 'You have moved to unit U12',
      transferCancelled: 'Your transfer to unit U7 was cancelled',
      rentChange: 'The rent of unit U12 changes on Apr 1, 2026',
      lockedOut: 'Unit U12 is locked',
      unlocked: 'Unit U12 is unlocked',
      receipt: 'Receipt for $120.00',
      chargeFailed: 'Your payment of $120.00 did not go through',
      paymentActionNeeded: 'Your bank asks you to confirm $120.00',
      refundSent: 'We have refunded $120.00',
      scheduledPaymentCancelled: 'Your scheduled payment of $120.00 was cancelled',
      upcomingCharge: 'We will charge $120.00 on Apr 1, 2026',
      paymentMethodExpiring: 'Visa •••• 4242 expires on Apr 30, 2026',
      shortPaymentDecided: 'Invoice INV-00042: $120.00 is due',
      paymentMethodRemoved: 'Visa •••• 4242 was removed',
      mandateSigned: 'You have signed a debit mandate for Bay & Storage',
      autopayChanged: 'Autopay is on',
      disputeOpened: 'Ada Lovelace disputes $120.00 of invoice INV-00042',
      paymentFailedAlert: 'A payment of $120.00 failed: Ada Lovelace',
      commentAlert: 'Ada Lovelace commented on invoice INV-00042',
      requestAlert: 'New request of Ada Lovelace',
      documentAlert: 'New document of Ada Lovelace',
      unreachableAlert: '1 customer has no email address for invoices',
    });
  });

  it('tells staff of a failed refund, and of a card that the customer has to replace', () => {
    const { sample } = emailTemplates.paymentFailedAlert;
    const refund = renderEmail(
      emailContext('paymentFailedAlert', { variables: { ...sample, is_refund: 'true' } }),
    );
    expect(refund.subject).to.equal('A refund of $120.00 failed: Ada Lovelace');
    expect(refund.text).to.include('A refund of $120.00 to Ada Lovelace failed.').and.include('View refund');
    const { on: _, ...final } = sample;
    const unusable = renderEmail(
      emailContext('paymentFailedAlert', { variables: { ...final, needs: 'new_method' } }),
    );
    for (const part of [unusable.text, unusable.html])
      expect(part)
        .to.include('The customer has to update their payment details.')
        .and.not.include('The next try');
  });

  it('returns HTML without images, scripts, trackers and external resources', () => {
    for (const name of names) {
      const { html } = renderEmail(emailContext(name));
      expect(html).to.not.match(/<img|<script|<link|url\(|src=|@import/i);
      const hosts = [...html.matchAll(/https?:\/\/([^/"<\s]+)/g)].map((match) => match[1]);
      expect(new Set(hosts)).to.deep.equal(new Set(['bay.portal.example']));
      expect(Buffer.byteLength(html)).to.be.below(102 * 1024);
    }
  });

  it("uses the tenant's colours for the button and supports both colour schemes", () => {
    const { html } = renderEmail(emailContext('accountActivation'));
    expect(html).to.match(/<td[^>]* bgcolor="#ffd400"[^>]*><a [^>]*color:#000000[^>]*>Activate Account<\/a>/);
    expect(html).to.include('<meta name="color-scheme" content="light dark">');
    expect(html).to.include('prefers-color-scheme: dark');
  });

  it('shows the first letter of the tenant in its colour unless it has a logo', () => {
    const mark =
      /<span aria-hidden="true" [^>]*background:#ffd400;color:#000000[^>]*>B<\/span> Bay &amp; Storage/;
    expect(renderEmail(emailContext('resetPassword')).html).to.match(mark);
    const logo = { hash: 'a'.repeat(64), width: 120, height: 40 };
    const branded = renderEmail(emailContext('resetPassword', { tenant: { ...tenant, logo } })).html;
    expect(branded).to.include('<img class="logo"').and.not.match(mark);
  });

  it("has a bar in the tenant's colour in a row of its own above the card", () => {
    const { html } = renderEmail(emailContext('resetPassword'));
    expect(html).to.match(
      /<tr><td class="bar" bgcolor="#ffd400"[^>]*>&nbsp;<\/td><\/tr>\s*<tr><td class="card"/,
    );
    expect(html).to.not.match(/border-top:[1-9]/);
  });

  it('names the company of the customer in the activation email, if there is one', () => {
    const company = 'Analytical Engines Ltd';
    const named = renderEmail(emailContext('accountActivation', { variables: { company_name: company } }));
    for (const part of [named.text, named.html])
      expect(part).to.include(`It gives you access to ${company}.`);
    expect(renderEmail(emailContext('accountActivation', { variables: {} })).text).to.not.include(
      'gives you access',
    );
  });

  it('states how long the link is valid', () => {
    const lifetimes = { accountInvitation: '7 days', setPassword: '24 hours', resetPassword: '60 minutes' };
    for (const [name, lifetime] of Object.entries(lifetimes)) {
      const { text, html } = renderEmail(emailContext(name as TemplateName));
      expect(text).to.include(`This link works for ${lifetime} and can be used once.`);
      expect(html).to.include(`This link works for ${lifetime} and can be used once.`);
    }
  });

  it('escapes markup and template syntax in names', () => {
    const first_name = '<b>Ada</b> <%= process.pid %> {email}';
    const { text, html } = renderEmail(emailContext('resetPassword', { first_name }));
    expect(text).to.include(`Hi ${first_name},`);
    expect(html).to.include('Hi &lt;b&gt;Ada&lt;/b&gt; &lt;%= process.pid %&gt; {email},');
  });

  it('translates every sentence (checked with the pseudo-locale en-XA)', () => {
    for (const name of names) {
      const { text } = renderEmail(emailContext(name, { locale: 'en-XA', audience: 'customer' }));
      const paragraphs = (emailContext(name).variables['body'] ?? '').split('\n');
      const untranslated = text
        .split('\n')
        .filter((line) => !paragraphs.includes(line))
        .filter((line) => /\p{L}/u.test(line) && !/^(- )?\[|^https?:|Bay & Storage ·/.test(line));
      expect(untranslated, name).to.deep.equal([]);
    }
  });
});

describe('emailLink', () => {
  it('leads staff to the operations portal', async () => {
    const { link } = emailContext('resetPassword', { audience: 'staff' });
    expect(link).to.match(/^https:\/\/bay\.operations\.example\/reset-password\?token=a{43}$/);
  });
});

describe('Email templates', () => {
  it('have an Arabic translation with the same placeholders for each sentence', () => {
    const arabic = catalogues['ar']!;
    for (const sentence of sentencesOfViews('emails')) {
      expect(arabic, sentence).to.have.property(sentence);
      expect(placeholders(arabic[sentence] as string), sentence).to.deep.equal(placeholders(sentence));
    }
  });
});

function placeholders(sentence: string): string[] {
  return (sentence.match(/\{\w+\}/g) ?? []).toSorted();
}

function sentencesOfViews(folder: string): string[] {
  const files = readdirSync(path.join(viewsFolder, folder), { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((file) => file.endsWith('.ejs'))
    .map((file) => readFileSync(path.join(viewsFolder, folder, file), 'utf8'));
  const found = sources.flatMap((source) => [...source.matchAll(/\bt\((?:'([^']+)'|"([^"]+)")/g)]);
  return [...found.map((match) => (match[1] ?? match[2])!), 'Hello,', 'Hi {first_name},'];
}
