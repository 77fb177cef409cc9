// broken requests to an http server, upgrades and timeouts
const http = require('http');
const net = require('net');
const s = http.createServer((q, r) => r.end('ok')).on('clientError', (e, sock) => { console.log(e.code, e.reason); sock.end('HTTP/1.1 400 Bad\r\n\r\n'); });
s.on('upgrade', (q, sock) => sock.end('HTTP/1.1 101 Up\r\n\r\nraw'));
const ask = (text) => new Promise((done) => {
	let got = ''; const c = net.connect(s.address().port, '127.0.0.1', () => c.write(text));
	c.setEncoding('utf8').on('data', (d) => { got += d; }).on('close', () => { console.log(JSON.stringify(got.replace(/Date: .*\r\n/, ''))); done(); });
});
s.listen(0, '127.0.0.1', async () => {
	await ask('junk\r\n\r\n'); await ask('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: y\r\n\r\n'); await ask('GET / HTTP/1.0\r\n\r\n'); await ask('GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
	s.close();
});
