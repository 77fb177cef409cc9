#include <string.h>

#include "decode.h"
#include "fetch.h"
#include "print.h"
#include "server.h"
#include "target.h"

enum enc_code enc_fetch_show(struct enc_cli *cli, bool as_json,
			     const struct enc_fetch *fetch, const char *target,
			     struct enc_error *err)
{
	ENC_AUTO(buf) body = ENC_BUF(ENC_SERVER_BODY_MAX);
	struct enc_server *server = NULL;
	json_t *value;
	enum enc_code code = fetch->or_private
				     ? enc_server_find_or_start(&server, err)
				     : enc_server_find(&server, err);

	if (code == ENC_OK) {
		code = enc_server_call(server, fetch->method, target, NULL,
				       &body, err);
	}
	server = enc_server_free(server);
	if (code != ENC_OK) {
		return code;
	}
	if (as_json) {
		enc_print_body(cli, &body);
		return ENC_OK;
	}
	value = enc_decode_answer(enc_buf_bytes(&body), body.length);
	if (value == NULL && body.length > 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"the server's answer is not JSON");
	}
	fetch->show(cli, value);
	json_decref(value);
	return ENC_OK;
}

enum enc_code enc_fetch_run(struct enc_cli *cli, const struct enc_call *call,
			    const struct enc_fetch *fetch,
			    struct enc_error *err)
{
	const struct enc_common_options *common = call->options;
	char target[256];
	enum enc_code code;
	int length;

	if (fetch->what == NULL) {
		length = snprintf(target, sizeof(target), "/v1/%s%s",
				  fetch->collection, fetch->tail);
		ENC_ASSERT(length > 0 && (size_t)length < sizeof(target));
	} else {
		code = enc_target_of(fetch->collection, fetch->what,
				     call->words->word[0], fetch->tail, target,
				     err);
		if (code != ENC_OK) {
			return code;
		}
	}
	return enc_fetch_show(cli, common->json, fetch, target, err);
}

bool enc_fetch_is_org(const json_t *org, const char *name)
{
	return strcmp(enc_json_text(org, "name"), name) == 0 ||
	       strcmp(enc_json_text(org, "id"), name) == 0;
}

enum enc_code enc_fetch_org(struct enc_server *server, const char *name,
			    char **ret_id, char **ret_name,
			    struct enc_error *err)
{
	json_t *reply = NULL;
	char *id = NULL;
	char *shown = NULL;
	json_t *org;
	size_t i;
	enum enc_code code =
		enc_server_json(server, "GET", "/v1/orgs", NULL, &reply, err);

	if (code != ENC_OK) {
		return code;
	}
	/* Without a name: the first one. A key lists only its own. */
	json_array_foreach(json_object_get(reply, "orgs"), i, org)
	{
		if (name == NULL || enc_fetch_is_org(org, name)) {
			id = enc_xstrdup(enc_json_text(org, "id"));
			shown = enc_xstrdup(enc_json_text(org, "name"));
			break;
		}
	}
	json_decref(reply);
	if (id == NULL) {
		return enc_fail(err, ENC_NOT_FOUND,
				"there is no organisation %.64s; enclave orgs "
				"list shows them",
				name == NULL ? "of yours" : name);
	}
	*ret_id = id;
	if (ret_name != NULL) {
		*ret_name = ENC_TAKE(shown);
	}
	free(shown);
	return ENC_OK;
}
