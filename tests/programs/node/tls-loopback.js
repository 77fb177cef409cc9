// tls and https on loopback with a key of its own, checked and unchecked
// files: key.pem cert.pem
const fs = require('fs');
const https = require('https');
const tls = require('tls');
const [key, cert] = [fs.readFileSync('key.pem'), fs.readFileSync('cert.pem')];
const s = https.createServer({ key, cert }, (q, r) => r.end(`${q.url} ${q.socket.encrypted}`)).listen(0, '127.0.0.1', async () => {
	const { port } = s.address();
	const ask = (o) => new Promise((d) => https.get({ port, host: '127.0.0.1', path: '/p', agent: false, ...o }, (r) => r.on('data', (x) => { console.log(r.statusCode, String(x)); d(); })).on('error', (e) => { console.log(e.code, e.message); d(); }));
	await ask({ ca: cert }); await ask({}); await ask({ rejectUnauthorized: false }); await ask({ ca: cert, servername: 'other.example' });
	await new Promise((d) => { const c = tls.connect({ port, host: '127.0.0.1', ca: cert }, () => { console.log(c.authorized, c.getProtocol(), c.getCipher().name, c.getPeerCertificate().subject); c.destroy(); d(); }); });
	console.log(tls.DEFAULT_MIN_VERSION, tls.rootCertificates.length > 100, tls.checkServerIdentity('a', { subject: { CN: 'b' } }).code);
	s.close(); s.closeAllConnections();
});
