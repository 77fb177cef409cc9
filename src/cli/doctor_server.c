#include <string.h>

#include <jansson.h>

#include "doctor_server.h"
#include "endpoint.h"
#include "http_client.h"
#include "print.h"

enum {
	ASK_MS = 5000, /* limit for each response */
	BODY_BYTES_MAX = 65536,
};

/*
 * get() - GET @target without a key
 * @ret_status: the status of the response
 * @ret_value:  its body; owned; NULL if that is no JSON
 */
static enum enc_code get(const struct enc_endpoint *endpoint,
			 const char *target, int *ret_status,
			 json_t **ret_value, struct enc_error *err)
{
	const struct enc_http_place place = {
		.unix_path = endpoint->is_unix ? endpoint->host : NULL,
		.host = endpoint->host,
		.port = endpoint->port,
	};
	const struct enc_http_client_request request = {
		.method = "GET",
		.target = target,
		.headers = "User-Agent: enclave/" ENC_RELEASE "\r\n",
		.timeout_ms = ASK_MS,
		.cancel_fd = -1,
	};
	ENC_AUTO(buf) body = ENC_BUF(BODY_BYTES_MAX);
	enum enc_code code =
		enc_http_ask(&place, &request, ret_status, &body, err);

	if (code == ENC_OK) {
		*ret_value =
			json_loadb((const char *)enc_buf_bytes(&body),
				   body.length, JSON_REJECT_DUPLICATES, NULL);
	}
	return code;
}

/* fail() - no answer that Enclave would give */
static struct enc_doctor_server fail(const char *url, const char *why)
{
	struct enc_doctor_server server = { .state = ENC_DOCTOR_SERVER_SILENT };

	(void)snprintf(server.detail, sizeof(server.detail),
		       "server %.200s: %.200s", url, why);
	(void)snprintf(server.remedy, sizeof(server.remedy),
		       "start it: systemctl start enclave, or `enclave up` as "
		       "root; or correct ENCLAVE_BASE_URL");
	return server;
}

/* tell_serving() - name the server and its backends */
static void tell_serving(struct enc_doctor_server *server, const char *url,
			 const json_t *health)
{
	const json_t *backends = json_object_get(health, "backends");
	size_t room = sizeof(server->detail);
	size_t at = (size_t)snprintf(server->detail, room,
				     "%.200s takes sessions, backend", url);

	for (size_t i = 0; i < json_array_size(backends) && at < room; i++) {
		const char *name =
			json_string_value(json_array_get(backends, i));

		at += (size_t)snprintf(server->detail + at, room - at,
				       "%s %.40s", i == 0 ? "" : ",",
				       name == NULL ? "?" : name);
	}
}

/* judge() - what /readyz and /healthz say, which may be NULL */
static struct enc_doctor_server judge(const char *url, int status,
				      const json_t *ready, const json_t *health)
{
	struct enc_doctor_server server = { .state = ENC_DOCTOR_SERVER_SERVES };
	const json_t *word = json_object_get(ready, "ready");
	const char *reason = enc_json_text(ready, "reason");
	char text[32];

	if (json_is_true(word)) {
		tell_serving(&server, url, health);
		return server;
	}
	if (!json_is_false(word)) {
		/* A server without readiness, or an error of ours. */
		reason = enc_json_text(ready, "error.message");
		(void)snprintf(text, sizeof(text), "status %d", status);
		return fail(url, reason[0] == '\0' ? text : reason);
	}
	server.state = ENC_DOCTOR_SERVER_REFUSES;
	(void)snprintf(server.detail, sizeof(server.detail),
		       "%.200s takes no sessions: %.250s", url,
		       reason[0] == '\0' ? "it doesn't say why" : reason);
	(void)snprintf(server.remedy, sizeof(server.remedy),
		       "clear that and ask again; its state is in its "
		       "--state-dir (/var/lib/enclave by default), and its log "
		       "says more: journalctl -u enclave");
	return server;
}

struct enc_doctor_server enc_doctor_server_ask(const char *url)
{
	struct enc_doctor_server server;
	struct enc_endpoint endpoint;
	struct enc_error err = { 0 };
	json_t *ready = NULL;
	json_t *health = NULL;
	int status = 0;
	int ignored = 0;

	if (enc_endpoint_parse(url, &endpoint, &err) != ENC_OK) {
		server = fail(url, err.message);
		(void)snprintf(server.remedy, sizeof(server.remedy),
			       "correct ENCLAVE_BASE_URL");
		return server;
	}
	server = get(&endpoint, "/readyz", &status, &ready, &err) == ENC_OK &&
				 get(&endpoint, "/healthz", &ignored, &health,
				     &err) == ENC_OK
			 ? judge(url, status, ready, health)
			 : fail(url, err.message);
	json_decref(ready);
	json_decref(health);
	return server;
}
