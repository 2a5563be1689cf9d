import type { PlatformDb } from '../../database/as-platform.ts';

/** What a chain must contain. The database lets it move forwards only. */
export interface AuditHead {
  /** The number of the last seal. */
  seals: number;
  /** Of all seals. */
  events: number;
  /** Of the last seal, in hexadecimal. */
  hash: string;
}

const columns = `seals::float8, events::float8, encode(hash, 'hex') as hash`;

export async function findHead(db: PlatformDb, chainId: string): Promise<AuditHead | undefined> {
  const { rows } = await db.raw<{ rows: AuditHead[] }>(
    `select ${columns} from audit_heads where tenant_id = ?`,
    [chainId],
  );
  return rows[0];
}

/** Of the tenants and of the platform console, whose `tenant_id` is NIL_ID. */
export async function listHeads(db: PlatformDb): Promise<(AuditHead & { tenant_id: string })[]> {
  const { rows } = await db.raw<{ rows: (AuditHead & { tenant_id: string })[] }>(
    `select tenant_id, ${columns} from audit_heads order by tenant_id`,
  );
  return rows;
}
