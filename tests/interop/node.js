// An echo server with Node's `ws`, which compresses: node.js PORT [CERTIFICATE KEY], or node.js version.
'use strict';
const fs = require('fs');
const { WebSocketServer } = require('ws');
const [port, certificate, key] = process.argv.slice(2);

if (port === 'version') {
  console.log(`Node ${process.version}, ws ${require('ws/package.json').version}, OpenSSL ${process.versions.openssl}`);
  process.exit();
}
const server = certificate
  ? require('https').createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
  : require('http').createServer();
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true });

server.on('upgrade', (request, tcp, head) => {
  if (request.url === '/status/404') {
    const body = 'refused with 404\n';
    tcp.end(`HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    return;
  }
  sockets.handleUpgrade(request, tcp, head, (socket) => {
    socket.on('message', (data, binary) => {
      if (request.url === '/fragments') {
        for (let at = 0; at + 1000 < data.length; at += 1000) socket.send(data.subarray(at, at + 1000), { binary, fin: false });
        socket.send(data.subarray(1000 * Math.max(0, Math.ceil(data.length / 1000) - 1)), { binary, fin: true });
      } else {
        socket.send(data, { binary });
      }
      if (request.url.startsWith('/close?')) socket.close(4001, 'bye');
    });
  });
});
server.listen(Number(port), '127.0.0.1');
