import { setTimeout as delay } from 'node:timers/promises';
import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { GatewayRefused, GatewayUnknown } from '../../domain/gateway/gateway.ts';
import { existing, inAccount, type SandboxAccount } from './sandbox-account.ts';
import { takeSwitch } from './switches.ts';

export interface KeyedRequest {
  /** The call that a switch can make fail. */
  call?: 'create' | 'confirm' | 'refund';
  key: string;
  /** Compared when the key is used again. */
  parameters: unknown;
}

/** A response that says nothing about what was done. */
const SERVER_ERROR = 'null';

/** Longer than callers wait. */
const NO_ANSWER_MS = 20_000;

/**
 * Runs the work once for each key. The first response of a key is stored with its effect and returned again, also when
 * it was a server error. A request that is refused stores nothing.
 *
 * @throws {GatewayRefused} when the key is used again with other parameters
 * @throws {GatewayUnknown} when the response does not say what was done
 */
export async function runOnce<Result>(
  account: SandboxAccount,
  request: KeyedRequest,
  work: (db: TenantDb) => Promise<Result>,
): Promise<Result> {
  const { response, fault } = await inAccount(account, async (db) => {
    const stored = await claimKey(db, account, request);
    if (stored !== undefined) return { response: stored, fault: undefined };
    const fault = request.call && (await takeSwitch(db, account.gatewayId, request.call));
    if (fault === 'cut') {
      await keyRow(db, account, request).delete();
      return { response: SERVER_ERROR, fault };
    }
    const result = await work(db);
    const response = fault === 'error' ? SERVER_ERROR : encode(result);
    await keyRow(db, account, request).update({ response });
    return { response, fault };
  });
  if (fault === 'no-answer') await delay(NO_ANSWER_MS, undefined, { ref: false });
  if (fault !== undefined || response === SERVER_ERROR)
    throw new GatewayUnknown('The sandbox has sent no result', { requestId: request.key });
  return decode(response) as Result;
}

/** Returns the stored response. A second request with the same key waits for the first one. */
async function claimKey(
  db: TenantDb,
  account: SandboxAccount,
  request: KeyedRequest,
): Promise<string | undefined> {
  const { key } = request;
  const parameters = encode([request.call, request.parameters]);
  const inserted: unknown[] = await db
    .insertInto('sandbox_requests', { gateway_id: account.gatewayId, key, parameters })
    .onConflict(['tenant_id', 'gateway_id', 'key'])
    .ignore()
    .returning('key');
  if (inserted.length > 0) return undefined;
  const columns = pick('sandbox_requests', 'parameters', 'response');
  const stored = existing(await selectRow(keyRow(db, account, request), columns));
  if (stored.parameters !== parameters) throw new GatewayRefused('idempotency_key_in_use');
  return stored.response ?? SERVER_ERROR;
}

function keyRow(db: TenantDb, { gatewayId }: SandboxAccount, { key }: KeyedRequest) {
  return db.from('sandbox_requests').where({ gateway_id: gatewayId, key });
}

/** Amounts are texts like `100n`. */
function encode(value: unknown): string {
  return JSON.stringify(value, (_name, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each));
}

function decode(text: string): unknown {
  return JSON.parse(text, (_name, each: unknown) =>
    typeof each === 'string' && /^\d+n$/.test(each) ? BigInt(each.slice(0, -1)) : each,
  );
}
