import type { Context } from 'mocha';

/** Skips the test, or in a `before` hook its suite; the reporter prints the reason. */
export function skipBecause(context: Context, reason: string): never {
  const running = context.test as { type: string; parent?: object } | undefined;
  Object.assign((running?.type === 'hook' ? running.parent : running) ?? {}, { reasonToSkip: reason });
  context.skip();
  throw new Error('mocha continues after skip()');
}
