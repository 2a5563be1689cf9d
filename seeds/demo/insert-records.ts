import { newId } from '../../src/database/new-id.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { openFileStore } from '../../src/files/file-store.ts';
import type { DemoPerson } from './people.ts';

const NOTE = 'Prefers to be called **after 10:00**.\n\n- has a trolley of their own\n- pays by bank transfer';

const documents = [
  { name: 'house-rules.txt', title: 'House rules', is_visible_to_customer: true },
  { name: 'identity-card.txt', title: null, is_confidential: true },
] as const;

/** A pinned note and two documents of the first customer and of the first company. */
export async function insertRecords(
  db: TenantDb,
  filesUrl: string,
  people: readonly DemoPerson[],
  companies: readonly { id: string }[],
): Promise<void> {
  const author = people.find(({ audience }) => audience === 'staff')!;
  const customer = people.find(({ audience }) => audience === 'customer')!;
  const files = openFileStore(filesUrl);
  let stored = 0;
  for (const owner of [{ user_id: customer.id }, { company_id: companies[0]!.id }]) {
    await db.insertInto('notes', {
      id: newId(),
      text: NOTE,
      is_pinned: true,
      author_id: author.id,
      ...owner,
    });
    for (const document of documents) {
      const content = `${document.title ?? document.name}\n\nThis is a file of the demo.\n`;
      const file_id = newId();
      const byte_count = await files.put({ tenantId: db.tenantId, id: file_id }, [content]);
      stored += byte_count;
      await db.insertInto('files', { id: file_id, expires_at: null, byte_count });
      const file = { file_id, byte_count, type: 'text' as const, uploaded_by: author.id };
      await db.insertInto('documents', { id: newId(), ...file, ...document, ...owner });
    }
  }
  await db.insertInto('document_storage', { byte_count: BigInt(stored) });
}
