import type { Page } from './page.ts';
import type { TestPortal } from './portal.ts';
import { sql } from './rows.ts';
import { fileStoreOf } from './exports.ts';
import type { Visitor } from './visitor.ts';

export const PDF = Buffer.from('%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n');

interface SubmittedFile {
  filename?: string;
  content?: Buffer;
  fields?: Record<string, string>;
}

/** Submits the form of the page with one file, or without one. */
export async function uploadFile(
  visitor: Visitor,
  page: Page,
  { filename = 'contract.pdf', content = PDF, fields = {} }: SubmittedFile | undefined = {},
): Promise<Page> {
  const values = { ...page.form('Save changes').values(), ...fields } as Record<string, string>;
  const files = filename === '' ? [] : [{ name: 'file', filename, content }];
  const { file: _, ...kept } = values;
  return visitor.arrive(page.path, await visitor.uploadFrom(page, page.path, kept, files));
}

export interface FileRow {
  id: string;
  is_kept: boolean;
  has_expired: boolean;
  byte_count: number | null;
}

/** The latest first. */
export function fileRows(portal: TestPortal, tenant: { id: string }): Promise<FileRow[]> {
  return sql<FileRow>(
    portal,
    `select id, expires_at is null as is_kept, coalesce(expires_at <= now(), false) as has_expired, byte_count
     from files where tenant_id = $1 and task_id is null order by id desc`,
    [tenant.id],
  );
}

/** Undefined without a stored file. */
export function storedSize(portal: TestPortal, tenantId: string, id: string): Promise<number | undefined> {
  return fileStoreOf(portal).size({ tenantId, id });
}
