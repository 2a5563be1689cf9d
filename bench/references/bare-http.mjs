// node:http alone, in two processes: sends the bytes of a page that the portal has rendered.
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import http from 'node:http';

if (cluster.isPrimary) {
  for (let n = 0; n < 2; n++) cluster.fork();
} else {
  const { headers, body } = JSON.parse(readFileSync(process.env.PAGE_FILE, 'utf8'));
  const bytes = Buffer.from(body);
  http
    .createServer((_req, res) => void res.writeHead(200, headers).end(bytes))
    .listen(Number(process.env.PORT), '127.0.0.1');
}
