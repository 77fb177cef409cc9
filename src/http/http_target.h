#ifndef ENC_HTTP_HTTP_TARGET_H
#define ENC_HTTP_HTTP_TARGET_H

/* Splits a request target in origin-form, without decoding it. Pure. */

#include "message.h"

/*
 * enc_http_target_split() - split @target at the first '?'; both parts point
 * into @target
 */
void enc_http_target_split(struct enc_text target, struct enc_text *ret_path,
			   struct enc_text *ret_query);

#endif
