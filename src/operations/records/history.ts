import { Router, type Request, type Response } from 'express';
import { writeCursor } from '../../database/paginate.ts';
import { auditList } from '../../domain/audit/audit-list.ts';
import { listCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { addComment, commentSchema } from '../../domain/record/comment.ts';
import { countRecord } from '../../domain/record/record-counts.ts';
import { findRecord, namedRecord, type RecordRef } from '../../domain/record/record.ts';
import { historyLines } from '../../domain/user/user-history.ts';
import { flash } from '../../http/flash.ts';
import { createOnce } from '../../http/form-key.ts';
import { emptyForm, parseForm } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { withErrors } from '../form-errors.ts';
import { describeLine } from '../user-history.ts';
import { recordFor, recordLocals, recordPath, type RecordKind } from './record-pages.ts';

type HistoryRequest = Request<{ id: string }>;

/** The audit events about users or companies, and the comments of staff, which all who see the record may read. */
export function historyRoutes(kind: RecordKind): Router {
  const history = Router().param('id', idParam);
  const recordOf = (req: HistoryRequest) => recordFor(req, kind);

  history.get('/:id/history', may(kind.view), (req: HistoryRequest, res) =>
    showHistory(req, res, recordOf(req)),
  );

  history.post('/:id/history/comments', may('notes.edit'), async (req: HistoryRequest, res) => {
    const form = parseForm(commentSchema, req.body);
    const refused = await createOnce(
      req as Request,
      res,
      'comment',
      async (db) => (form.ok ? addComment(db, req.actor, recordOf(req), form.values) : form),
      () => {
        flash(req as Request, res, 'The comment was added.');
        return `${recordPath(recordOf(req))}/history`;
      },
    );
    if (refused) await showHistory(req, res.status(422), recordOf(req), withErrors(req.body, refused));
  });

  return history;
}

async function showHistory(
  req: HistoryRequest,
  res: Response,
  ref: RecordRef,
  form = emptyForm,
): Promise<void> {
  const hasEvents = req.actor.permissions.has('audit_log.view');
  const { query, place } = parseHistory(req, ref, hasEvents);
  const [row, counts, fields, fetched] = await req.readTenant((db) => [
    findRecord(db, ref),
    countRecord(db, ref),
    listCustomFields(db, ref.type),
    auditList.rows(db, query, place),
  ]);
  const record = namedRecord(ref, row);
  const page = auditList.page(fetched, query, place);
  const order = auditList.order(query);
  const link = (side: 'before' | 'after', values: readonly string[] | null) =>
    values && `${req.pathname}?${side}=${writeCursor({ values, start: 1 }, order)}`;
  res.page('operations/records/history', {
    title: 'History of {name}',
    title_params: { name: record.name },
    form,
    ...recordLocals(req, record, counts),
    history: historyLines(page.rows, page.rows.length).map((line) => describeLine(line, fields)),
    has_events: hasEvents,
    object: ref,
    previous: link('before', page.previous),
    next: link('after', page.next),
  });
}

/** Only the place of the page is read from the address. */
function parseHistory({ query: given }: HistoryRequest, { type, id }: RecordRef, hasEvents: boolean) {
  const { after, before } = given;
  const params = { ...(after !== undefined && { after }), ...(before !== undefined && { before }) };
  const onlyComments = hasEvents ? {} : { event: `${type}.commented` };
  const of = type === 'user' ? { user: id } : { object: id };
  return auditList.parse({ ...params, ...onlyComments, ...of } as Parameters<typeof auditList.parse>[0]);
}
