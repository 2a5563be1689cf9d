import { Router } from 'express';
import { BadRequest } from '../errors.ts';
import { submittedText } from '../http/form.ts';
import { signedIn } from '../http/guards.ts';
import { permittedActions } from './list-actions.ts';
import { contextOf } from './list-display.ts';
import { readSelectedRows } from './list-selection.ts';

export const selections = Router();

/** Sends the form of a list on to the chosen action. */
selections.post('/', signedIn, (req, res) => {
  const { list } = readSelectedRows(req);
  const name = submittedText(req.body, 'action');
  const action = permittedActions(list, contextOf(req)).find((each) => each.name === name);
  if (!action) throw new BadRequest('The list has no such action');
  // Keeps the method and the form.
  res.redirect(307, action.href);
});
