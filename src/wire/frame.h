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
 * Frames from a sandbox may be hostile, so the parser has no state, copies
 * nothing and allocates nothing. It finds a whole frame, asks for more bytes,
 * or refuses. A bad header is refused as soon as its eight bytes are there, so
 * no reader buffers the payload of a frame that is refused later.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum {
	ENC_FRAME_HEADER_BYTES = 8,
	ENC_FRAME_PAYLOAD_MAX_BYTES = 1 << 20,
	ENC_FRAME_MAX_BYTES =
		ENC_FRAME_HEADER_BYTES + ENC_FRAME_PAYLOAD_MAX_BYTES,
	/* Most output of one OUT frame, so that one stream can't block the
	 * others for long. */
	ENC_FRAME_OUT_BYTES = 1 << 15,
};

/* The values go over the wire. 2 and 20 are reserved: TURN and TURN_DONE. */
enum enc_frame_type {
	ENC_FRAME_INVALID = 0, /* a frame of type 0 is always refused */

	/* From enclave-api to the sandbox. The gate checks and forwards them. */
	ENC_FRAME_LAUNCH = 1,
	ENC_FRAME_STDIN = 3,
	ENC_FRAME_SIGNAL = 4,
	ENC_FRAME_FILE = 5,
	ENC_FRAME_CLOSE = 6,

	/* Frames of the runner link only. */
	ENC_FRAME_CHECK = 7, /* down, first: the gate now serves the network */

	/* Up, on both links: the gate checks, limits and passes on these. */
	ENC_FRAME_READY = 16,
	ENC_FRAME_STARTED = 17,
	ENC_FRAME_OUT = 18,
	ENC_FRAME_RESULT = 19,
	ENC_FRAME_EXIT = 21,
	ENC_FRAME_REJECTED = 22, /* why the program's result can't be used */

	/* Frames of the control link only. */
	ENC_FRAME_POLICY = 32, /* down, the first frame: the session's policy */
	ENC_FRAME_RULES =
		33, /* down: the allowlist; takes the former's place */
	ENC_FRAME_RECORDED = 34,  /* down: how many reports are on record */
	ENC_FRAME_EGRESS = 48,	  /* up: egress attempts, with the verdict */
	ENC_FRAME_SYSCALL = 49,	  /* up: how often a red-line call was made */
	ENC_FRAME_TRUNCATED = 50, /* up: bytes of output beyond outputBytes */
	ENC_FRAME_TALLY = 51,	  /* up, last: sums of the whole session */
	ENC_FRAME_COUNTED = 52,	  /* up: number of events of counted.h */
	ENC_FRAME_CALL = 53,	  /* up: calls of a service binding */
	ENC_FRAME_REDACTED = 54,  /* up: how often a secret was masked */
};

/* Sender and direction. A frame from a wrong sender is refused. */
enum enc_frame_side {
	ENC_FRAME_FROM_API = 1 << 0,
	/* Frames that the gate sends to enclave-init. */
	ENC_FRAME_FROM_GATE_DOWN = 1 << 1,
	ENC_FRAME_FROM_INIT = 1 << 2,
	/* Frames that the gate sends to enclave-api. */
	ENC_FRAME_FROM_GATE_UP = 1 << 3,
};

enum ENC_FRAME_flags {
	/* OUT and TRUNCATED: the frame is about stderr, not stdout. */
	ENC_FRAME_F_STDERR = 1 << 0,
	ENC_FRAME_F_END = 1 << 1,    /* STDIN, OUT: the stream ends here */
	ENC_FRAME_F_APPEND = 1 << 2, /* FILE: append to the previous file */
};

struct enc_frame {
	enum enc_frame_type type;
	uint8_t flags;
	const uint8_t *payload; /* borrowed: points into the parsed bytes */
	size_t payload_length;
};

/**
 * enc_frame_parse() - parse one frame at the beginning of some bytes
 * @from:      the side that sent the bytes
 * @length:    of @bytes; bytes after the frame are ignored
 * @ret_frame: written only if there is a whole frame
 *
 * Return: bytes of the frame, at least 8; 0 if more bytes are needed; -EPROTO
 * for a header that @from never sends; -EMSGSIZE if the payload is too long
 */
ENC_NODISCARD int enc_frame_parse(enum enc_frame_side from,
				  const uint8_t *bytes, size_t length,
				  struct enc_frame *ret_frame);

/**
 * enc_frame_append() - append one frame to a buffer
 * @from:  the side that sends the frame
 * @frame: must be one that enc_frame_parse() accepts from that side
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer, which is then unchanged
 */
ENC_NODISCARD int enc_frame_append(struct enc_buf *out,
				   enum enc_frame_side from,
				   const struct enc_frame *frame);

/* enc_frame_name() - the name of a type, for logs; "?" if there is none */
const char *enc_frame_name(unsigned int type);

#endif
