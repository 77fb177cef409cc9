#ifndef ENC_WIRE_FRAME_H
#define ENC_WIRE_FRAME_H

/*
 * Frames of the two links that every session has, version 1
 * (docs/protocol/runner.md and docs/protocol/gate.md):
 *
 *	enclave-api <-control link-> enclave-gate <-runner link-> enclave-init
 *
 *	offset  size  field     value
 *	0       1     type      enum enc_frame_type
 *	1       1     flags     enum ENC_FRAME_flags; others are refused
 *	2       2     reserved  0; others are refused
 *	4       4     length    of the payload, big endian, 0..1048576
 *	8       n     payload   message.h
 *
 * What comes out of a sandbox is hostile, so the parser is pure: no state, no
 * copy, no allocation; it looks at (bytes, length) and either sees a whole
 * frame, or wants more, or refuses. A header is refused as soon as its eight
 * bytes are there, so nobody buffers for a length that is never accepted.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum {
	ENC_FRAME_HEADER_BYTES = 8,
	ENC_FRAME_PAYLOAD_MAX_BYTES = 1 << 20,
	ENC_FRAME_MAX_BYTES =
		ENC_FRAME_HEADER_BYTES + ENC_FRAME_PAYLOAD_MAX_BYTES,
	/* A writer of OUT cuts here, so that one stream can't hold up others.
	 */
	ENC_FRAME_OUT_BYTES = 1 << 15,
};

/* Values are the wire's. 2 and 20 are kept for TURN and TURN_DONE. */
enum enc_frame_type {
	ENC_FRAME_INVALID = 0, /* a forgotten type is refused */

	/* Down, on both links: the gate checks and passes on. */
	ENC_FRAME_LAUNCH = 1,
	ENC_FRAME_STDIN = 3,
	ENC_FRAME_SIGNAL = 4,
	ENC_FRAME_FILE = 5,
	ENC_FRAME_CLOSE = 6,

	/* Runner link only. */
	ENC_FRAME_CHECK = 7, /* down, first: the network is served */

	/* Up, on both links: the gate checks, bounds and passes on. */
	ENC_FRAME_READY = 16,
	ENC_FRAME_STARTED = 17,
	ENC_FRAME_OUT = 18,
	ENC_FRAME_RESULT = 19,
	ENC_FRAME_EXIT = 21,
	ENC_FRAME_REJECTED = 22, /* a result that can't be used, and why */

	/* Control link only. */
	ENC_FRAME_POLICY = 32,	  /* down, first */
	ENC_FRAME_EGRESS = 48,	  /* up: an attempt, judged */
	ENC_FRAME_SYSCALL = 49,	  /* up: a red-line system call, summed */
	ENC_FRAME_TRUNCATED = 50, /* up: output past outputBytes */
	ENC_FRAME_TALLY = 51,	  /* up, last: all is told; the exact counts */
	ENC_FRAME_COUNTED = 52,	  /* up: what is only counted, summed */
};

/* Who sends it. A frame of the wrong side is refused like an unknown one. */
enum enc_frame_side {
	ENC_FRAME_FROM_API = 1 << 0,
	ENC_FRAME_FROM_GATE_DOWN = 1 << 1, /* to enclave-init */
	ENC_FRAME_FROM_INIT = 1 << 2,
	ENC_FRAME_FROM_GATE_UP = 1 << 3, /* to enclave-api */
};

enum ENC_FRAME_flags {
	ENC_FRAME_F_STDERR = 1 << 0, /* OUT, TRUNCATED */
	ENC_FRAME_F_END = 1 << 1, /* STDIN and OUT: the stream is at its end */
	ENC_FRAME_F_APPEND = 1 << 2, /* FILE: goes on with the file before */
};

struct enc_frame {
	enum enc_frame_type type;
	uint8_t flags;
	const uint8_t *payload; /* borrowed: lies in the parsed bytes */
	size_t payload_length;
};

/**
 * enc_frame_parse() - look for one frame at the beginning of some bytes
 * @from:      the side that sent the bytes
 * @length:    of @bytes; those behind the frame are not looked at
 * @ret_frame: written only when there is a whole frame
 *
 * Return: bytes that the frame takes, 8 or more; 0 if more are needed;
 * -EPROTO for a header that no version 1 peer sends; -EMSGSIZE
 */
ENC_NODISCARD int enc_frame_parse(enum enc_frame_side from,
				  const uint8_t *bytes, size_t length,
				  struct enc_frame *ret_frame);

/**
 * enc_frame_append() - write one frame to the end of a buffer
 * @from:  the side that sends it
 * @frame: what enc_frame_parse() accepts from that side; else it is our bug
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer, which is then unchanged
 */
ENC_NODISCARD int enc_frame_append(struct enc_buf *out,
				   enum enc_frame_side from,
				   const struct enc_frame *frame);

/* enc_frame_name() - for logs; "?" for what is no type */
const char *enc_frame_name(unsigned int type);

#endif
