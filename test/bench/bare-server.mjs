// The reference of the start: an HTTP server that answers, and nothing else.
import { createServer } from 'node:http';

const server = createServer((req, res) => {
  req.resume();
  req.on('end', () => res.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.error('Proxy running on'));
