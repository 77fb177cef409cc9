#ifndef ENC_INIT_INIT_RESULT_H
#define ENC_INIT_INIT_RESULT_H

/*
 * A result that a process of the session delivers: a u32 length, big endian,
 * and that many bytes of JSON. A body that is longer than a frame may be is
 * skipped. The input is hostile. These functions are pure.
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
	bool too_large;
	struct enc_buf body;
};

void enc_init_result_init(struct enc_init_result *result);

/* enc_init_result_done() - free the body; the struct can read another result */
void enc_init_result_done(struct enc_init_result *result);

/*
 * enc_init_result_feed() - read the next piece of a result. Return: 0; -EPROTO
 * if there are bytes after its end; -ENOMEM
 */
ENC_NODISCARD int enc_init_result_feed(struct enc_init_result *result,
				       const uint8_t *bytes, size_t length);

/* enc_init_result_begun() - whether a byte was read */
bool enc_init_result_begun(const struct enc_init_result *result);

/* enc_init_result_whole() - whether the last byte was read */
bool enc_init_result_whole(const struct enc_init_result *result);

/*
 * enc_init_result_judge() - why a whole result can't be used; ENC_REJECT_INVALID
 * if it can
 */
enum enc_reject_reason
enc_init_result_judge(const struct enc_init_result *result);

#endif
