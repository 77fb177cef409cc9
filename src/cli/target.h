#ifndef ENC_CLI_TARGET_H
#define ENC_CLI_TARGET_H

/* Makes request targets from the words that people type. Pure functions. */

#include "buf.h"
#include "err.h"

/**
 * enc_target_of() - write "/v1/<collection>/<id><tail>"
 * @what: what the id names, for error messages, such as "session"
 * @id:   at most 64 letters, digits, '-', '_' and '.', so that an id can't lead
 *        to another resource
 *
 * Return: ENC_OK, with the NUL-terminated target in @ret_target; BAD_REQUEST
 */
ENC_NODISCARD enum enc_code
enc_target_of(const char *collection, const char *what, const char *id,
	      const char *tail, char ret_target[256], struct enc_error *err);

/**
 * enc_target_query() - append "name=value", percent-encoded, to a target
 *
 * '?' or '&' comes before it as needed. Return: 0; -E2BIG; -ENOMEM
 */
ENC_NODISCARD int enc_target_query(struct enc_buf *target, const char *name,
				   const char *value);

#endif
