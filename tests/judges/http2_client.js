// Node's HTTP/2 client: `http2_client.js URL`. Reads requests as a JSON list from standard input, sends all of them at once
// on one connection, and prints what came of each: {status, headers, size, hash, trailers, interim, error}.
'use strict';
const http2 = require('http2');
const {createHash} = require('crypto');

function ask(session, {path, method = 'GET', headers = {}, size = 0, seed = 'x'}) {
  return new Promise((resolve) => {
    const found = {size: 0, interim: []};
    const stream = session.request({':path': path, ':method': method, ...headers}, {endStream: size === 0});
    const hash = createHash('sha256');
    stream.on('headers', (fields) => found.interim.push(fields[':status']));
    stream.on('response', (fields) => Object.assign(found, {status: fields[':status'], headers: fields}));
    stream.on('trailers', (fields) => (found.trailers = fields));
    stream.on('data', (chunk) => { found.size += chunk.length; hash.update(chunk); });
    stream.on('error', (error) => (found.error = error.code || error.message));
    stream.on('close', () => resolve({...found, hash: hash.digest('hex'), code: stream.rstCode}));
    if (size !== 0) stream.end(Buffer.alloc(size, seed));
  });
}

async function main() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  const session = http2.connect(process.argv[2]);
  session.on('error', () => {});
  const results = await Promise.all(JSON.parse(text).map((request) => ask(session, request)));
  session.close();
  console.log(JSON.stringify(results));
}
main();
