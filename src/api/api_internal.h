#ifndef ENC_API_API_INTERNAL_H
#define ENC_API_API_INTERNAL_H

/*
 * What the files of the API share: one call of one operation.
 */

#include <jansson.h>

#include "api.h"
#include "budget.h"

enum { ENC_API_ID_BYTES = 128, ENC_API_BODY_MAX_BYTES = 256 << 20 };

struct enc_schema;

enum enc_api_scopes {
	ENC_SCOPE_READ = 1 << 0,
	ENC_SCOPE_WRITE = 1 << 1,
	ENC_SCOPE_ADMIN = 1 << 2,   /* of the own organisation */
	ENC_SCOPE_ROOT = 1 << 3,    /* of the machine: the unix socket */
	ENC_SCOPE_METRICS = 1 << 4, /* figures of all organisations */
};

/* Who asks. */
struct enc_api_caller {
	char org[ENC_STORE_ID_MAX_BYTES + 1];
	char name[ENC_STORE_NAME_MAX_BYTES + 1]; /* as in createdBy */
	char key[ENC_STORE_ID_MAX_BYTES + 1];	 /* its id; "" without one */
	unsigned int scopes;
};

struct enc_api_call {
	struct enc_api *api;
	struct enc_http_exchange *exchange;
	const struct enc_http_request *request;
	struct enc_api_caller caller;
	char id[ENC_API_ID_BYTES]; /* of the path, "" if it has none */
	json_t *body;		   /* checked, or NULL */
};

/*
 * enc_api_operation_fn - answer now, or keep what is needed and answer later;
 * the call itself is gone afterwards. A code that isn't ENC_OK is answered by
 * the caller as an error.
 */
typedef enum enc_code enc_api_operation_fn(struct enc_api_call *call,
					   struct enc_error *err);

struct enc_api_route {
	const char *method;
	const char *path;
	const char *operation;
	const char *scope;
	size_t body_max;
	const struct enc_schema *body;
	const char *const *queries;
	enc_api_operation_fn *act;
};

/*
 * An exchange whose answer comes later. Who answers it is told when its client
 * goes away, and, unless `revoked` is NULL, when the key that it was asked with
 * is revoked: the exchange must end then, and tell nothing more.
 */
struct enc_api_later {
	struct enc_list link; /* in the API's, from begin to end */
	struct enc_http_exchange *exchange;
	char key[ENC_STORE_ID_MAX_BYTES + 1];
	void (*gone)(struct enc_api_later *later);
	void (*revoked)(struct enc_api_later *later);
};

struct enc_api {
	struct enc_http_handler handler;
	struct enc_api_options options;
	struct enc_list laters; /* exchanges that wait for their answer */
	uint64_t requests;
	uint64_t auth_failures; /* that no line of the admin log has yet */
	struct enc_budget auth_failed_budget;
	uv_timer_t auth_failed_timer; /* when they may have one */
};

/* auth.c: who it is; ENC_UNAUTHORIZED is always the same answer */
ENC_NODISCARD enum enc_code
enc_api_authenticate(struct enc_api *api,
		     const struct enc_http_request *request,
		     struct enc_api_caller *ret_caller, struct enc_error *err);
unsigned int enc_api_scope(const char *name);
/* enc_api_auth_begin() - once, before anybody asks */
void enc_api_auth_begin(struct enc_api *api);

/* later.c: enc_api_later_begin() - @call is answered by who has @later */
void enc_api_later_begin(struct enc_api_later *later,
			 struct enc_api_call *call);
/* enc_api_later_end() - its answer is about to come, or its client is gone */
void enc_api_later_end(struct enc_api_later *later);
/* enc_api_later_revoke() - end what waits and was asked for with this key */
void enc_api_later_revoke(struct enc_api *api, const char *key);

/* query.c */
ENC_NODISCARD enum enc_code
enc_api_check_queries(const struct enc_api_call *call, const char *const *known,
		      struct enc_error *err);
/* enc_api_query() - the decoded value, or NULL; the caller frees it */
char *enc_api_query(const struct enc_api_call *call, const char *name);
/* enc_api_duration() - "30s", "500ms", "2m"; false if it is none */
bool enc_api_duration(const char *text, int64_t *ret_ms);

/* enc_api_reply() - JSON text that was written into a buffer */
void enc_api_reply(struct enc_http_exchange *exchange, int status,
		   const struct enc_buf *json);
/* enc_api_reply_value() - and a value, which is taken */
void enc_api_reply_value(struct enc_http_exchange *exchange, int status,
			 json_t *value);

/* session_spec.c: a checked body becomes a spec */
ENC_NODISCARD enum enc_code
enc_api_session_spec(const struct enc_api_call *call,
		     struct enc_session_spec **ret_spec, struct enc_error *err);

#define ENC_API_PRINT(out, ...) \
	ENC_ASSERT(enc_buf_printf(out, __VA_ARGS__) == 0)

#endif
