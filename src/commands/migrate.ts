import { prepareAndMigrate, locateDatabase, prepare, type ConnectionUrls } from '../database/connect.ts';
import { migrateDown, migrationStatus } from '../database/migrate.ts';
import { command, CommandFailed, type Call } from './command.ts';

type Answer = Call<Record<string, never>>['answer'];

export const migrate = command({
  options: { all: { type: 'boolean' } },
  argument: ['up', 'down', 'status'],
  run: async ({ config, options, argument, answer }) => {
    const located = await locateDatabase(config);
    try {
      if (argument === 'up') return await up(located.urls, answer);
      await prepare(located.urls);
      const owner = ownerOf(located.urls);
      await (argument === 'down' ? down(owner, options.all ? 'all' : 'one', answer) : status(owner, answer));
    } finally {
      await located.stop();
    }
  },
});

async function up(urls: ConnectionUrls, answer: Answer): Promise<void> {
  ownerOf(urls);
  const done = await prepareAndMigrate(urls);
  answer({ done }, done.length > 0 ? done.map((name) => `done: ${name}`) : 'The schema is up to date.');
}

async function down(owner: string, howMany: 'one' | 'all', answer: Answer): Promise<void> {
  const undone = await migrateDown(owner, howMany);
  answer(
    { undone },
    undone.length > 0 ? undone.map((name) => `undone: ${name}`) : 'There is nothing to undo.',
  );
}

async function status(owner: string, answer: Answer): Promise<void> {
  const { done, pending } = await migrationStatus(owner);
  const lines = [...done.map((name) => `done     ${name}`), ...pending.map((name) => `pending  ${name}`)];
  answer({ done, pending }, lines);
}

function ownerOf({ owner }: ConnectionUrls): string {
  if (!owner) throw new CommandFailed('DATABASE_OWNER_URL is missing: only that role may change the schema.');
  return owner;
}
