export interface Finding {
  about: string;
  ok: boolean;
  detail: string;
  /** What to do about it. */
  fix?: string;
}

/** A check that throws has found something, too. */
export async function check(about: string, fix: string, read: () => Promise<string>): Promise<Finding> {
  try {
    return { about, ok: true, detail: await read() };
  } catch (error) {
    const { message, errors } = error as { message: string; errors?: { message: string }[] };
    return { about, ok: false, detail: message || errors?.[0]?.message || String(error), fix };
  }
}
