#ifndef ENC_CLI_TARGET_H
#define ENC_CLI_TARGET_H

/* Makes request targets from words that users type. Pure. */

#include "buf.h"
#include "err.h"

/**
 * enc_target_of() - make the target "/v1/<collection>/<id><tail>"
 * @what:       kind of resource for the message, such as "session"
 * @id:         1 to 64 letters, digits, '-', '_' and '.'. Other characters,
 *              "." and ".." could address another resource.
 * @ret_target: NUL-terminated
 *
 * Return: ENC_OK; ENC_BAD_REQUEST for an invalid @id
 */
ENC_NODISCARD enum enc_code
enc_target_of(const char *collection, const char *what, const char *id,
	      const char *tail, char ret_target[256], struct enc_error *err);

/**
 * enc_target_query() - append a query parameter "name=value" to a target
 * @value: is percent-encoded
 *
 * Writes '?' before the first parameter and '&' before later ones.
 *
 * Return: 0; -E2BIG if @target is full; -ENOMEM
 */
ENC_NODISCARD int enc_target_query(struct enc_buf *target, const char *name,
				   const char *value);

#endif
