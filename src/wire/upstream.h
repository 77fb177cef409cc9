#ifndef ENC_WIRE_UPSTREAM_H
#define ENC_WIRE_UPSTREAM_H

/*
 * The URL of a service binding's upstream: where its requests go.
 *
 *	https://api.example.com
 *	http://192.0.2.7:8080/v1
 *	https://[2001:db8::1]/base
 *
 * Scheme and host are read in any case, and written in lower case. A port that
 * is the scheme's own is left out, and so is a slash at the end. Userinfo,
 * query and fragment are refused, and so are hosts that two readers could
 * understand differently (host_name.h). enc_binding_check() checks the path.
 * Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "binding.h"
#include "host_name.h"

enum {
	ENC_UPSTREAM_URL_BYTES = sizeof("https://[]:65535") +
				 ENC_HOST_NAME_BYTES +
				 ENC_BINDING_PATH_MAX_BYTES,
};

struct enc_upstream {
	bool tls;
	uint16_t port;
	char host[ENC_HOST_NAME_BYTES]; /* as in struct enc_binding */
	char base[ENC_BINDING_PATH_MAX_BYTES + 1];
	char url[ENC_UPSTREAM_URL_BYTES]; /* canonical */
};

/**
 * enc_upstream_read() - read an URL
 * @ret_why: on failure: what is wrong, static, without the URL itself
 *
 * Return: 0 or -EINVAL
 */
ENC_NODISCARD int enc_upstream_read(struct enc_text text,
				    struct enc_upstream *ret_upstream,
				    const char **ret_why);

#endif
