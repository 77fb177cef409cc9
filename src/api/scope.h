#ifndef ENC_API_SCOPE_H
#define ENC_API_SCOPE_H

/*
 * What a caller may do. A route of openapi.json names one scope
 * (x-enclave-scope); tools/gen-api makes the constant's name from it.
 */

#include "err.h"

enum enc_api_scope {
	ENC_SCOPE_NONE = 0, /* the route is public */
	ENC_SCOPE_SESSIONS_READ = 1 << 0,
	ENC_SCOPE_SESSIONS_WRITE = 1 << 1,
	ENC_SCOPE_ADMIN = 1 << 2,   /* of the caller's organisation */
	ENC_SCOPE_ROOT = 1 << 3,    /* of the machine: never a key's */
	ENC_SCOPE_METRICS = 1 << 4, /* figures of all organisations */
};

/*
 * enc_api_read_scopes() - the scopes of a key, with those that they bring
 * along
 * @names: separated by one space; an unknown one is ignored, and so is root
 */
unsigned int enc_api_read_scopes(const char *names);

/* enc_api_check_scope() - ENC_OK; ENC_FORBIDDEN, naming what is needed */
ENC_NODISCARD enum enc_code enc_api_check_scope(unsigned int held,
						unsigned int needed,
						struct enc_error *err);

#endif
