#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "route.h"
#include "scope.h"

static struct enc_text text_of(const char *text)
{
	return (struct enc_text){ text, strlen(text) };
}

static enum enc_code find(const char *method, const char *path,
			  const struct enc_api_route **ret_route,
			  char (*ret_ids)[ENC_API_ID_BYTES])
{
	const struct enc_http1_head head = { .method = text_of(method) };
	const struct enc_http_request request = { .head = &head,
						  .path = text_of(path) };
	struct enc_error err = { 0 };
	enum enc_code code =
		enc_api_find_route(&request, ret_route, ret_ids, &err);

	assert_int_equal(err.code, code);
	return code;
}

static void test_rows(void **state)
{
	static const struct {
		const char *method;
		const char *path;
		enum enc_code code;
		const char *operation;
		const char *id;
	} rows[] = {
		{ "GET", "/v1/sessions", ENC_OK, "listSessions", "" },
		{ "GET", "/sessions", ENC_OK, "listSessions", "" },
		{ "POST", "/v1/sessions", ENC_OK, "createSession", "" },
		{ "GET", "/v1/sessions/s-1", ENC_OK, "getSession", "s-1" },
		{ "DELETE", "/v1/sessions/s-1", ENC_OK, "deleteSession",
		  "s-1" },
		{ "GET", "/v1/sessions/s-1/result", ENC_OK, "getResult",
		  "s-1" },
		{ "PUT", "/v1/sessions/s-1", ENC_METHOD, NULL, NULL },
		{ "get", "/v1/sessions", ENC_METHOD, NULL, NULL },
		{ "GETS", "/v1/sessions", ENC_METHOD, NULL, NULL },
		{ "GET", "/v1/sessions/", ENC_NOT_FOUND, NULL, NULL },
		{ "GET", "/v1/sessions/s-1/", ENC_NOT_FOUND, NULL, NULL },
		{ "GET", "/v1/sessions/s%2d1", ENC_NOT_FOUND, NULL, NULL },
		{ "GET", "/v1/sessions/s.1", ENC_NOT_FOUND, NULL, NULL },
		{ "GET", "/v1/sessions/a/b", ENC_NOT_FOUND, NULL, NULL },
		{ "GET", "/v1/v1/sessions", ENC_NOT_FOUND, NULL, NULL },
		{ "GET", "/v1", ENC_NOT_FOUND, NULL, NULL },
		{ "GET", "/", ENC_NOT_FOUND, NULL, NULL },
		{ "GET", "", ENC_NOT_FOUND, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		const struct enc_api_route *route = NULL;
		char ids[ENC_API_IDS_MAX][ENC_API_ID_BYTES] = { { 0 } };

		assert_int_equal(find(rows[i].method, rows[i].path, &route,
				      ids),
				 rows[i].code);
		if (rows[i].code == ENC_OK) {
			assert_string_equal(route->operation,
					    rows[i].operation);
			assert_string_equal(ids[0], rows[i].id);
		}
	}
}

static void test_ids_have_a_length(void **state)
{
	char path[sizeof("/v1/sessions/") + ENC_API_ID_BYTES] = "/v1/sessions/";
	size_t at = strlen(path);
	const struct enc_api_route *route;
	char ids[ENC_API_IDS_MAX][ENC_API_ID_BYTES] = { { 0 } };

	(void)state;
	memset(path + at, 'a', ENC_API_ID_BYTES - 1);
	assert_int_equal(find("GET", path, &route, ids), ENC_OK);
	assert_int_equal(strlen(ids[0]), ENC_API_ID_BYTES - 1);
	path[at + ENC_API_ID_BYTES - 1] = 'a';
	assert_int_equal(find("GET", path, &route, ids), ENC_NOT_FOUND);
}

static void test_several_ids(void **state)
{
	char ids[ENC_API_IDS_MAX][ENC_API_ID_BYTES] = { { 0 } };

	(void)state;
	assert_true(enc_api_route_matches("/a/{id}/b/{n}", text_of("/a/x/b/7"),
					  ids));
	assert_string_equal(ids[0], "x");
	assert_string_equal(ids[1], "7");
	assert_true(enc_api_route_matches("/{a}/{b}", text_of("/x-1/y_2"),
					  ids));
	assert_string_equal(ids[0], "x-1");
	assert_string_equal(ids[1], "y_2");
	assert_false(enc_api_route_matches("/a/{id}/b/{n}", text_of("/a/x/b/"),
					   ids));
	assert_false(enc_api_route_matches("/a/{id}/b/{n}", text_of("/a//b/7"),
					   ids));
	assert_false(enc_api_route_matches("/a/{id}/b/{n}",
					   text_of("/a/x/b/7/8"), ids));
	assert_false(enc_api_route_matches("/a/{id}/b/{n}", text_of("/a/x"),
					   ids));
}

static void test_scopes_of_routes(void **state)
{
	const struct enc_api_route *route;
	char ids[ENC_API_IDS_MAX][ENC_API_ID_BYTES];

	(void)state;
	assert_int_equal(find("GET", "/v1/healthz", &route, ids), ENC_OK);
	assert_int_equal(route->scope, ENC_SCOPE_NONE);
	assert_int_equal(find("POST", "/v1/orgs", &route, ids), ENC_OK);
	assert_int_equal(route->scope, ENC_SCOPE_ROOT);
	assert_int_equal(find("GET", "/v1/metrics", &route, ids), ENC_OK);
	assert_int_equal(route->scope, ENC_SCOPE_METRICS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_ids_have_a_length),
		cmocka_unit_test(test_several_ids),
		cmocka_unit_test(test_scopes_of_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
