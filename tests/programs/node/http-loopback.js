// http on loopback: methods, headers, keep-alive, errors
const http = require('http');
const s = http.createServer((q, r) => {
	let body = ''; q.on('data', (d) => { body += d; }).on('end', () => { r.writeHead(q.url === '/none' ? 404 : 200, { 'X-A': 'b', Date: 'x' }); r.end(`${q.method} ${q.url} ${body}`); });
}).listen(0, '127.0.0.1', async () => {
	const base = `http://127.0.0.1:${s.address().port}`;
	const r = await fetch(base + '/p?q=1', { method: 'POST', body: 'data' }); console.log(r.status, r.headers.get('x-a'), await r.text(), r.ok, r.redirected);
	console.log((await fetch(base + '/none')).status, await fetch('http://127.0.0.1:1').catch((e) => [e.message, e.cause.code || e.cause.message]));
	http.get({ port: 2, host: '127.0.0.1' }).on('error', (e) => console.log(e.code, e.message));
	const q = http.request(base, { method: 'PUT', headers: { a: ['1', '2'] } }, (res) => { console.log(res.statusCode, res.rawHeaders.filter((x) => !/timeout/.test(x)), res.httpVersion); res.resume().on('end', () => { s.close(() => console.log('closed')); s.closeAllConnections(); }); });
	q.end('x');
	try { http.request({ path: 'a b' }); } catch (e) { console.log(e.code); }
	console.log(http.METHODS.length, http.STATUS_CODES[418], http.maxHeaderSize);
});
