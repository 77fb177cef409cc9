// streams: transform, duplex, readable.from, compose, errors
const { Readable, Transform, Duplex, PassThrough, Writable, pipeline, addAbortSignal } = require('stream');
(async () => {
	console.log(await Readable.from([1, 2, 3, 4]).filter((x) => x % 2).map(async (x) => x * 2).toArray(), await Readable.from('text').reduce((a, b) => a + b, ''));
	pipeline(Readable.from(['a', 'b']), new Transform({ transform(c, e, d) { d(null, String(c).toUpperCase()); } }), new Writable({ write(c, e, d) { console.log(String(c)); d(); }, final(d) { console.log('final'); d(); } }), (e) => console.log('done', e));
	const p = new PassThrough({ highWaterMark: 2 }); console.log(p.write('abc'), p.writableNeedDrain, p.read().toString());
	p.on('error', (e) => console.log(e.message, p.destroyed)); p.destroy(new Error('broken'));
	const ac = new AbortController(); addAbortSignal(ac.signal, new Readable({ read() {} })).on('error', (e) => console.log(e.name, e.code)); ac.abort();
	const w = new Writable(); w.on('error', (e) => console.log(e.code)); w.end(); w.write('x');
	console.log(await Duplex.from(async function* (s) { for await (const c of s) yield c + '!'; }).end('z').toArray());
})();
