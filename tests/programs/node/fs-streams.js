// file streams: ranges, backpressure, pipeline, errors
const fs = require('fs');
const { pipeline, finished } = require('stream/promises');
(async () => {
	const w = fs.createWriteStream('big'); let full = 0;
	for (let n = 0; n < 100; n++) if (!w.write(Buffer.alloc(5000, n))) full++;
	w.end(); await finished(w); console.log(full, w.bytesWritten, w.path);
	let size = 0; const chunks = []; for await (const c of fs.createReadStream('big', { start: 10, end: 199_999 })) { size += c.length; chunks.push(c.length); }
	console.log(size, chunks);
	await pipeline(fs.createReadStream('main.js', 'utf8'), async function* (s) { for await (const t of s) yield t.toUpperCase(); }, fs.createWriteStream('UP'));
	console.log(fs.readFileSync('UP', 'utf8').slice(0, 30));
	await pipeline(fs.createReadStream('none'), process.stdout).catch((e) => console.log(e.code));
})();
