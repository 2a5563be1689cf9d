import { asPlatform } from '../database/as-platform.ts';
import type { Job } from './schedules.ts';

const MONTHS_AHEAD = 3;

/** A month without a partition would refuse every audited action: they are made three months before. */
export const auditPartitions: Job = {
  name: 'audit partitions',
  everySeconds: 24 * 60 * 60,
  run: async ({ database, log }) => {
    const { rows } = await asPlatform<{ rows: { made: number }[] }>(database, (db) =>
      db.knex.raw('select app.create_audit_partitions(?) as made', [MONTHS_AHEAD]),
    );
    const { made } = rows[0]!;
    if (made > 0) log.info({ made }, 'partitions of the audit log made');
  },
};
