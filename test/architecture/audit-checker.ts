import { StatementCounter } from '../support/count-statements.ts';
import type { Page } from '../support/page.ts';
import type { TestPortal } from '../support/portal.ts';

/** The writes that need no audit event, by their reason. */
const UNAUDITED_WRITES: Record<string, RegExp> = {
  'sessions hold flash messages and the CSRF secret':
    /^(insert into|update|delete from) ("?app"?\.)?"?(platform_)?sessions\b/i,
  'throttle counters expire': /^(insert into|update|delete from) "?throttle_counters\b/i,
  'the summary of the dashboard repeats other rows': /^(insert into|update) "?dashboard_summaries\b/i,
  'a list notes that its views were shown, so that they are counted':
    /^update "?saved_views"? set "shown_at"/i,
  'keys of forms expire': /^(insert into|update) "?form_keys\b/i,
  'a payment method is audited when the customer has completed its page':
    /^(insert into "?(payment_methods|gateway_customers)\b|update "?payment_methods"? set "gateway_session_id")/i,
  'the sandbox stands for a service outside of the portal': /^(insert into|update) "?sandbox_/i,
  'last_seen_at is updated once a minute': /^update "?login_sessions"? set last_seen_at\b/i,
};

/** Submits forms and compares the audit log before and after each POST that changed rows. */
export class AuditChecker {
  /** POSTs that were redirected, changed rows and left no audit event. */
  readonly unaudited: string[] = [];
  /** The number of POSTs that were redirected, changed rows and left an audit event. */
  audited = 0;
  readonly #portal: TestPortal;
  readonly #counter: StatementCounter;

  constructor(portal: TestPortal) {
    this.#portal = portal;
    this.#counter = new StatementCounter(portal.database.app, portal.database.platform);
  }

  async submit(label: string, send: () => Promise<Page>): Promise<Page> {
    const before = await this.#countEvents();
    this.#counter.start();
    const page = await send();
    const writes = this.#counter.counted.writes.filter((text) => !isException(text));
    const isRedirected = page.trail.length > 1;
    if (!isRedirected || writes.length === 0) return page;
    if ((await this.#countEvents()) > before) this.audited += 1;
    else this.unaudited.push(`${label}: ${writes.join('; ')}`);
    return page;
  }

  async #countEvents(): Promise<number> {
    const { rows } = await this.#portal.owner.query<{ count: number }>(
      'select ((select count(*) from audit_events) + (select count(*) from platform_events))::int as count',
    );
    return rows[0]!.count;
  }
}

function isException(text: string): boolean {
  return Object.values(UNAUDITED_WRITES).some((pattern) => pattern.test(text));
}
