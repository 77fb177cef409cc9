#ifndef ENC_INIT_INIT_RESULT_H
#define ENC_INIT_INIT_RESULT_H

/*
 * The result channel: what a program writes to its descriptor 3. A result is a
 * u32 length, big endian, and that many bytes. The last complete result counts.
 * A result that is longer than a frame may be is skipped and reported as too
 * large. Bytes that end within a result are reported as bad framing. The input
 * is hostile. These functions are pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "frame.h"
#include "message.h"

enum { ENC_INIT_RESULT_HEADER_BYTES = 4 };

struct enc_init_result {
	uint8_t header[ENC_INIT_RESULT_HEADER_BYTES];
	size_t header_length;
	uint32_t left; /* rest of the body that is read or skipped */
	bool skipping;
	bool too_large;
	bool have; /* `last` has a complete result, maybe an empty one */
	struct enc_buf current;
	struct enc_buf last;
};

void enc_init_result_init(struct enc_init_result *result);
void enc_init_result_done(struct enc_init_result *result);

/*
 * enc_init_result_feed() - read any piece of the stream. Return: 0 or -ENOMEM
 */
ENC_NODISCARD int enc_init_result_feed(struct enc_init_result *result,
				       const uint8_t *bytes, size_t length);

/*
 * enc_init_result_fault() - at the end of the stream: say what was wrong with
 * it, or ENC_REJECT_INVALID. A complete result counts in both cases.
 */
enum enc_reject_reason
enc_init_result_fault(const struct enc_init_result *result);

#endif
