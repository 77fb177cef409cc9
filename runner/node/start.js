'use strict';
/*
 * Runs in the node of a session's program before the program, and in its
 * workers, by NODE_OPTIONS. It defines the global `enclave`. A node that was
 * started ahead of its session waits here, and is told on descriptor 3 what to
 * run: see docs/protocol/runner.md. Then node goes on by itself and runs its
 * file. Nothing of this file is left where a program looks.
 */
const fs = require('fs');
const { isMainThread } = require('worker_threads');
const enclave = require('enclave');

const GO = 3;
const OURS = `--require=${__filename}`;

/* readAll() - @size bytes of descriptor 3 */
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

/* wait() - say that all is ready; take the arguments and variables */
function wait() {
	fs.writeSync(GO, 'w');
	const head = readAll(8);
	const count = head.readUInt32BE(0);
	const texts = readAll(head.readUInt32BE(4)).toString().split('\0');

	fs.closeSync(GO);
	takeEnv(texts.slice(count, -1));
	process.argv.push(...texts.slice(0, count));
}

/* begin() - in the main thread: be what node is without this file */
function begin() {
	const { ENCLAVE_START: role, NODE_OPTIONS: options = '' } = process.env;

	delete process.env.ENCLAVE_START;
	if (options === OURS) {
		delete process.env.NODE_OPTIONS;
	} else if (options.startsWith(OURS + ' ')) {
		process.env.NODE_OPTIONS = options.slice(OURS.length + 1);
	}
	if (role === 'wait') {
		wait();
	}
}

/* forgetPreload() - out of process's list; node still goes through its own */
function forgetPreload() {
	const list = Object.getOwnPropertyDescriptor(process,
		'_preload_modules');

	if (list !== undefined) {
		list.value = list.value.filter((name) => name !== __filename);
		Object.defineProperty(process, '_preload_modules', list);
	}
}

Object.defineProperty(globalThis, 'enclave', {
	value: enclave, configurable: true, writable: true,
});
if (isMainThread) {
	begin();
}
forgetPreload();
delete require.cache[require.resolve('enclave')];
delete require.cache[__filename];
