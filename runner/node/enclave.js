'use strict';
/*
 * What a program in an Enclave sandbox can say beside its output:
 *
 *	enclave.result({ answer: 285 });
 *
 * The program and its workers have it as a global. Every other node of the
 * session gets it by require('enclave') or import.
 */
const fs = require('fs');
const net = require('net');

const ADDRESS = '\0enclave-result'; /* enclave-init listens there */
const MAX_BYTES = 1 << 20;
const PAUSE_MS = 0.05;
/* The answers of enclave-init: docs/protocol/runner.md */
const REFUSALS = {
	1: 'enclave-init could not read it',
	2: `it has more than ${MAX_BYTES} bytes`,
	3: 'a name occurs twice in an object, or a number is too large',
	4: 'it is nested more than 64 levels deep',
	5: 'a string has half of a surrogate pair',
};

const nobody = new Int32Array(new SharedArrayBuffer(4));

/* pause() - wait without node's loop */
function pause() {
	Atomics.wait(nobody, 0, 0, PAUSE_MS);
}

/* whenReady() - call an operation of a non-blocking descriptor until it works */
function whenReady(operation) {
	for (;;) {
		try {
			return operation();
		} catch (error) {
			if (error.code !== 'EAGAIN') {
				throw error;
			}
			pause();
		}
	}
}

/*
 * attempt() - hand the bytes over; return the answer, or undefined; throws
 * ENOTCONN if too many others wait for enclave-init
 *
 * A unix socket is connected at once, so that its descriptor can be used before
 * node's loop runs: what this function did is done when it returns.
 */
function attempt(data) {
	const channel = net.connect({ path: ADDRESS });
	const answer = Buffer.alloc(1);

	channel.on('error', () => {}); /* is seen below */
	try {
		const { fd } = channel._handle;

		for (let at = 0; at < data.length;) {
			at += whenReady(() => fs.writeSync(fd, data, at,
				data.length - at));
		}
		return whenReady(() => fs.readSync(fd, answer, 0, 1, null)) === 1
			? answer[0] : undefined;
	} finally {
		channel.destroy();
	}
}

/* deliver() - hand the bytes over, however many others do so */
function deliver(data) {
	for (;;) {
		try {
			return attempt(data);
		} catch (error) {
			if (error.code !== 'ENOTCONN') {
				throw error;
			}
			pause();
		}
	}
}

/*
 * result() - make value, as JSON, the session's result; the last call counts
 *
 * When it returns, the result is out of the sandbox: it stays even if the
 * program is killed. What can't be kept throws.
 */
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
	const answer = deliver(data);
	if (answer === undefined) {
		throw new Error('the result was not delivered: enclave-init ' +
			'is gone');
	}
	if (answer !== 0) {
		throw new RangeError('the result is not kept: ' +
			(REFUSALS[answer] ?? 'enclave-init refuses it'));
	}
}

module.exports = Object.freeze({ result });
