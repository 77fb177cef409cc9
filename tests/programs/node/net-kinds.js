// net: tcp, unix sockets, v6, half close, errors, descriptors
const net = require('net');
const fs = require('fs');
const s = net.createServer({ allowHalfOpen: true }, (c) => { c.on('data', (d) => c.write(String(d).toUpperCase())); c.on('end', () => c.end('bye')); });
const ask = (where) => new Promise((done) => { let t = ''; const c = net.connect(where, () => c.end('hello')); c.on('data', (d) => { t += d; }).on('close', (bad) => { console.log(typeof where, t, bad, c.bytesRead, c.bytesWritten); done(); }); });
(async () => {
	await new Promise((d) => s.listen(0, '::1', d)); console.log(s.address().family, s.address().address); await ask({ port: s.address().port, host: '::1' }); await new Promise((d) => s.close(d));
	await new Promise((d) => s.listen('sock', d)); console.log(s.address(), fs.statSync('sock').isSocket()); await ask('sock'); s.close();
	await new Promise((d) => s.listen({ path: '\0name' }, d)).catch(console.log); await ask('\0name'); s.close();
	for (const o of [{ port: 1, host: '127.0.0.1' }, { path: 'none' }, { port: 1, host: 'localhost' }]) await new Promise((d) => net.connect(o).on('error', (e) => { console.log(e.code, e.message, e.errors?.length); d(); }));
	net.createServer().listen(s.address()?.port ?? 'sock2').on('listening', function () { net.createServer().listen('sock2').on('error', (e) => { console.log(e.message); this.close(); }); });
	try { net.connect(70000); } catch (e) { console.log(e.code); }
})();
