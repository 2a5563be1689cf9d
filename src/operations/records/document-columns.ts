import type { Request } from 'express';
import { shownName } from '../../domain/document/document-actions.ts';
import type { ListedDocument } from '../../domain/document/document-queries.ts';
import { fileTypes } from '../../domain/file/file-types.ts';
import { displayName } from '../../domain/user/user.ts';
import { sizeOf } from '../../http/field-files.ts';
import type { Badge } from '../badges.ts';
import type { Column } from '../list-columns.ts';
import type { ListDisplay } from '../list-display.ts';

const confidential: Badge = { text: 'Confidential', tone: 'warn' };
const visible: Badge = { text: 'Visible to the customer', tone: 'info' };
const hidden: Badge = { text: 'Staff only', tone: 'plain' };

/** The list on the page of one user or company. */
export function documentDisplay(
  req: Request,
  path: string,
  mayChange: boolean,
): ListDisplay<ListedDocument, {}, 'record'> {
  const columns: readonly Column<ListedDocument>[] = [
    {
      name: 'name',
      heading: 'Document',
      look: 'name',
      cell: (document) => ({
        value: shownName(document),
        sub: document.title === null ? null : document.name,
        href: `${path}/${document.id}/content`,
      }),
    },
    {
      name: 'size',
      heading: 'Size',
      look: 'num',
      cell: ({ byte_count }) => ({ value: sizeOf(req, byte_count) }),
    },
    { name: 'type', heading: 'Type', cell: ({ type }) => ({ label: fileTypes[type].label }) },
    {
      name: 'by',
      heading: 'Uploaded by',
      look: 'clip',
      cell: ({ uploader_name: name, uploader_email: email }) => ({ value: displayName({ name, email }) }),
    },
    { name: 'visibility', heading: 'Visibility', cell: (document) => ({ badges: [visibility(document)] }) },
    {
      name: 'created',
      heading: 'When',
      kind: 'time',
      is_relative: true,
      cell: ({ created_at }) => ({ value: created_at }),
    },
    ...(mayChange ? [actionColumn(path, 'edit', 'Change'), actionColumn(path, 'deletion', 'Delete')] : []),
  ];
  return {
    title: 'Documents',
    path,
    columns,
    noMatch: { heading: 'No documents match' },
    firstUse: { heading: 'No documents yet', icon: 'receipt' },
  };
}

function actionColumn(path: string, page: string, label: string): Column<ListedDocument> {
  return {
    name: page,
    heading: label,
    is_heading_hidden: true,
    look: 'end',
    permission: 'documents.edit',
    cell: (document) => ({ label, href: `${path}/${document.id}/${page}`, about: shownName(document) }),
  };
}

function visibility({ is_confidential, is_visible_to_customer }: ListedDocument): Badge {
  if (is_confidential) return confidential;
  return is_visible_to_customer ? visible : hidden;
}
