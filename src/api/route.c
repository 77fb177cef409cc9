#include <string.h>

#include "gen_api.h"
#include "route.h"

static const char *const method_names[ENC_API_METHOD_MAX] = {
	[ENC_API_GET] = "GET",	     [ENC_API_POST] = "POST",
	[ENC_API_PUT] = "PUT",	     [ENC_API_PATCH] = "PATCH",
	[ENC_API_DELETE] = "DELETE",
};

/*
 * find_method() - find a method; ENC_API_METHOD_MAX if no route has it. HEAD is
 * a GET whose body the HTTP server leaves out.
 */
static enum enc_api_method find_method(struct enc_text name)
{
	int i = 0;

	if (enc_http1_is(name, "HEAD")) {
		return ENC_API_GET;
	}
	while (i < ENC_API_METHOD_MAX &&
	       (strlen(method_names[i]) != name.length ||
		memcmp(method_names[i], name.bytes, name.length) != 0)) {
		i++;
	}
	return (enum enc_api_method)i;
}

/* after_version() - remove /v1 from a path, which may begin with it */
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

/* is_id() - whether a text can be an id. Ids have no percent escapes. */
static bool is_id(struct enc_text text)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.bytes[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') || c == '-' || c == '_')) {
			return false;
		}
	}
	return text.length > 0 && text.length < ENC_API_ID_BYTES;
}

bool enc_api_route_matches(const char *pattern, struct enc_text path,
			   char (*ret_ids)[ENC_API_ID_BYTES])
{
	const char *at = path.bytes;
	const char *end = path.bytes + path.length;
	size_t count = 0;

	while (*pattern != '\0') {
		if (*pattern == '{') {
			const char *slash = memchr(at, '/', (size_t)(end - at));
			struct enc_text id = {
				at, (size_t)((slash == NULL ? end : slash) - at)
			};

			if (!is_id(id)) {
				return false;
			}
			(void)snprintf(ret_ids[count++], ENC_API_ID_BYTES,
				       "%.*s", (int)id.length, id.bytes);
			at += id.length;
			pattern = strchr(pattern, '}') + 1;
		} else if (at < end && *at == *pattern) {
			at++;
			pattern++;
		} else {
			return false;
		}
	}
	return at == end;
}

enum enc_code enc_api_find_route(const struct enc_http_request *request,
				 const struct enc_api_route **ret_route,
				 char (*ret_ids)[ENC_API_ID_BYTES],
				 struct enc_error *err)
{
	enum enc_api_method method = find_method(request->head->method);
	struct enc_text path = after_version(request->path);
	bool known = false;

	for (size_t i = 0; i < ENC_COUNT(enc_api_routes); i++) {
		const struct enc_api_route *route = &enc_api_routes[i];

		if (!enc_api_route_matches(route->path, path, ret_ids)) {
			continue;
		}
		known = true;
		if (route->method == method) {
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

void enc_api_route_methods(const struct enc_http_request *request,
			   char ret_text[ENC_API_METHODS_BYTES])
{
	struct enc_text path = after_version(request->path);
	char ids[ENC_API_IDS_MAX][ENC_API_ID_BYTES];
	size_t length = 0;

	ret_text[0] = '\0';
	for (size_t i = 0; i < ENC_COUNT(enc_api_routes); i++) {
		const struct enc_api_route *route = &enc_api_routes[i];

		if (enc_api_route_matches(route->path, path, ids)) {
			length += (size_t)snprintf(
				ret_text + length,
				ENC_API_METHODS_BYTES - length, "%s%s%s",
				length == 0 ? "" : ", ",
				method_names[route->method],
				route->method == ENC_API_GET ? ", HEAD" : "");
			ENC_ASSERT(length < ENC_API_METHODS_BYTES);
		}
	}
}

enum enc_code op_getOpenapi(struct enc_api_call *call, struct enc_error *err)
{
	ENC_AUTO(buf) text = ENC_BUF(1 << 20);

	(void)err;
	for (const char *const *piece = enc_api_document; *piece != NULL;
	     piece++) {
		ENC_MUST(enc_buf_append(&text, *piece, strlen(*piece)));
	}
	enc_api_reply(call->exchange, 200, &text);
	return ENC_OK;
}
