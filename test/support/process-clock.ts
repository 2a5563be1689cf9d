/** Runs `work` while the clock of this process differs from that of the database. */
export async function withProcessClock<Result>(
  offsetMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const real = globalThis.Date;
  const now = () => real.now() + offsetMs;
  globalThis.Date = new Proxy(real, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)) as unknown,
  });
  try {
    return await work();
  } finally {
    globalThis.Date = real;
  }
}
