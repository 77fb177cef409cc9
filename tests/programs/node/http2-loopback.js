// http2 without tls: streams, headers, push refused
const http2 = require('http2');
const s = http2.createServer();
s.on('stream', (stream, h) => { stream.respond({ ':status': 201, x: h[':path'] }); stream.end('body'); });
s.listen(0, '127.0.0.1', () => {
	const c = http2.connect(`http://127.0.0.1:${s.address().port}`);
	const q = c.request({ ':path': '/p' });
	q.setEncoding('utf8').on('response', (h) => console.log(h[':status'], h.x)).on('data', (d) => console.log(d)).on('end', () => { c.close(); s.close(); });
});
http2.connect('http://127.0.0.1:1').on('error', (e) => console.log(e.code));
