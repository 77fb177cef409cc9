#include <stdlib.h>
#include <string.h>

#include "api_internal.h"
#include "gen_api.h"
#include "json.h"
#include "log.h"

enum { SEGMENT_MAX_BYTES = ENC_API_ID_BYTES };

static struct enc_api *of(struct enc_http_handler *handler)
{
	return ENC_HOLDER(handler, struct enc_api, handler);
}

/* ---- routing ---- */

/* after_version() - canonical paths carry /v1; the same without are aliases */
static struct enc_text after_version(struct enc_text path)
{
	static const char version[] = "/v1";
	size_t length = strlen(version);

	if (path.length > length && memcmp(path.bytes, version, length) == 0 &&
	    path.bytes[length] == '/') {
		path.bytes += length;
		path.length -= length;
	}
	return path;
}

/* is_id() - what ids are made of; so nothing has to be decoded */
static bool is_id(struct enc_text text)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.bytes[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') || c == '-' || c == '_')) {
			return false;
		}
	}
	return text.length > 0 && text.length < SEGMENT_MAX_BYTES;
}

/* matches() - a path against a template with at most one {id} */
static bool matches(const char *pattern, struct enc_text path, char *ret_id)
{
	const char *at = path.bytes;
	const char *end = path.bytes + path.length;

	ret_id[0] = '\0';
	while (*pattern != '\0') {
		if (strncmp(pattern, "{id}", 4) == 0) {
			const char *slash = memchr(at, '/', (size_t)(end - at));
			struct enc_text id = {
				at, (size_t)((slash == NULL ? end : slash) - at)
			};

			if (!is_id(id)) {
				return false;
			}
			(void)snprintf(ret_id, SEGMENT_MAX_BYTES, "%.*s",
				       (int)id.length, id.bytes);
			at += id.length;
			pattern += 4;
		} else if (at < end && *at == *pattern) {
			at++;
			pattern++;
		} else {
			return false;
		}
	}
	return at == end;
}

/* find_route() - by path and method; ENC_NOT_FOUND, ENC_METHOD */
static enum enc_code find_route(const struct enc_http_request *request,
				const struct enc_api_route **ret_route,
				char *ret_id, struct enc_error *err)
{
	struct enc_text path = after_version(request->path);
	bool known = false;

	for (size_t i = 0; i < ENC_COUNT(enc_api_routes); i++) {
		const struct enc_api_route *route = &enc_api_routes[i];
		struct enc_text method = request->head->method;

		if (!matches(route->path, path, ret_id)) {
			continue;
		}
		known = true;
		if (strlen(route->method) == method.length &&
		    memcmp(route->method, method.bytes, method.length) == 0) {
			*ret_route = route;
			return ENC_OK;
		}
	}
	return known ? enc_fail(err, ENC_METHOD,
				"this resource doesn't know that method; see "
				"/v1/openapi.json")
		     : enc_fail(err, ENC_NOT_FOUND,
				"there is no such resource; see "
				"/v1/openapi.json");
}

static enum enc_code check_scope(const struct enc_api_route *route,
				 const struct enc_api_caller *caller,
				 struct enc_error *err)
{
	unsigned int needed = enc_api_scope(route->scope);

	/* "admin" brings the others along; asked for is what it adds. */
	if (strcmp(route->scope, "admin") == 0) {
		needed = ENC_SCOPE_ADMIN;
	}
	return (caller->scopes & needed) == needed
		       ? ENC_OK
		       : enc_fail(err, ENC_FORBIDDEN,
				  "the key lacks the scope %s", route->scope);
}

/* judge() - route and credential; the same for admit and handle */
static enum enc_code judge(struct enc_api *api,
			   const struct enc_http_request *request,
			   const struct enc_api_route **ret_route,
			   struct enc_api_call *call, struct enc_error *err)
{
	enum enc_code code = find_route(request, ret_route, call->id, err);

	if (code != ENC_OK) {
		return code;
	}
	if (strcmp((*ret_route)->scope, "none") != 0) {
		code = enc_api_authenticate(api, request, &call->caller, err);
		if (code == ENC_OK) {
			code = check_scope(*ret_route, &call->caller, err);
		}
	}
	return code;
}

/* check_type() - a body is JSON, or it isn't understood */
static enum enc_code check_type(const struct enc_http_request *request,
				struct enc_error *err)
{
	const struct enc_text *type =
		enc_http1_find(request->head, "content-type");
	static const char json[] = "application/json";
	size_t length = strlen(json);

	if (type != NULL && type->length >= length &&
	    strncasecmp(type->bytes, json, length) == 0 &&
	    (type->length == length || type->bytes[length] == ';' ||
	     type->bytes[length] == ' ')) {
		return ENC_OK;
	}
	return enc_fail(err, ENC_MEDIA_TYPE,
			"the body has to be Content-Type: application/json");
}

static enum enc_code admit(struct enc_http_handler *handler,
			   const struct enc_http_request *request,
			   size_t *ret_body_max, struct enc_error *err)
{
	const struct enc_api_route *route = NULL;
	struct enc_api_call call = { .api = of(handler) };
	enum enc_code code = judge(of(handler), request, &route, &call, err);

	if (code == ENC_OK && route->body != NULL) {
		code = check_type(request, err);
	}
	if (code == ENC_OK) {
		*ret_body_max = route->body_max;
	}
	return code;
}

/* ---- calls ---- */

/* jansson tells no want of memory from a text that it can't hold. */
static bool lacked_memory;

static void *allocate(size_t size)
{
	void *memory = enc_try_alloc(size);

	lacked_memory |= memory == NULL;
	return memory;
}

/* read_body() - JSON that is what the route's schema says */
static enum enc_code read_body(const struct enc_api_route *route,
			       struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_http_request *request = call->request;
	const char *text = (const char *)request->body;
	size_t at = 0;
	enum enc_json_fault fault;

	if (route->body == NULL) {
		return ENC_OK;
	}
	fault = enc_json_check(text, request->body_length, &at);
	if (fault != ENC_JSON_FINE) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"the body is no JSON: %s at byte %zu",
				enc_json_fault_name(fault), at);
	}
	lacked_memory = false;
	call->body = json_loadb(text, request->body_length,
				JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	if (call->body == NULL && lacked_memory) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"there is no memory for the request now");
	}
	if (call->body == NULL) {
		/* Well-formed, but with a number or text that nothing holds. */
		return enc_fail(err,
				strcmp(route->operation, "createSession") ==
							0 &&
						memmem(text,
						       request->body_length,
						       "\"limits\"", 8) != NULL
					? ENC_BAD_LIMITS
					: ENC_BAD_REQUEST,
				"the body has a number that is too large, in "
				"cpu, cpuSeconds, memoryMb, pidsLimit, "
				"wallClockSeconds, diskMb or outputBytes, or a "
				"NUL in a text");
	}
	return enc_schema_check(route->body, call->body, err);
}

static void handle(struct enc_http_handler *handler,
		   struct enc_http_exchange *exchange,
		   const struct enc_http_request *request)
{
	const struct enc_api_route *route = NULL;
	struct enc_error err = { 0 };
	struct enc_api_call call = { .api = of(handler),
				     .exchange = exchange,
				     .request = request };
	enum enc_code code = judge(of(handler), request, &route, &call, &err);

	of(handler)->requests++;
	if (code == ENC_OK) {
		code = enc_api_check_queries(&call, route->queries, &err);
	}
	if (code == ENC_OK) {
		code = read_body(route, &call, &err);
	}
	if (code == ENC_OK) {
		code = route->act(&call, &err);
	}
	json_decref(call.body);
	if (code != ENC_OK) {
		if (err.code == ENC_INTERNAL) {
			enc_log(ENC_LOG_ERROR, NULL, "%s: %s", request->id,
				err.message);
		}
		enc_http_reply_error(exchange, &err);
	}
}

static void gone(struct enc_http_handler *handler,
		 struct enc_http_exchange *exchange)
{
	struct enc_api_later *later = enc_http_exchange_user(exchange);

	(void)handler;
	if (later != NULL) {
		later->gone(later);
	}
}

void enc_api_reply(struct enc_http_exchange *exchange, int status,
		   const struct enc_buf *json)
{
	enc_http_reply(exchange, status, "application/json", "",
		       enc_buf_bytes(json), json->length);
}

void enc_api_reply_value(struct enc_http_exchange *exchange, int status,
			 json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);

	ENC_ASSERT(text != NULL);
	enc_http_reply(exchange, status, "application/json", "", text,
		       strlen(text));
	free(text);
	json_decref(value);
}

enum enc_code op_getOpenapi(struct enc_api_call *call, struct enc_error *err)
{
	ENC_AUTO(buf) text = ENC_BUF(1 << 20);

	(void)err;
	for (const char *const *piece = enc_api_document; *piece != NULL;
	     piece++) {
		ENC_ASSERT(enc_buf_append(&text, *piece, strlen(*piece)) == 0);
	}
	enc_api_reply(call->exchange, 200, &text);
	return ENC_OK;
}

struct enc_api *enc_api_new(const struct enc_api_options *options)
{
	struct enc_api *api = enc_xalloc(sizeof(*api));

	api->options = *options;
	enc_list_init(&api->laters);
	api->handler = (struct enc_http_handler){ admit, handle, gone };
	json_set_alloc_funcs(allocate, free);
	enc_api_auth_begin(api);
	return api;
}

struct enc_http_handler *enc_api_handler(struct enc_api *api)
{
	return &api->handler;
}
