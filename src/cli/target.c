#include <stdio.h>
#include <string.h>

#include "target.h"

static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

enum { ID_BYTES_MAX = 64 };

enum enc_code enc_target_of(const char *collection, const char *what,
			    const char *id, const char *tail,
			    char ret_target[256], struct enc_error *err)
{
	size_t length = strlen(id);
	int r;

	if (length == 0 || length > ID_BYTES_MAX ||
	    strspn(id, unreserved) != length || strcmp(id, ".") == 0 ||
	    strcmp(id, "..") == 0) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"'%.64s' is no id of a %s", id, what);
	}
	r = snprintf(ret_target, 256, "/v1/%s/%s%s", collection, id, tail);
	ENC_ASSERT(r > 0 && r < 256);
	return ENC_OK;
}

int enc_target_query(struct enc_buf *target, const char *name,
		     const char *value)
{
	bool first = memchr(enc_buf_bytes(target), '?', target->length) == NULL;
	int r = enc_buf_printf(target, "%c%s=", first ? '?' : '&', name);

	for (const char *at = value; *at != '\0' && r == 0; at++) {
		if (strchr(unreserved, *at) != NULL) {
			r = enc_buf_append(target, at, 1);
		} else {
			r = enc_buf_printf(target, "%%%02X",
					   (unsigned int)(unsigned char)*at);
		}
	}
	return r;
}
