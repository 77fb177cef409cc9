'use strict';
/*
 * Runs a program as an ES module, as if node had been given its file, with
 * two globals more: require, and enclave. Without a file it waits, started and
 * warm, and is told on descriptor 4 what to run: see docs/protocol/runner.md.
 */
const fs = require('fs');
const { createRequire } = require('module');
const { pathToFileURL } = require('url');

const GO = 4;
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

/* readAll() - @size bytes of descriptor 4 */
function readAll(size) {
	const data = Buffer.alloc(size);

	for (let at = 0; at < size;) {
		const n = fs.readSync(GO, data, at, size - at, null);

		if (n === 0) {
			process.reallyExit(1); /* no session will come */
		}
		at += n;
	}
	return data;
}

/* takeEnv() - what process.env would be if all had been there from the start */
function takeEnv(variables) {
	const seen = new Set();

	for (const name of Object.keys(process.env)) {
		delete process.env[name];
	}
	for (const variable of variables) {
		const equals = variable.indexOf('=');
		const name = variable.slice(0, equals);

		if (equals > 0 && !seen.has(name)) {
			seen.add(name);
			process.env[name] = variable.slice(equals + 1);
		}
	}
}

/* wait() - say that all is ready; the program and its arguments */
function wait() {
	fs.writeSync(GO, 'w');
	const head = readAll(8);
	const count = head.readUInt32BE(0);
	const texts = readAll(head.readUInt32BE(4)).toString().split('\0');

	fs.closeSync(GO);
	takeEnv(texts.slice(count, -1));
	return texts.slice(0, count);
}

function run(argv) {
	const program = argv[0];
	let settled = false;

	process.argv.splice(1, process.argv.length, ...argv);
	Object.defineProperty(globalThis, 'require', {
		value: createRequire(program), configurable: true,
		writable: true,
	});
	process.on('exit', (code) => {
		if (!settled && code === 0) {
			process.exitCode = NEVER_SETTLED;
		}
	});
	/* A rejection is left unhandled: node prints it and exits with 1. */
	import(pathToFileURL(program)).finally(() => { settled = true; });
}

Object.defineProperty(globalThis, 'enclave', {
	value: Object.freeze({ result }), configurable: true, writable: true,
});
if (process.argv.length > 2) {
	run(process.argv.slice(2));
} else {
	/* Warm: the first import is the dearest. */
	import('data:text/javascript,0').then(() => {
		/* Out of the promise, so that nothing hangs on it. */
		setImmediate(() => run(wait()));
	});
}
