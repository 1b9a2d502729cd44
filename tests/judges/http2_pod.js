// A pod of Node's own HTTP: `http2_pod.js ADDRESS PORT NAME http1|http2`. Says "ready" once it listens.
//
// POST /echo    its content, as it comes, with the trailer x-size
// GET /hints    103 before 200
// GET /reset    breaks off within the response
// GET /fields   the request's fields as JSON
'use strict';
const [address, port, name, speaks] = process.argv.slice(2);

function echo(request, response) {
  let size = 0;
  response.writeHead(200, {'x-pod': name, trailer: 'x-size'});
  request.on('data', (chunk) => {
    size += chunk.length;
    if (!response.write(chunk)) request.pause();
  });
  response.on('drain', () => request.resume());
  request.on('end', () => {
    response.addTrailers({'x-size': String(size)});
    response.end();
  });
}

function answer(request, response) {
  const path = request.url.split('?')[0];
  if (path === '/echo') return echo(request, response);
  if (path === '/hints') response.writeEarlyHints({link: '</style.css>; rel=preload'});
  response.setHeader('x-pod', name);
  if (path === '/fields') return response.end(JSON.stringify(request.headers));
  if (path !== '/reset') return response.end('ok');
  response.writeHead(200, {'content-length': '1000'});
  response.write('half');
  setTimeout(() => (request.stream ? request.stream.close(2) : request.socket.destroy()), 50);
}

const server = speaks === 'http2' ? require('http2').createServer(answer) : require('http').createServer(answer);
server.listen(Number(port), address, () => console.log('ready'));
