// Runs as a separate process that a test kills: starts or joins the server of a data folder and prints its URLs.
import { startEmbeddedPostgres } from '../../src/embedded-postgres/embedded-postgres.ts';

const [dataDir = ''] = process.argv.slice(2);
const { urls } = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
console.log(JSON.stringify(urls));
setInterval(() => {}, 60_000);
