#ifndef ENC_CLI_ORIGIN_ANSWER_H
#define ENC_CLI_ORIGIN_ANSWER_H

/* Responses of the upstream of a demo (origin.h). Pure. */

#include "buf.h"

enum { ENC_ORIGIN_ANSWER_MAX = 64 << 10 };

/**
 * enc_origin_answer() - append a response with a JSON body
 * @body: JSON text
 */
ENC_NODISCARD int enc_origin_answer(struct enc_buf *out, int status,
				    const char *body);

/**
 * enc_origin_echo() - append a response that gives a credential away
 * @value: as it came in its header; printable ASCII
 *
 * It has the credential in a header, and in lines of the body: raw, base64 at
 * each alignment and of both alphabets, hex, percent, and JSON escapes.
 */
ENC_NODISCARD int enc_origin_echo(struct enc_buf *out, const char *value);

#endif
