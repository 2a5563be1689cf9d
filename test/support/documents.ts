import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { fileStoreOf } from './exports.ts';
import type { FieldValues } from './page-form.ts';
import type { Page } from './page.ts';
import type { TestPortal } from './portal.ts';
import type { Visitor } from './visitor.ts';

export const PDF = Buffer.from('%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n');

interface StoredFile {
  filename?: string;
  content?: Buffer;
}

/** Submits the form of the page with this button and one file, or without one. */
export async function sendFile(
  visitor: Visitor,
  page: Page,
  button: string,
  { filename = 'contract.pdf', content = PDF }: StoredFile = {},
  fields: FieldValues = {},
): Promise<Page> {
  const { action, fields: body } = page.form(button).submission(fields);
  const files = filename === '' ? [] : [{ name: 'file', filename, content }];
  const kept = Object.fromEntries(body.filter(([name]) => name !== 'file' && name !== '_csrf'));
  return visitor.arrive(action, await visitor.uploadFrom(page, action, kept, files));
}

interface NewDocument {
  owner: { user_id: string } | { company_id: string };
  uploaded_by: string;
  name?: string;
  title?: string;
  is_visible_to_customer?: boolean;
  is_confidential?: boolean;
  content?: Buffer;
}

/** With its file. */
export async function insertDocument(
  portal: TestPortal,
  tenant: { id: string },
  { owner, content = PDF, name = 'stored.pdf', ...values }: NewDocument,
): Promise<string> {
  const [id, file_id, byte_count] = [newId(), newId(), content.length];
  await inTenant(portal.database, tenant.id, async (db) => {
    await db.insertInto('files', { id: file_id, expires_at: null, byte_count });
    const document = { id, file_id, name, type: 'pdf' as const, byte_count, ...owner, ...values };
    await db.insertInto('documents', document);
    await db.raw(
      `insert into document_storage as s (tenant_id, byte_count) values (?, ?)
       on conflict (tenant_id) do update set byte_count = s.byte_count + excluded.byte_count`,
      [tenant.id, byte_count],
    );
  });
  await fileStoreOf(portal).put({ tenantId: tenant.id, id: file_id }, [content.toString('latin1')]);
  return id;
}
