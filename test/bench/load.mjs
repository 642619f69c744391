// The load: a child of run.mjs. A job names where to, what and how often; the answer says how long it took and what failed.
import { Pool } from 'undici';

process.on('message', async ({ origin, path, headers, body, connections, count, expect }) => {
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const bytes = Buffer.from(body);
  const latencies = [];
  const failures = [];
  let left = count;
  const call = () =>
    new Promise((resolve) => {
      const started = performance.now();
      let tail = '';
      let status = 0;
      pool.dispatch(
        { origin, path, method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: bytes },
        {
          onRequestStart() {},
          onResponseStart(_, code) {
            status = code;
          },
          onResponseData(_, chunk) {
            tail = chunk;
          },
          onResponseEnd() {
            latencies.push(performance.now() - started);
            if (status !== 200 || !String(tail).includes(expect))
              failures.push(`${status} ${String(tail).slice(0, 300)}`);
            resolve();
          },
          onResponseError(_, error) {
            failures.push(String(error));
            resolve();
          },
        },
      );
    });
  const worker = async () => {
    while (left-- > 0) await call();
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.floor(latencies.length * share)] ?? 0;
  process.send({ seconds, failed: failures.length, failure: failures[0], p50: at(0.5), p99: at(0.99) });
});
