// id: RS-30.node   class: COMPAT
// expect-phase: succeeded   expect-exit: 0   expect-json: {"instances": 5, "asked": ["RangeError", "RangeError"]}
// Five instances of WebAssembly work, each of which reserves up to 10 GiB; a
// buffer of more than any session has is a RangeError.
const held = [];
for (let i = 0; i < 5; i++) {
	held.push(new WebAssembly.Memory({ initial: 1, maximum: 65536 }));
}
const asked = [2 ** 36, 2 ** 46].map((size) => {
	try {
		return new ArrayBuffer(size).byteLength;
	} catch (error) {
		return error.constructor.name;
	}
});
enclave.result({ instances: held.length, asked });
