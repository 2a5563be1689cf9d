import type * as z from 'zod';
import type { TenantAccess } from '../database/in-tenant.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { TaskErrorCode, TaskParams } from '../domain/task/task.ts';

export interface Progress<Cursor> {
  /** What the next batch needs to continue; null before the first one. */
  cursor: Cursor | null;
  done: number;
  total: number | null;
  /** Of the last batch: ends the task in the same transaction, so that this batch never runs twice. */
  result?: TaskParams;
}

/**
 * Writes the rows of one batch. `db.visible()` finds what the requester of the task may see. The returned progress is
 * stored in the same transaction.
 */
export type Batch<Cursor> = (db: TenantDb) => Promise<Progress<Cursor>>;

/** @typeParam Cursor stored as JSON */
export interface TaskKind<Input extends TaskParams, Cursor> {
  input: z.ZodType<Input>;
  /**
   * Yields batches, each of which must finish within a few seconds, and returns the result. After any batch it may be
   * abandoned and started again with the stored progress, in another process. Work outside of the database goes between
   * the batches and may be repeated. A batch itself runs a second time after a deadlock. `tenant` is for work in other
   * transactions than those of the batches. It finds what the requester may see, too.
   */
  run(
    input: Input,
    progress: Progress<Cursor>,
    tenant: TenantAccess,
    taskId: string,
  ): AsyncGenerator<Batch<Cursor>, TaskParams>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- each kind knows its own input and cursor
export type AnyTaskKind = TaskKind<any, any>;

/** This version does not know what to do: a newer one queued the task, and its workers will run it. */
export class TaskUnknown extends Error {
  override name = 'TaskUnknown';
}

/** Fails the task without further attempts. */
export class TaskFailed extends Error {
  override name = 'TaskFailed';
  readonly code: TaskErrorCode;

  constructor(code: TaskErrorCode, options?: ErrorOptions) {
    super(`The task failed: ${code}`, options);
    this.code = code;
  }
}
