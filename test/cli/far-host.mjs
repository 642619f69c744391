/**
 * Loaded before the command (`--import`): the name `far.test` has two addresses, and a connection to the first takes
 * 400 ms, as to a provider on the other side of the world. Node gives up an address after 250 ms where a name has several
 * (nodejs/node#54359).
 */
import dns from 'node:dns';

const { lookup } = dns;
dns.lookup = (name, options, done) => {
  if (name !== 'far.test') return lookup(name, options, done);
  process.nextTick(() => {
    done(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ]);
    const until = performance.now() + 400;
    while (performance.now() < until);
  });
  return undefined;
};
