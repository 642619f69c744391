/**
 * Starts the built command as its users do, asks it once in every way that is common, and keeps what V8 has compiled by
 * then beside each piece (bin/load.js reads it). Run by build.mjs in a process of its own, since the command ends with it.
 */
const { writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');
const { load, pieces } = require('../bin/load.js');

const main = join(process.argv[2], 'cli/main.js');
// Without usage: it would bring the price list, which is loaded after the first answer and half a megabyte compiled.
const reply = {
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'x',
  choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
};

const upstream = createServer((req, res) => {
  req.resume();
  req.on('end', () => res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply)));
}).listen(0, '127.0.0.1', () => {
  const base = `http://127.0.0.1:${upstream.address().port}/v1`;
  process.argv.splice(2, 1, '--model', 'openai/x', '--api_base', base, '--port', '0', '--no_env_file');
  process.env.OPENAI_API_KEY = 'none';
  load(main);
});

process.stderr.write = (text) => {
  const [url] = /http:\/\/localhost:\d+/.exec(text) ?? [];
  if (url !== undefined && text.includes('running on')) ask(url).then(keep);
  return true;
};

async function ask(url) {
  const body = JSON.stringify({ model: 'x', max_tokens: 1, messages: [{ role: 'user', content: 'x' }] });
  for (const path of ['/v1/chat/completions', '/v1/messages']) {
    const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
    await answer.text();
  }
}

function keep() {
  for (const [file, { script }] of pieces) writeFileSync(`${file}.cache`, script.createCachedData());
  process.exit(0);
}
