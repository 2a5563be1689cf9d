import type { Knex } from 'knex';

/** The configuration of knex for `timeOf`. */
export function clockParams(offsetMs: number): { userParams: { now?: string } } {
  return { userParams: offsetMs === 0 ? {} : { now: `(now() + interval '${offsetMs} milliseconds')` } };
}

/** SQL for the time of links, business dates, payments and reminders: that of the database, moved by PORTAL_CLOCK. */
export function timeOf(knex: Knex): string {
  return (knex.userParams as { now?: string }).now ?? 'now()';
}
