import type { Actor } from '../../src/domain/actor.ts';
import { newId } from '../../src/database/new-id.ts';
import { auditRow, type AuditEntry } from '../../src/domain/audit/record-audit.ts';
import { later, type Calendar } from './calendar.ts';
import type { DemoPerson } from './people.ts';
import type { Random } from './random.ts';

type Event = { at: Date; actor: Actor; entry: AuditEntry };

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
  'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
];

/** What the last weeks looked like, oldest first. */
export function auditRows(
  people: readonly DemoPerson[],
  companies: readonly { id: string; name: string }[],
  random: Random,
  calendar: Calendar,
): Record<string, unknown>[] {
  const staff = people.filter(({ audience, state }) => audience === 'staff' && state === 'active');
  const events = [
    ...companies.slice(-4).map((company) => companyCreated(company, random.pick(staff), random, calendar)),
    ...people.flatMap((person) => eventsOf(person, random.pick(staff), random, calendar)),
  ];
  return events
    .filter(({ at }) => at >= calendar.recent && at < calendar.now)
    .sort((a, b) => a.at.getTime() - b.at.getTime())
    .map(({ at, actor, entry }) => ({ ...auditRow(actor, entry), id: newId(at.getTime()), at }));
}

function companyCreated(
  company: { id: string; name: string },
  by: DemoPerson,
  random: Random,
  calendar: Calendar,
): Event {
  return {
    at: random.between(calendar.recent, calendar.now),
    actor: actorOf(by, random),
    entry: {
      event: 'company.created',
      target: { type: 'company', ...company },
      changes: { name: [null, company.name] },
    },
  };
}

function eventsOf(person: DemoPerson, by: DemoPerson, random: Random, calendar: Calendar): Event[] {
  const own = actorOf(person, random);
  const staff = actorOf(by, random);
  const target = { type: 'user', id: person.id, name: nameOf(person) } as const;
  const at = (days: number) => later(person.created_at, days);
  const created = { email: [null, person.email], first_name: [null, person.first_name] };
  const events: Event[] = [
    { at: at(0), actor: staff, entry: { event: 'user.created', target, changes: created } },
  ];
  const own_ = (when: Date, entry: AuditEntry) => events.push({ at: when, actor: own, entry });

  if (person.state === 'active' || person.state === 'not_verified') {
    own_(at(0.02), { event: 'user.password_set', target, changes: { password: ['•••', '•••'] } });
    if (person.audience === 'customer')
      own_(at(0.02), { event: 'user.terms_accepted', target, changes: { version: [null, 1] } });
    for (const when of visits(person, random, calendar)) {
      if (random.chance(0.12))
        own_(later(when, -0.001), { event: 'user.login_failed', target, outcome: 'failure' });
      own_(when, { event: 'user.logged_in', target });
    }
  }
  if (person.state === 'disabled') {
    const changes = { status: ['enabled', 'disabled'] };
    events.push({ at: person.touched_at, actor: staff, entry: { event: 'user.disabled', target, changes } });
  }
  if (person.state === 'revoked')
    events.push({ at: person.touched_at, actor: staff, entry: { event: 'user.invitation_revoked', target } });
  return events;
}

function visits(person: DemoPerson, random: Random, calendar: Calendar): Date[] {
  const most = person.audience === 'staff' ? 12 : 2;
  const from = person.created_at > calendar.recent ? later(person.created_at, 0.03) : calendar.recent;
  const earlier = Array.from({ length: random.whole(0, most) }, () =>
    random.between(from, person.touched_at),
  );
  return [...earlier, person.touched_at];
}

function actorOf(person: DemoPerson, random: Random): Actor {
  return {
    kind: person.audience,
    id: person.id,
    name: nameOf(person),
    // Of the ranges kept for documentation.
    ip: `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${random.whole(1, 254)}`,
    user_agent: random.pick(AGENTS),
    request_id: random.whole(0x100000000000, 0xffffffffffff).toString(16),
    permissions: new Set(),
  };
}

function nameOf({ first_name, last_name, email }: DemoPerson): string {
  return [first_name, last_name].filter(Boolean).join(' ') || email;
}
