export interface Finding {
  about: string;
  ok: boolean;
  detail: string;
  /** What to do about it. */
  mend?: string;
}

/** A check that throws has found something, too. */
export async function check(about: string, mend: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { about, ok: true, detail: await look() };
  } catch (error) {
    const { message, errors } = error as { message: string; errors?: { message: string }[] };
    return { about, ok: false, detail: message || errors?.[0]?.message || String(error), mend };
  }
}
