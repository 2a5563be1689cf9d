import { createHook } from 'node:async_hooks';

/** The async resource type under which napi-rs, and nothing else in the portal, runs native work. */
const NATIVE_WORK = 'undefined';

/** Counts the argon2 hashes that start while `work` runs. */
export async function countHashes(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const hook = createHook({ init: (_id, type) => void (count += Number(type === NATIVE_WORK)) });
  hook.enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return count;
}
