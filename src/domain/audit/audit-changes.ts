/** One changed field, as people read it; either side is empty where there was, or is, nothing. */
export interface ChangeLine {
  field: string;
  before: string;
  after: string;
}

const words: Record<string, string> = {
  first_name: 'First name',
  last_name: 'Last name',
  email: 'Email',
  parent: 'Parent company',
  is_required: 'Required',
};

/** From what recordAudit kept: field → [before, after], or field → fact. */
export function changeLines(changes: Readonly<Record<string, unknown>>): ChangeLine[] {
  const lines = Object.entries(changes).map(([name, change]) => {
    const [before, after] = Array.isArray(change) && change.length === 2 ? change : [null, change];
    // A masked secret says that it changed, not from what to what.
    return { field: wordFor(name), before: before === after ? '' : said(before), after: said(after) };
  });
  return lines.filter(({ before, after }) => before !== after);
}

/** billing_email → "Billing email", cf[size] → "size". */
function wordFor(name: string): string {
  const custom = /^cf\[(.+)\]$/.exec(name);
  if (custom) return custom[1]!;
  const text = name.replaceAll('_', ' ');
  return words[name] ?? text.charAt(0).toUpperCase() + text.slice(1);
}

function said(value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (Array.isArray(value)) return value.map(said).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}
