import { expect } from 'chai';
import { readSources } from './source-files.ts';

/** What the clock of a process may decide. Stored times and those compared with them are `now()` of the database. */
const allowed: Record<string, string> = {
  'src/settings.ts': 'the offset of PORTAL_CLOCK',
  'src/database/new-id.ts': 'the time at the beginning of an id',
  'src/database/scan-tenants.ts': 'a wait within the process',
  'src/domain/audit/audit-list.ts': 'which partitions are read first',
  'src/domain/invitation/invitation.ts': 'not stored and not compared: the address is verified',
  'src/domain/tenant/tenant-directory.ts': 'the age of an entry in the memory of the process',
  'src/embedded-postgres/embedded-postgres.ts': 'a wait within the process',
  'src/embedded-postgres/postmaster.ts': 'a wait within the process',
  'src/gateways/sandbox/deliver-events.ts': 'the time of a signature',
  'src/http/callback-attempt.ts': 'the order of cookies',
  'src/http/cookies.ts': 'signed cookies, which are not stored',
  'src/http/find-portal.ts': 'how often a process logs',
  'src/http/process-counters.ts': 'attempts in the memory of the process',
  'src/http/rate-limit.ts': 'a wait within the process',
  'src/http/refresh-page.ts': 'how long an open page refreshes itself',
  'src/http/session-store.ts': 'how much of the lifetime of a cookie is left',
  'src/locales/time-zones.ts': 'the offsets of the list of time zones',
  'src/log.ts': 'how often a process logs',
  'src/mail/kept-emails.ts': 'the date of a file in development',
  'src/proxy-check.ts': 'the age of a signed check, which is not stored',
  'src/sign-in/link-cookie.ts': 'the order of cookies',
  'src/sign-in/session.ts': 'the Expires of a cookie',
  'src/tasks/tenant-scheduler.ts': 'a wait within the process',
  'src/webhooks/gateway-events.ts': 'the age of a signature, which is not stored',
};

const CLOCK = /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|Temporal\.Now/;

describe('The clock of the process', () => {
  it('is read only in the files that are named here', () => {
    const files = readSources('src', '.ts').filter(({ text }) => CLOCK.test(text));
    expect(files.map(({ file }) => file)).to.have.members(Object.keys(allowed));
  });
});
