#include <string.h>

#include "scope.h"

static const struct {
	const char *name;
	unsigned int scope;
	unsigned int brings; /* further scopes that this scope includes */
} rows[] = {
	{ "sessions:read", ENC_SCOPE_SESSIONS_READ, 0 },
	{ "sessions:write", ENC_SCOPE_SESSIONS_WRITE, 0 },
	{ "bindings:read", ENC_SCOPE_BINDINGS_READ, 0 },
	{ "bindings:write", ENC_SCOPE_BINDINGS_WRITE, 0 },
	{ "admin", ENC_SCOPE_ADMIN,
	  ENC_SCOPE_SESSIONS_READ | ENC_SCOPE_SESSIONS_WRITE |
		  ENC_SCOPE_BINDINGS_READ | ENC_SCOPE_BINDINGS_WRITE },
	{ "metrics", ENC_SCOPE_METRICS, 0 },
	{ "root", ENC_SCOPE_ROOT, 0 },
};

unsigned int enc_api_read_scopes(const char *names)
{
	unsigned int scopes = 0;

	while (*names != '\0') {
		size_t length = strcspn(names, " ");

		for (size_t i = 0; i < ENC_COUNT(rows); i++) {
			if (strlen(rows[i].name) == length &&
			    memcmp(rows[i].name, names, length) == 0) {
				scopes |= rows[i].scope | rows[i].brings;
			}
		}
		names += length;
		names += *names == ' ';
	}
	return scopes & ~(unsigned int)ENC_SCOPE_ROOT;
}

enum enc_code enc_api_check_scope(unsigned int held, unsigned int needed,
				  struct enc_error *err)
{
	const char *name = "?";

	if ((held & needed) == needed) {
		return ENC_OK;
	}
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (rows[i].scope == needed) {
			name = rows[i].name;
		}
	}
	if (needed == ENC_SCOPE_ROOT) {
		return enc_fail(err, ENC_FORBIDDEN,
				"no key may do this: only root, on the "
				"server's Unix socket and without a key");
	}
	return enc_fail(err, ENC_FORBIDDEN, "the key lacks the scope %s", name);
}
