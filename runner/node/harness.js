'use strict';
/*
 * Runs a program as an ES module, as if node had been given its file, with
 * two globals more: require, and enclave.
 */
const fs = require('fs');
const { createRequire } = require('module');
const { pathToFileURL } = require('url');

const CHANNEL = 3; /* node makes inherited descriptors close-on-exec itself */
const MAX_BYTES = 1 << 20;
const NEVER_SETTLED = 13; /* node's own code for an await without an end */

/* result() - make value, as JSON, the session's result; the last call counts */
function result(value) {
	const text = JSON.stringify(value);

	if (text === undefined) {
		throw new TypeError('the result has no JSON form');
	}
	const body = Buffer.from(text, 'utf8');
	if (body.length > MAX_BYTES) {
		throw new RangeError(`the result is ${body.length} bytes of ` +
			`JSON; at most ${MAX_BYTES} are kept`);
	}
	const data = Buffer.alloc(4 + body.length);
	data.writeUInt32BE(body.length, 0);
	body.copy(data, 4);
	for (let at = 0; at < data.length;) {
		at += fs.writeSync(CHANNEL, data, at);
	}
}

process.argv.splice(1, 1);
const program = process.argv[1];
let settled = false;

Object.defineProperty(globalThis, 'enclave', {
	value: Object.freeze({ result }), configurable: true, writable: true,
});
Object.defineProperty(globalThis, 'require', {
	value: createRequire(program), configurable: true, writable: true,
});
process.on('exit', (code) => {
	if (!settled && code === 0) {
		process.exitCode = NEVER_SETTLED;
	}
});
/* A rejection is left unhandled: node prints it and exits with 1. */
import(pathToFileURL(program)).finally(() => { settled = true; });
