// zlib: sums of compressed bytes, brotli, zstd, errors, streams
const z = require('zlib');
const c = require('crypto');
const data = Buffer.from(Array.from({ length: 2000 }, (_, n) => `line ${n}\n`).join(''));
for (const f of ['deflateSync', 'gzipSync', 'deflateRawSync', 'brotliCompressSync', 'zstdCompressSync']) { const p = z[f](data); console.log(f, p.length, c.hash('sha256', p).slice(0, 12)); }
console.log(z.crc32(data), z.unzipSync(z.gzipSync('x')).toString(), z.inflateSync(z.deflateSync(data, { level: 1 })).equals(data));
for (const f of [() => z.gunzipSync('junk'), () => z.inflateSync(z.deflateSync(data).subarray(0, 50)), () => z.gunzipSync(z.gzipSync(data), { maxOutputLength: 10 }), () => z.deflateSync(data, { level: 99 })]) { try { f(); } catch (e) { console.log(e.code, e.message); } }
const g = z.createGzip(); g.on('data', () => {}).on('end', () => console.log('end', g.bytesWritten)); g.end(data);
new Response(new Blob([data]).stream().pipeThrough(new CompressionStream('gzip')).pipeThrough(new DecompressionStream('gzip'))).text().then((t) => console.log(t.length));
