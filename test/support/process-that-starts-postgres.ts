// Run as a process of its own, to be killed: starts the server of the folder given and says where it is.
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';

const [dataDir = ''] = process.argv.slice(2);
const { urls, pid } = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
console.log(JSON.stringify({ urls, pid }));
setInterval(() => {}, 60_000);
