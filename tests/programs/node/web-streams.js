// WebStreams, Response, FormData, Headers, Blob, File
(async () => {
	const r = new ReadableStream({ start(c) { c.enqueue('a'); c.enqueue('b'); c.close(); } });
	const up = new TransformStream({ transform(x, c) { c.enqueue(x.toUpperCase()); } });
	for await (const x of r.pipeThrough(up)) console.log(x);
	const w = new WritableStream({ write(x) { if (x === 2) throw new Error('no twos'); } }).getWriter(); await w.write(1); await w.write(2).catch((e) => console.log(e.message)); await w.closed.catch((e) => console.log('closed', e.message));
	const [p, q] = new Response('tee').body.tee(); console.log(await new Response(p).text(), (await new Response(q).arrayBuffer()).byteLength);
	const f = new FormData(); f.append('k', new File(['x'], 'n.txt', { type: 'text/plain', lastModified: 1 })); console.log([...f].map(([k, v]) => [k, v.name, v.size]), new Headers({ b: '1', A: '2' }));
	console.log(await new Blob(['é', new Uint8Array([65])]).slice(0, 3).text(), await Response.json({ a: 1 }).json(), new Request('http://x/').method, Response.error().type);
	for (const g of [() => new Response('x', { status: 99 }), () => new Headers({ 'a b': 1 }), () => new Request('rel')]) try { g(); } catch (e) { console.log(e.name, e.message); }
	const [a, b] = require('stream').Readable.toWeb ? [typeof require('stream').Readable.toWeb, 1] : []; console.log(a, b, typeof WebSocket, typeof EventSource);
})();
