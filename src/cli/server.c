#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "decode.h"
#include "endpoint.h"
#include "hex.h"
#include "http_client.h"
#include "plane.h"
#include "print.h"
#include "random.h"
#include "server.h"
#include "signals.h"
#include "sse_reader.h"

enum {
	CALL_MS = 330 * 1000,	      /* longer than ?wait=300s */
	STREAM_MS = 25 * 3600 * 1000, /* a session may last a day */
	QUIET_MS = 90 * 1000,	      /* the server sends comments more often */
	KEY_BYTES_MAX = 4096,
	HEADERS_BYTES_MAX = 8192,
	ERROR_BYTES_MAX = 65536,
	NONCE_BYTES = 16,
};

static const char default_socket[] = "/run/enclave/enclave.sock";

struct enc_server {
	struct enc_endpoint endpoint;
	char *url;
	char *key;		 /* API key or token; NULL for none */
	struct enc_plane *plane; /* private control plane, owned; or NULL */
	int call_ms;		 /* timeout of a call, in ms */
	bool watches;		 /* signals */
};

/* place_of() - get the server's address for the HTTP client; borrowed */
static struct enc_http_place place_of(const struct enc_server *server)
{
	const struct enc_endpoint *endpoint = &server->endpoint;

	return (struct enc_http_place){
		.unix_path = endpoint->is_unix ? endpoint->host : NULL,
		.host = endpoint->host,
		.port = endpoint->port,
	};
}

/*
 * key_ok() - whether a key can be sent in an HTTP header: printable ASCII
 * without spaces
 */
static bool key_ok(const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < length; i++) {
		if (key[i] <= 0x20 || key[i] > 0x7e) {
			return false;
		}
	}
	return length > 0 && length <= KEY_BYTES_MAX;
}

enum enc_code enc_server_open(const char *url, const char *key,
			      struct enc_server **ret_server,
			      struct enc_error *err)
{
	struct enc_server *server;
	struct enc_endpoint endpoint;
	enum enc_code code = enc_endpoint_parse(url, &endpoint, err);

	if (code != ENC_OK) {
		return code;
	}
	if (key != NULL && !key_ok(key)) {
		return enc_fail(err, ENC_BAD_REQUEST,
				"the API key or token is not one word of "
				"printable characters; see ENCLAVE_API_KEY");
	}
	server = enc_xalloc(sizeof(*server));
	server->endpoint = endpoint;
	server->url = enc_xstrdup(url);
	server->key = key == NULL ? NULL : enc_xstrdup(key);
	server->call_ms = CALL_MS;
	code = enc_signals_watch(err);
	server->watches = code == ENC_OK;
	if (code != ENC_OK) {
		ENC_IGNORE(enc_server_free(server) != NULL); /* always NULL */
		return code;
	}
	*ret_server = server;
	return ENC_OK;
}

/* variable() - get an environment variable; NULL if it is unset or empty */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

/* open_named() - open the server of ENCLAVE_BASE_URL with the user's key */
static enum enc_code open_named(const char *url, struct enc_server **ret_server,
				struct enc_error *err)
{
	const char *key = variable("ENCLAVE_API_KEY");
	enum enc_code code;

	if (key == NULL) {
		key = variable("ENCLAVE_TOKEN");
	}
	code = enc_server_open(url, key, ret_server, err);
	if (code != ENC_OK) {
		enc_wrap(err, "ENCLAVE_BASE_URL");
	}
	return code;
}

enum enc_code enc_server_find(struct enc_server **ret_server,
			      struct enc_error *err)
{
	const char *url = variable("ENCLAVE_BASE_URL");
	char text[sizeof(default_socket) + 8];

	if (url != NULL) {
		return open_named(url, ret_server, err);
	}
	if (access(default_socket, F_OK) < 0) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"no server is known: `enclave up` starts one "
				"here, or set ENCLAVE_BASE_URL to "
				"http://host:port or unix:/path");
	}
	(void)snprintf(text, sizeof(text), "unix:%s", default_socket);
	return enc_server_open(text, NULL, ret_server, err);
}

/*
 * serves_here() - whether a server accepts connections at the default socket
 * @ret_forbidden: whether this user has no permission to connect
 *
 * Always false if ENCLAVE_BACKEND or ENCLAVE_ENVIRONMENTS is set: they ask for
 * a private server.
 */
static bool serves_here(bool *ret_forbidden)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;
	int error;

	*ret_forbidden = false;
	if (variable("ENCLAVE_BACKEND") != NULL ||
	    variable("ENCLAVE_ENVIRONMENTS") != NULL) {
		return false;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return false;
	}
	memcpy(name.sun_path, default_socket, sizeof(default_socket));
	error = connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0
			? errno
			: 0;
	(void)close(fd);
	*ret_forbidden = error == EACCES;
	return error == 0;
}

enum enc_code enc_server_start(const struct enc_plane_options *options,
			       struct enc_server **ret_server,
			       struct enc_error *err)
{
	struct enc_plane *plane = NULL;
	enum enc_code code = enc_plane_start(options, &plane, err);

	if (code != ENC_OK) {
		return code;
	}
	code = enc_server_open(enc_plane_url(plane), NULL, ret_server, err);
	if (code != ENC_OK) {
		plane = enc_plane_stop(plane);
		return code;
	}
	(*ret_server)->plane = plane;
	return ENC_OK;
}

enum enc_code
enc_server_start_by_environment(const struct enc_plane_options *options,
				struct enc_server **ret_server,
				struct enc_error *err)
{
	struct enc_plane_options filled = *options;
	enum enc_code code;

	if (filled.backend == NULL) {
		filled.backend = variable("ENCLAVE_BACKEND");
	}
	if (filled.environments == NULL) {
		filled.environments = variable("ENCLAVE_ENVIRONMENTS");
	}
	code = enc_server_start(&filled, ret_server, err);
	if (code == ENC_NOT_AVAILABLE && geteuid() == 0) {
		struct enc_error why = *err;

		(void)enc_fail(err, code, "%.200s; see `enclave doctor`",
			       why.message);
	}
	return code;
}

void enc_server_wait_at_most(struct enc_server *server, int ms)
{
	server->call_ms = ms;
}

enum enc_code enc_server_find_or_start(struct enc_server **ret_server,
				       struct enc_error *err)
{
	const struct enc_plane_options none = { .backend = NULL };
	const char *url = variable("ENCLAVE_BASE_URL");
	bool forbidden;

	if (url != NULL) {
		return open_named(url, ret_server, err);
	}
	if (serves_here(&forbidden)) {
		return enc_server_find(ret_server, err);
	}
	if (forbidden && geteuid() != 0) {
		return enc_fail(err, ENC_UNAUTHORIZED,
				"the server here wants a key of everybody but "
				"root: set ENCLAVE_BASE_URL=http://"
				"127.0.0.1:8090 and ENCLAVE_API_KEY; root "
				"makes one with `enclave keys create`");
	}
	return enc_server_start_by_environment(&none, ret_server, err);
}

struct enc_server *enc_server_free(struct enc_server *server)
{
	if (server == NULL) {
		return NULL;
	}
	server->plane = enc_plane_stop(server->plane);
	if (server->watches) {
		enc_signals_unwatch();
	}
	if (server->key != NULL) {
		explicit_bzero(server->key, strlen(server->key));
	}
	free(server->key);
	free(server->url);
	free(server);
	return NULL;
}

const char *enc_server_url(const struct enc_server *server)
{
	return server->url;
}

enum enc_code enc_server_check_near(const struct enc_server *server,
				    struct enc_error *err)
{
	return enc_endpoint_is_near(&server->endpoint)
		       ? ENC_OK
		       : enc_fail(err, ENC_FORBIDDEN,
				  "the secret would cross the network to "
				  "%.60s in clear: run this on that machine, "
				  "or through `ssh -L 8090:127.0.0.1:PORT "
				  "HOST` with ENCLAVE_BASE_URL="
				  "http://127.0.0.1:8090",
				  server->url);
}

bool enc_server_is_private(const struct enc_server *server)
{
	return server->plane != NULL;
}

/* add_headers() - add the credential, and an Idempotency-Key to a POST */
static int add_headers(const struct enc_server *server, const char *method,
		       struct enc_buf *headers)
{
	uint8_t nonce[NONCE_BYTES];
	char text[2 * NONCE_BYTES + 1];
	int r = enc_buf_printf(headers,
			       "User-Agent: enclave/" ENC_RELEASE "\r\n");

	if (r == 0 && server->key != NULL) {
		r = enc_buf_printf(headers, "Authorization: Bearer %s\r\n",
				   server->key);
	}
	if (r == 0 && strcmp(method, "POST") == 0) {
		enc_random_bytes(nonce, sizeof(nonce));
		enc_hex_encode(nonce, sizeof(nonce), text);
		r = enc_buf_printf(headers, "Idempotency-Key: %s\r\n", text);
	}
	return r;
}

/* exchange() - send a request, read the response; errors name the server */
static enum enc_code exchange(struct enc_server *server,
			      struct enc_http_client_request *request,
			      struct enc_buf *headers, int *ret_status,
			      struct enc_buf *ret_body, struct enc_error *err)
{
	const struct enc_http_place place = place_of(server);
	enum enc_code code;

	if (enc_buf_append(headers, "", 1) < 0) {
		return enc_fail(err, ENC_LIMIT, "the request is too long");
	}
	request->headers = (const char *)enc_buf_bytes(headers);
	request->cancel_fd = enc_signals_fd();
	code = enc_http_ask(&place, request, ret_status, ret_body, err);
	if (code == ENC_CANCELLED) {
		enc_signals_forget();
	} else if (code == ENC_UNAVAILABLE && server->plane == NULL) {
		const struct enc_error why = *err;

		if (place.unix_path != NULL &&
		    access(place.unix_path, W_OK) < 0 && errno == EACCES) {
			return enc_fail(err, code,
					"server %.100s: only its owner and "
					"root may use this socket; others set "
					"ENCLAVE_BASE_URL=http://HOST:PORT "
					"and ENCLAVE_API_KEY",
					server->url);
		}
		(void)enc_fail(
			err, code,
			"server %.100s: %.100s; is it running there? See "
			"ENCLAVE_BASE_URL",
			server->url, why.message);
	} else if (code != ENC_OK) {
		enc_wrap(err, "server %.100s", server->url);
	}
	return code;
}

/* code_named() - get the code with an API name, else one by HTTP status */
static enum enc_code code_named(const char *name, int status)
{
	for (enum enc_code code = ENC_OK + 1; code < ENC_CODE_MAX; code++) {
		if (strcmp(enc_code_info(code)->name, name) == 0) {
			return code;
		}
	}
	for (enum enc_code code = ENC_OK + 1; code < ENC_CODE_MAX; code++) {
		if (enc_code_info(code)->http_status == status) {
			return code;
		}
	}
	return status >= 500 ? ENC_UNAVAILABLE : ENC_BAD_REQUEST;
}

/* refused() - fail with the code and message of an API error response */
static enum enc_code refused(const struct enc_server *server, int status,
			     const struct enc_buf *body, struct enc_error *err)
{
	json_t *answer = json_loadb((const char *)enc_buf_bytes(body),
				    body->length, 0, NULL);
	const char *name = enc_json_text(answer, "error.code");
	const char *message = enc_json_text(answer, "error.message");
	enum enc_code code = code_named(name, status);

	if (message[0] == '\0') {
		(void)enc_fail(err, code,
			       "server %.100s answered with status %d",
			       server->url, status);
	} else {
		(void)enc_fail(err, code, "%.200s (%.40s)", message, name);
	}
	json_decref(answer);
	return code;
}

enum enc_code enc_server_call(struct enc_server *server, const char *method,
			      const char *target, const char *body,
			      struct enc_buf *ret_body, struct enc_error *err)
{
	ENC_AUTO(buf) headers = ENC_BUF_SECRET(HEADERS_BYTES_MAX);
	ENC_AUTO(buf) answer = ENC_BUF(ret_body->max_bytes);
	struct enc_http_client_request request = {
		.method = method,
		.target = target,
		.body = body,
		.body_length = body == NULL ? 0 : strlen(body),
		.timeout_ms = server->call_ms,
	};
	int status = 0;
	enum enc_code code;

	if (add_headers(server, method, &headers) < 0) {
		return enc_fail(err, ENC_LIMIT, "the request is too long");
	}
	code = exchange(server, &request, &headers, &status, &answer, err);
	if (code != ENC_OK) {
		return code;
	}
	if (status / 100 != 2) {
		return refused(server, status, &answer, err);
	}
	return enc_buf_append(ret_body, enc_buf_bytes(&answer),
			      answer.length) == 0
		       ? ENC_OK
		       : enc_fail(err, ENC_LIMIT, "the answer is too long");
}

enum enc_code enc_server_json(struct enc_server *server, const char *method,
			      const char *target, const char *body,
			      json_t **ret_value, struct enc_error *err)
{
	ENC_AUTO(buf) answer = ENC_BUF(ENC_SERVER_BODY_MAX);
	enum enc_code code =
		enc_server_call(server, method, target, body, &answer, err);
	json_t *value;

	if (code != ENC_OK) {
		return code;
	}
	value = enc_decode_answer(enc_buf_bytes(&answer), answer.length);
	if (!json_is_object(value)) {
		json_decref(value);
		return enc_fail(err, ENC_UNAVAILABLE,
				"server %.100s: the answer is no JSON object",
				server->url);
	}
	*ret_value = value;
	return ENC_OK;
}

/* A session's stream. It may take several connections. */
struct stream {
	struct enc_sse_reader reader;
	enc_server_on_event *on_event;
	void *user;
	bool progressed; /* this connection delivered an event */
	bool over;	 /* `end` arrived, or the caller ended it */
	int error;	 /* -errno of enc_sse_reader_feed() */
};

/* on_event() - pass an event of the SSE reader to the caller */
static bool on_event(void *user, const struct enc_sse_event *event)
{
	struct stream *stream = user;
	const struct enc_server_event passed = {
		.kind = event->kind,
		.data = event->data,
		.data_length = event->data_length,
	};

	stream->progressed = true;
	stream->over = !stream->on_event(stream->user, &passed) ||
		       strcmp(event->kind, "end") == 0;
	return !stream->over;
}

/* on_body() - pass bytes of the response to the SSE reader */
static bool on_body(void *user, const uint8_t *bytes, size_t length)
{
	struct stream *stream = user;

	stream->error = enc_sse_reader_feed(&stream->reader, bytes, length,
					    on_event, stream);
	return stream->error == 0;
}

/* follow_once() - read the stream over one connection until that ends */
static enum enc_code follow_once(struct enc_server *server, const char *target,
				 struct stream *stream, struct enc_error *err)
{
	ENC_AUTO(buf) headers = ENC_BUF_SECRET(HEADERS_BYTES_MAX);
	ENC_AUTO(buf) answer = ENC_BUF(ERROR_BYTES_MAX);
	struct enc_http_client_request request = {
		.method = "GET",
		.target = target,
		.timeout_ms = STREAM_MS,
		.quiet_ms = QUIET_MS,
		.on_body = on_body,
		.user = stream,
	};
	int status = 0;
	int r = add_headers(server, "GET", &headers);
	enum enc_code code;

	if (r == 0) {
		r = enc_buf_printf(&headers, "Accept: text/event-stream\r\n");
	}
	if (r == 0 && stream->reader.id[0] != '\0') {
		r = enc_buf_printf(&headers, "Last-Event-ID: %s\r\n",
				   stream->reader.id);
	}
	if (r < 0) {
		return enc_fail(err, ENC_LIMIT, "the request is too long");
	}
	code = exchange(server, &request, &headers, &status, &answer, err);
	if (stream->error < 0 && stream->error != -ECANCELED) {
		return enc_fail(err, ENC_LIMIT,
				"server %.100s: an event of the stream is too "
				"long or malformed",
				server->url);
	}
	if (code == ENC_OK && status / 100 != 2) {
		return refused(server, status, &answer, err);
	}
	if (code == ENC_OK && !stream->over) {
		return enc_fail(err, ENC_UNAVAILABLE,
				"server %.100s: the stream ended too early",
				server->url);
	}
	return code;
}

/*
 * may_come_back() - wait a moment; false if the server is gone for too long
 * @since_ms: time of the first failure in a row; 0: there was none
 */
static bool may_come_back(int64_t *since_ms)
{
	struct pollfd signals = { .fd = enc_signals_fd(), .events = POLLIN };
	int64_t now_ms = enc_clock_mono_ms();

	if (*since_ms == 0) {
		*since_ms = now_ms;
	}
	/* A signal ends the wait; the next call notices it. */
	ENC_IGNORE(poll(&signals, 1, ENC_SERVER_AGAIN_MS));
	return now_ms - *since_ms < ENC_SERVER_RESTART_MS;
}

enum enc_code enc_server_stream(struct enc_server *server, const char *target,
				enc_server_on_event *on_event_, void *user,
				struct enc_error *err)
{
	struct stream stream = { .on_event = on_event_, .user = user };
	char last_id[ENC_SSE_NAME_MAX_BYTES] = "";
	enum enc_code code = ENC_OK;
	int64_t since_ms = 0;
	bool again;

	do {
		struct enc_error failure = { 0 };

		stream.progressed = false;
		stream.error = 0;
		enc_sse_reader_init(&stream.reader, last_id);
		code = follow_once(server, target, &stream, &failure);
		memcpy(last_id, stream.reader.id, sizeof(last_id));
		enc_sse_reader_done(&stream.reader);
		again = (code == ENC_UNAVAILABLE || code == ENC_TIMEOUT) &&
			last_id[0] != '\0';
		if (stream.progressed) {
			since_ms = 0;
		} else if (again) {
			again = may_come_back(&since_ms);
		}
		if (code != ENC_OK && !again && err != NULL) {
			*err = failure;
		}
	} while (again);
	return stream.over && code != ENC_CANCELLED ? ENC_OK : code;
}
