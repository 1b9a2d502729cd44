// What Node's parser, llhttp, makes of the messages that http1_verdicts.cc is given, in the same words.
'use strict';
process.removeAllListeners('warning');
const { HTTPParser, methods, allMethods } = process.binding('http_parser');
const names = allMethods || methods;

const hex = (text) => Buffer.from(text, 'latin1').toString('hex');
const listed = (flat) => {
  const out = [];
  for (let i = 0; i < flat.length; i += 2) out.push(`${hex(flat[i])}=${hex(flat[i + 1])}`);
  return out.join(',');
};

function judge(kind, bytes) {
  const request = kind === 'request';
  const parser = new HTTPParser();
  parser.initialize(request ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, 1 << 20, 0);
  const seen = { head: null, fields: [], later: [], body: [], done: false };
  parser[HTTPParser.kOnHeaders] = (headers) => {
    if (!seen.done) (seen.head ? seen.later : seen.fields).push(...headers);
  };
  parser[HTTPParser.kOnHeadersComplete] = (major, minor, headers, method, url, status, reason) => {
    if (seen.head) return 0;
    if (headers) seen.fields.push(...headers);
    seen.head = request ? [names[method], url] : [String(status), reason];
    return 0;
  };
  parser[HTTPParser.kOnBody] = (buffer, start, size) => {
    if (!seen.done) seen.body.push(start === undefined ? buffer : buffer.subarray(start, start + size));
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    seen.done = true;
  };
  let result = parser.execute(bytes);
  if (!(result instanceof Error) && seen.head && !seen.done) result = parser.finish() || result;
  if (seen.done) {
    const [first, second] = seen.head;
    const body = Buffer.concat(seen.body).toString('hex');
    return `complete ${hex(first)}|${hex(second || '')}|${listed(seen.fields)}|${body}|${listed(seen.later)}`;
  }
  return result instanceof Error && result.code !== 'HPE_INVALID_EOF_STATE' ? `bad ${result.code}` : 'incomplete';
}

const lines = require('fs').readFileSync(0, 'latin1').split('\n');
const out = [];
for (const line of lines) {
  if (!line) continue;
  const [kind, text] = line.split(' ');
  out.push(judge(kind, Buffer.from(text || '', 'hex')));
}
process.stdout.write(out.join('\n') + '\n');
