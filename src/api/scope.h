#ifndef ENC_API_SCOPE_H
#define ENC_API_SCOPE_H

/*
 * A scope is a right that a caller may have. A route of openapi.json names one
 * scope (x-enclave-scope), from which tools/gen-api makes the constant's name.
 */

#include "err.h"

enum enc_api_scope {
	ENC_SCOPE_NONE = 0, /* the route is public */
	ENC_SCOPE_SESSIONS_READ = 1 << 0,
	ENC_SCOPE_SESSIONS_WRITE = 1 << 1,
	ENC_SCOPE_ADMIN = 1 << 2,	  /* manage the caller's organisation */
	ENC_SCOPE_ROOT = 1 << 3,	  /* manage the server; no key has it */
	ENC_SCOPE_METRICS = 1 << 4,	  /* see metrics of all organisations */
	ENC_SCOPE_BINDINGS_READ = 1 << 5, /* also to give them to sessions */
	ENC_SCOPE_BINDINGS_WRITE = 1 << 6,
};

/*
 * enc_api_read_scopes() - the scopes of a key, and the scopes that they include
 * @names: separated by one space; unknown names and root are ignored
 */
unsigned int enc_api_read_scopes(const char *names);

/* enc_api_check_scope() - ENC_OK, or ENC_FORBIDDEN if @needed isn't held */
ENC_NODISCARD enum enc_code enc_api_check_scope(unsigned int held,
						unsigned int needed,
						struct enc_error *err);

#endif
