#include <string.h>

#include "http_target.h"

void enc_http_target_split(struct enc_text target, struct enc_text *ret_path,
			   struct enc_text *ret_query)
{
	const char *mark = memchr(target.bytes, '?', target.length);
	size_t path =
		mark == NULL ? target.length : (size_t)(mark - target.bytes);

	*ret_path = (struct enc_text){ target.bytes, path };
	*ret_query = mark == NULL
			     ? (struct enc_text){ target.bytes + path, 0 }
			     : (struct enc_text){ mark + 1,
						  target.length - path - 1 };
}
