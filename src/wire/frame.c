#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "frame.h"

#define DOWN (ENC_FRAME_FROM_API | ENC_FRAME_FROM_GATE_DOWN)
#define UP (ENC_FRAME_FROM_INIT | ENC_FRAME_FROM_GATE_UP)
#define SMALL 4096

/* The rows have everything that this file knows about a type. */
/* clang-format off */
static const struct frame_row {
	const char *name;
	unsigned int from;	/* sides that may send it; 0: no frame type */
	unsigned int flags;	/* flags that such a frame may have */
	uint32_t payload_max_bytes;
} rows[] = {
	[ENC_FRAME_LAUNCH] = { "launch", DOWN, 0, ENC_FRAME_PAYLOAD_MAX_BYTES },
	[ENC_FRAME_STDIN] = { "stdin", DOWN, ENC_FRAME_F_END,
			      ENC_FRAME_PAYLOAD_MAX_BYTES },
	[ENC_FRAME_SIGNAL] = { "signal", DOWN, 0, 1 },
	[ENC_FRAME_FILE] = { "file", DOWN, ENC_FRAME_F_APPEND,
			     ENC_FRAME_PAYLOAD_MAX_BYTES },
	[ENC_FRAME_CLOSE] = { "close", DOWN, 0, 0 },
	[ENC_FRAME_CHECK] = { "check", ENC_FRAME_FROM_GATE_DOWN, 0, 0 },
	[ENC_FRAME_READY] = { "ready", UP, 0, SMALL },
	[ENC_FRAME_STARTED] = { "started", UP, 0, 0 },
	[ENC_FRAME_OUT] = { "out", UP, ENC_FRAME_F_STDERR | ENC_FRAME_F_END,
			    ENC_FRAME_OUT_BYTES },
	[ENC_FRAME_RESULT] = { "result", UP, 0, ENC_FRAME_PAYLOAD_MAX_BYTES },
	[ENC_FRAME_EXIT] = { "exit", UP, 0, SMALL },
	[ENC_FRAME_REJECTED] = { "rejected", UP, 0, SMALL },
	[ENC_FRAME_POLICY] = { "policy", ENC_FRAME_FROM_API, 0,
			       ENC_FRAME_PAYLOAD_MAX_BYTES },
	[ENC_FRAME_RULES] = { "rules", ENC_FRAME_FROM_API, 0,
			      ENC_FRAME_PAYLOAD_MAX_BYTES },
	[ENC_FRAME_RECORDED] = { "recorded", ENC_FRAME_FROM_API, 0, SMALL },
	[ENC_FRAME_EGRESS] = { "egress", ENC_FRAME_FROM_GATE_UP, 0, SMALL },
	[ENC_FRAME_SYSCALL] = { "syscall", ENC_FRAME_FROM_GATE_UP, 0, SMALL },
	[ENC_FRAME_TRUNCATED] = { "truncated", ENC_FRAME_FROM_GATE_UP,
				  ENC_FRAME_F_STDERR, SMALL },
	[ENC_FRAME_TALLY] = { "tally", ENC_FRAME_FROM_GATE_UP, 0, SMALL },
	[ENC_FRAME_COUNTED] = { "counted", ENC_FRAME_FROM_GATE_UP, 0, SMALL },
	[ENC_FRAME_CALL] = { "call", ENC_FRAME_FROM_GATE_UP, 0, SMALL },
	[ENC_FRAME_REDACTED] = { "redacted", ENC_FRAME_FROM_GATE_UP, 0, SMALL },
};
/* clang-format on */

/* find_row() - the row of a type; NULL if there is no such type */
static const struct frame_row *find_row(unsigned int type)
{
	return type < ENC_COUNT(rows) && rows[type].from != 0 ? &rows[type]
							      : NULL;
}

const char *enc_frame_name(unsigned int type)
{
	const struct frame_row *row = find_row(type);

	return row == NULL ? "?" : row->name;
}

int enc_frame_parse(enum enc_frame_side from, const uint8_t *bytes,
		    size_t length, struct enc_frame *ret_frame)
{
	const struct frame_row *row;
	uint32_t payload_length;

	if (length < ENC_FRAME_HEADER_BYTES) {
		return 0;
	}
	row = find_row(bytes[0]);
	if (row == NULL || (row->from & from) == 0 ||
	    (bytes[1] & ~row->flags) != 0 || bytes[2] != 0 || bytes[3] != 0) {
		return -EPROTO;
	}
	memcpy(&payload_length, bytes + 4, sizeof(payload_length));
	payload_length = be32toh(payload_length);
	if (payload_length > row->payload_max_bytes) {
		return -EMSGSIZE;
	}
	if (payload_length > length - ENC_FRAME_HEADER_BYTES) {
		return 0;
	}
	*ret_frame = (struct enc_frame){
		.type = bytes[0],
		.flags = bytes[1],
		.payload = bytes + ENC_FRAME_HEADER_BYTES,
		.payload_length = payload_length,
	};
	return (int)(ENC_FRAME_HEADER_BYTES + payload_length);
}

int enc_frame_append(struct enc_buf *out, enum enc_frame_side from,
		     const struct enc_frame *frame)
{
	const struct frame_row *row = find_row(frame->type);
	uint8_t header[ENC_FRAME_HEADER_BYTES] = { 0 };
	size_t before = out->length;
	uint32_t be_length;
	int r;

	ENC_ASSERT(row != NULL && (row->from & from) != 0);
	ENC_ASSERT((frame->flags & ~row->flags) == 0);
	ENC_ASSERT(frame->payload_length <= row->payload_max_bytes);

	be_length = htobe32((uint32_t)frame->payload_length);
	header[0] = (uint8_t)frame->type;
	header[1] = frame->flags;
	memcpy(header + 4, &be_length, sizeof(be_length));

	r = enc_buf_append(out, header, sizeof(header));
	if (r < 0) {
		return r;
	}
	r = enc_buf_append(out, frame->payload, frame->payload_length);
	if (r < 0) {
		enc_buf_truncate(out, before);
	}
	return r;
}
