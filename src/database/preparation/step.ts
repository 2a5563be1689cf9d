import pg from 'pg';

/** Something the database lacks. `shown` is what a person may read: without passwords. */
export type Step = { sql: string; shown?: string; isOptional?: boolean };

/** The administrator's role may not do what is missing; the message holds the SQL for somebody who may. */
export class DatabaseNotPrepared extends Error {
  constructor(steps: Step[], reason: string) {
    const sql = steps.filter((step) => !step.isOptional).map((step) => `  ${step.shown ?? step.sql};`);
    super(
      `The database is not ready for Portico, and DATABASE_OWNER_URL may not prepare it (${reason}). ` +
        `Run this once as a superuser, in that database:\n\n${sql.join('\n')}\n`,
    );
  }
}

/** All or nothing, but for the optional steps, which a refusal does not stop. */
export async function runSteps(client: pg.Client, steps: Step[]): Promise<void> {
  if (steps.length === 0) return;
  await client.query('begin');
  try {
    for (const step of steps) await runStep(client, step);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function runStep(client: pg.Client, step: Step): Promise<void> {
  if (!step.isOptional) {
    await client.query(step.sql);
    return;
  }
  await client.query('savepoint optional_step');
  await client.query(step.sql).catch(() => client.query('rollback to savepoint optional_step'));
}
