// The reference: the least that forwards a request. node:http in, undici's dispatch out, back pressure, nothing else.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const pool = new Pool(process.argv[2], { connections: 256, pipelining: 1 });
const server = createServer((req, res) => {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const { 'content-type': type, authorization = 'Bearer none' } = req.headers;
    const headers = { 'content-type': type, authorization };
    pool.dispatch(
      { path: req.url, method: req.method, headers, body: Buffer.concat(chunks) },
      {
        onRequestStart(controller) {
          res.on('drain', () => controller.resume());
          res.on('close', () => res.writableFinished || controller.abort(new Error('left')));
        },
        onResponseStart(_, status, { 'content-type': replyType, 'content-length': length }) {
          res.writeHead(
            status,
            length ? { 'content-type': replyType, 'content-length': length } : { 'content-type': replyType },
          );
        },
        onResponseData: (controller, chunk) => res.write(chunk) || controller.pause(),
        onResponseEnd: () => res.end(),
        onResponseError: (_, error) => res.destroy(error),
      },
    );
  });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
