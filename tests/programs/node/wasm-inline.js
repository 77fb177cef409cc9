// WebAssembly from inline bytes: functions, memory, traps, tables
const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 12, 2, 96, 2, 127, 127, 1, 127, 96, 0, 0, 3, 3, 2, 0, 1, 5, 3, 1, 0, 1, 7, 19, 3, 3, 97, 100, 100, 0, 0, 3, 109, 101, 109, 2, 0, 4, 98, 111, 111, 109, 0, 1, 10, 13, 2, 7, 0, 32, 0, 32, 1, 106, 11, 3, 0, 0, 11]);
console.log(WebAssembly.validate(bytes), WebAssembly.Module.exports(new WebAssembly.Module(bytes)));
WebAssembly.instantiate(bytes).then(({ instance: { exports: e } }) => {
	console.log(e.add(2147483647, 1), e.mem.buffer.byteLength, e.mem.grow(2), e.mem.buffer.byteLength);
	try { e.boom(); } catch (x) { console.log(x.name, x.message, x.stack.split('\n')[1].replace(/wasm:\/\/wasm\/\w+/, 'wasm')); }
});
WebAssembly.compile(new Uint8Array([0, 97])).catch((e) => console.log(e.name, e.message));
console.log(new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }).buffer.constructor.name);
const { WASI } = require('wasi'); console.log(new WASI({ version: 'preview1' }).getImportObject().wasi_snapshot_preview1 !== undefined);
