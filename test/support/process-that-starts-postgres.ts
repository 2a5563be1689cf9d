// A process that tests kill: starts the database server of a folder and prints its URLs.
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';

const [dataDir = ''] = process.argv.slice(2);
const { urls, pid } = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
console.log(JSON.stringify({ urls, pid }));
setInterval(() => {}, 60_000);
