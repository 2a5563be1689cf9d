import { z } from 'zod';

// Addresses that a visitor, a mail server or a browser would take for the platform's own.
const reserved = new Set(
  `about abuse account accounts admin administrator api app apps assets auth autoconfig autodiscover billing blog cdn
   console contact dashboard demo dev dns docs download email example files forum ftp help hostmaster id images
   imap info internal invalid ldap legal local localhost login logout m mail mailer media metrics mobile monitor mta-sts
   mx my new news noreply ns ns1 ns2 oauth office operations operator ops owner payment payments platform pop pop3
   portal postmaster private proxy public register root sandbox secure security server setup shop signup sip smtp sso
   ssl staff staging static stats status store support sys system team tenant tenants test tls upload user users vpn
   webmaster webmail wpad ws www www1 www2`.split(/\s+/),
);

const LABEL = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/**
 * The first label of a tenant's two hosts. ASCII alone: look-alikes of other alphabets, raw or as `xn--`, are refused
 * with the doubled hyphen.
 */
export function slug() {
  return z
    .string()
    .transform((text) => text.trim().toLowerCase())
    .pipe(
      z
        .string()
        .min(1, { error: 'Enter a subdomain', abort: true })
        .refine(isLabel, {
          error: 'Use 2 to 40 of the letters a to z, digits and single hyphens, like north-storage',
          abort: true,
        })
        .refine((text) => !reserved.has(text), { error: 'This subdomain is reserved. Choose another' }),
    );
}

function isLabel(text: string): boolean {
  return text.length >= 2 && text.length <= 40 && LABEL.test(text);
}
