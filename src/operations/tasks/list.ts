import { Router } from 'express';
import { taskList, type ListedTask } from '../../domain/task/task-list.ts';
import { requestedKinds, taskStates, taskTexts } from '../../domain/task/task.ts';
import { signedIn } from '../../http/guards.ts';
import { taskBadges } from '../badges.ts';
import type { Column } from '../list-columns.ts';
import { listScreen } from '../list-screen.ts';

export const tasks = Router();

export const taskColumns: readonly Column<ListedTask>[] = [
  {
    name: 'task',
    heading: 'Task',
    look: 'name',
    cell: (task) => ({ label: taskTexts(task).title, params: task.input, href: `/tasks/${task.id}` }),
  },
  { name: 'state', heading: 'State', cell: ({ state }) => ({ badges: [taskBadges[state]] }) },
  {
    name: 'progress',
    heading: 'Progress',
    kind: 'number',
    cell: ({ done, total }) => ({ value: done, of: total }),
  },
  ...(['started', 'finished'] as const).map((name): Column<ListedTask> => ({
    name,
    heading: name === 'started' ? 'Started' : 'Finished',
    kind: 'time',
    is_extra: true,
    cell: (task) => ({ value: task[`${name}_at`] }),
  })),
  {
    name: 'requested',
    heading: 'Requested',
    kind: 'time',
    is_relative: true,
    cell: ({ created_at }) => ({ value: created_at }),
  },
];

tasks.get(
  '/',
  signedIn,
  listScreen({
    title: 'Your tasks',
    path: '/tasks',
    list: taskList,
    file: 'tasks',
    within: (req) => ({ requested_by: req.user!.id }),
    columns: taskColumns,
    filters: [
      {
        kind: 'many',
        name: 'kind',
        label: 'Task',
        options: Object.entries(requestedKinds).map(([value, label]) => ({ value, label })),
      },
      {
        kind: 'many',
        name: 'state',
        label: 'State',
        options: taskStates.map((value) => ({ value, label: taskBadges[value].text })),
      },
      { kind: 'range', name: 'created', label: 'Requested' },
    ],
    noMatch: { heading: 'No tasks match' },
    firstUse: {
      heading: 'No tasks yet',
      icon: 'history',
      text: 'Longer tasks that you start are listed here with their progress and result.',
    },
  }),
);
