import type { Page } from './page.ts';
import type { Visitor } from './visitor.ts';

export const USERS_CSV = 'Email,First name,Last name,Shoe size\r\nada@x.example,Ada,Obi,38\r\n';

/** Submits the form of /imports/new with a file, or without one. */
export async function uploadImport(
  visitor: Visitor,
  content: string | Buffer | null = USERS_CSV,
  { filename = 'users.csv', fields = {} }: { filename?: string; fields?: Record<string, string> } = {},
): Promise<Page> {
  const page = await visitor.visit('/imports/new');
  const { file: _, ...values } = page.form('Upload').values() as Record<string, string>;
  const files = content === null ? [] : [{ name: 'file', filename, content: Buffer.from(content as string) }];
  return visitor.arrive(
    '/imports',
    await visitor.uploadFrom(page, '/imports', { ...values, ...fields }, files),
  );
}

/** Of the page that matches the columns. */
export function importIdOf({ path }: Page): string {
  return path.split('/')[2]!;
}
