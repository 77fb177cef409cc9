#ifndef ENC_GATE_MASKING_H
#define ENC_GATE_MASKING_H

/*
 * Masks known values (wire/mask.h) in a program's output and result. A program
 * knows a secret if an upstream has sent it back in an encoding that isn't
 * searched, and the program decodes it.
 *
 * Each output stream goes through a mask stream of its own. Lengths stay, so
 * limits and counts of output are the same with and without a mask.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "mask.h"
#include "message.h"

enum { ENC_MASKING_STREAMS = 2 /* stdout, stderr */ };

struct enc_masking;

/*
 * enc_masking_redacted_fn - a value was masked @count times. Called at the end
 * of each function below that masks.
 */
typedef void enc_masking_redacted_fn(void *context, uint32_t id,
				     enum enc_redacted where, uint64_t count);

/* enc_masking_new() - mask nothing yet; free it with enc_masking_free() */
struct enc_masking *enc_masking_new(enc_masking_redacted_fn *redacted,
				    void *context);

/* enc_masking_free() - wipe and free all; takes and returns NULL */
struct enc_masking *enc_masking_free(struct enc_masking *masking);

/*
 * enc_masking_use() - use another mask from now on, also for held bytes; takes
 * a reference. NULL: no mask
 */
void enc_masking_use(struct enc_masking *masking, struct enc_mask *mask);

/*
 * enc_masking_active() - whether output has to go through here; false for NULL,
 * and until the first mask with a value comes
 */
bool enc_masking_active(const struct enc_masking *masking);

/**
 * enc_masking_output() - mask some output
 * @stream: 0 is stdout, 1 stderr
 * @end:    the stream ends behind these bytes, so none is held
 *
 * Return: the bytes to pass on now; valid until the next call
 */
struct enc_text enc_masking_output(struct enc_masking *masking, int stream,
				   const uint8_t *bytes, size_t length,
				   bool end);

/**
 * enc_masking_result() - mask the strings of a result
 * @result: JSON that enc_json_check() accepts. It may have a name twice
 *          afterwards.
 */
void enc_masking_result(struct enc_masking *masking, struct enc_buf *result);

#endif
