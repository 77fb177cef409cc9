#ifndef ENC_HTTP_HTTP_TARGET_H
#define ENC_HTTP_HTTP_TARGET_H

/* The parts of a request target in origin-form, raw. Pure. */

#include "message.h"

/* enc_http_target_split() - at the first '?'; both lie in @target */
void enc_http_target_split(struct enc_text target, struct enc_text *ret_path,
			   struct enc_text *ret_query);

#endif
