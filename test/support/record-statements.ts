import pg from 'pg';
import { sentStatement, type SentStatement } from './count-statements.ts';
import type { TestDatabase } from './database.ts';

type Query = (this: pg.Client, ...args: unknown[]) => unknown;

/** Records the statements that this process sends to a database as the app or the platform, through any connection. */
export function recordStatements({ urls }: Pick<TestDatabase, 'urls'>): {
  sent: Map<string, SentStatement>;
  stop(): void;
} {
  const database = new URL(urls.app).pathname.slice(1);
  const sent = new Map<string, SentStatement>();
  // oxlint-disable-next-line typescript/unbound-method -- is called with its connection below
  const { query } = pg.Client.prototype;
  const recording: Query = function (...args) {
    if (this.database === database && (this.user === 'app_rw' || this.user === 'app_platform')) {
      const statement = sentStatement(args);
      sent.set(statement.text, statement);
    }
    return (query as Query).apply(this, args);
  };
  pg.Client.prototype.query = recording as typeof query;
  return { sent, stop: () => void (pg.Client.prototype.query = query) };
}
