// dgram on loopback: messages, errors, addresses
const dgram = require('dgram');
const s = dgram.createSocket('udp4');
s.on('message', (m, from) => { console.log(String(m), from.address, from.family, from.size); s.close(); });
s.on('close', () => console.log('closed')).bind(0, '127.0.0.1', () => {
	console.log(s.address().address, s.getRecvBufferSize() > 0);
	const c = dgram.createSocket({ type: 'udp4', reuseAddr: true });
	c.connect(s.address().port, '127.0.0.1', () => c.send(['a', 'b'], (e, n) => { console.log(e, n); c.close(); }));
});
try { dgram.createSocket('udp5'); } catch (e) { console.log(e.code); }
dgram.createSocket('udp6').bind(0, '::1', function () { console.log(this.address().address); this.close(); });
