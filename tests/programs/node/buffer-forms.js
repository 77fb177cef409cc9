// Buffer: encodings, views, numbers, errors
const { Buffer, Blob, constants, transcode } = require('buffer');
for (const e of ['utf8', 'utf16le', 'latin1', 'base64', 'base64url', 'hex', 'ascii', 'binary']) {
	console.log(e, Buffer.from('é日a', e), Buffer.from([255, 254, 65]).toString(e));
}
const b = Buffer.alloc(16, 'ab');
b.writeDoubleBE(Math.PI, 0);
console.log(b, b.readInt16LE(2), b.swap16(), b.indexOf('b'), Buffer.concat([b, b], 5), b.toJSON().data.length);
for (const f of [() => b.readUInt8(16), () => Buffer.alloc(-1), () => Buffer.from(5), () => b.writeInt8(999, 0), () => Buffer.alloc(constants.MAX_LENGTH + 1)]) {
	try { f(); } catch (e) { console.log(e.code, e.message); }
}
console.log(Buffer.poolSize, Buffer.compare(b, b), transcode(Buffer.from('€'), 'utf8', 'latin1'), atob('aGk='), new Blob(['x']).size);
