#ifndef ENC_INIT_INIT_RESULT_H
#define ENC_INIT_INIT_RESULT_H

/*
 * The result channel: what a program wrote to its descriptor 3. Results are a
 * u32 length, big endian, and that many bytes; the last whole one counts. One
 * that is longer than a frame may be is skipped and told as too large, bytes
 * that end inside of a result as framing. Hostile input; pure, no descriptor.
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
	uint32_t left; /* of the body that is being read or skipped */
	bool skipping;
	bool too_large;
	bool have; /* @last is a whole result, maybe of no bytes */
	struct enc_buf current;
	struct enc_buf last;
};

void enc_init_result_init(struct enc_init_result *result);
void enc_init_result_done(struct enc_init_result *result);

/* enc_init_result_feed() - any piece of the stream; 0 or -ENOMEM */
ENC_NODISCARD int enc_init_result_feed(struct enc_init_result *result,
				       const uint8_t *bytes, size_t length);

/*
 * enc_init_result_fault() - at the end of the stream: what was wrong with it,
 * or ENC_REJECT_INVALID. A whole result counts in either case.
 */
enum enc_reject_reason
enc_init_result_fault(const struct enc_init_result *result);

#endif
