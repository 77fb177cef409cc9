/*
 * Writes responses and queues the bytes that a socket doesn't accept. Drops a
 * client that reads too slowly. Closes a connection after its last response.
 * http_server.c stops serving a connection that is held (see
 * enc_http_exchange_is_held()).
 */

#include <errno.h>
#include <time.h>

#include "http_server_internal.h"
#include "http_status.h"
#include "json.h"

enum {
	ANSWER_MAX_BYTES = 256 << 20,
	/* Limit for the unread bytes of all connections. */
	ANSWERS_MAX_BYTES = 256 << 20,
	ANSWER_SMALL_BYTES = 64 << 10,
	WRITE_MS = 30000, /* time for a client to read one queued piece */
	/* Time to read all queued bytes, plus the next for each MiB. */
	WHOLE_MS = 30000,
	WHOLE_MIB_MS = 1000,
	LINGER_MS = 2000, /* time to read the last response */
	PIECE_BYTES = 256 * 1024,
	/* A connection with more unread bytes is held. */
	AHEAD_BYTES = 256 * 1024,
	/* A stream with more unread bytes has no room. */
	ROOM_BYTES = 128 * 1024,
};

/* Bytes that the socket didn't accept at once. */
struct piece {
	uv_write_t request;
	struct enc_http_exchange *connection;
	size_t length;
	uint8_t bytes[];
};

bool enc_http_exchange_is_held(const struct enc_http_exchange *connection)
{
	return connection->waiting > AHEAD_BYTES;
}

/*
 * allow_time() - set the deadline for reading all queued bytes, depending on
 * their number. A slow client can't extend it again and again, because no
 * further response is written to a held connection, nor a further piece to a
 * stream with many unread bytes.
 */
static void allow_time(struct enc_http_exchange *connection)
{
	uint64_t due = uv_now(connection->server->loop) + WHOLE_MS +
		       (connection->waiting >> 20) * WHOLE_MIB_MS;

	if (connection->due_ms < due) {
		connection->due_ms = due;
	}
}

void enc_http_exchange_await_reader(struct enc_http_exchange *connection)
{
	uint64_t now = uv_now(connection->server->loop);
	uint64_t left = connection->due_ms > now ? connection->due_ms - now : 0;

	enc_http_exchange_wait_at_most(connection,
				       ENC_MIN(left, (uint64_t)WRITE_MS));
}

/*
 * wait_for_reader() - set the read timeout while response bytes are unread;
 * without unread bytes, a response that is written in pieces has no timeout
 */
static void wait_for_reader(struct enc_http_exchange *connection)
{
	if (connection->waiting > 0) {
		enc_http_exchange_await_reader(connection);
	} else if (enc_http_exchange_in_parts(connection)) {
		(void)uv_timer_stop(&connection->timer);
	}
}

/* tell_room() - call the handler's room() once the client has read enough */
static void tell_room(struct enc_http_exchange *connection)
{
	struct enc_http_handler *handler = connection->server->handler;

	if (handler->room != NULL && connection->waiting <= ROOM_BYTES / 2) {
		handler->room(handler, connection);
	}
}

static void on_written(uv_write_t *request, int status)
{
	struct piece *piece = ENC_HOLDER(request, struct piece, request);
	struct enc_http_exchange *connection = piece->connection;
	bool held = enc_http_exchange_is_held(connection);

	connection->waiting -= piece->length;
	connection->server->unread_bytes -= piece->length;
	free(piece);
	if (status < 0) {
		enc_http_exchange_drop(connection);
	} else if (enc_http_exchange_in_parts(connection)) {
		wait_for_reader(connection);
		tell_room(connection);
	} else if (connection->state == ENC_HTTP_LINGERING) {
		wait_for_reader(connection);
	} else if (held && !enc_http_exchange_is_held(connection) &&
		   enc_http_exchange_in_head(connection)) {
		enc_http_exchange_go_on(connection);
	} else if (held) {
		enc_http_exchange_await_reader(connection);
	}
}

/* write_piece() - queue a copy of the bytes */
static void write_piece(struct enc_http_exchange *connection,
			const uint8_t *bytes, size_t length)
{
	struct piece *piece = enc_xalloc(sizeof(*piece) + length);
	uv_buf_t part;

	piece->connection = connection;
	piece->length = length;
	memcpy(piece->bytes, bytes, length);
	part = uv_buf_init((char *)piece->bytes, (unsigned int)length);
	connection->waiting += length;
	connection->server->unread_bytes += length;
	if (uv_write(&piece->request, &connection->socket.stream, &part, 1,
		     on_written) != 0) {
		connection->waiting -= length;
		connection->server->unread_bytes -= length;
		free(piece);
	}
}

void enc_http_exchange_write(struct enc_http_exchange *connection,
			     const void *bytes, size_t length)
{
	uv_buf_t part =
		uv_buf_init((char *)(uintptr_t)bytes, (unsigned int)length);
	int wrote =
		connection->waiting > 0
			? 0
			: uv_try_write(&connection->socket.stream, &part, 1);

	connection->written += length;
	if (wrote < 0 && wrote != UV_EAGAIN) {
		return; /* on_read() gets the error and drops the connection */
	}
	for (size_t at = wrote < 0 ? 0 : (size_t)wrote; at < length;
	     at += PIECE_BYTES) {
		write_piece(connection, (const uint8_t *)bytes + at,
			    ENC_MIN(length - at, (size_t)PIECE_BYTES));
	}
	if (connection->waiting > 0) {
		allow_time(connection);
		enc_http_exchange_await_reader(connection);
	}
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
	struct enc_http_exchange *connection = request->data;

	free(request);
	if (status < 0 || connection->input == ENC_HTTP_INPUT_ENDED) {
		enc_http_exchange_drop(connection);
	} else if (connection->state == ENC_HTTP_LINGERING) {
		/*
		 * Wait for the client to close. Closing a socket with unread
		 * input resets the connection, and the client could lose the
		 * response.
		 */
		enc_http_exchange_wait_at_most(connection, LINGER_MS);
		enc_http_exchange_read_more(connection);
	}
}

/* hang_up() - shut down the sending half after the queued bytes */
static void hang_up(struct enc_http_exchange *connection)
{
	uv_shutdown_t *request = enc_xalloc(sizeof(*request));

	request->data = connection;
	if (uv_shutdown(request, &connection->socket.stream, on_shutdown) !=
	    0) {
		free(request);
		enc_http_exchange_drop(connection);
	}
}

void enc_http_exchange_say_goodbye(struct enc_http_exchange *connection)
{
	enc_http_exchange_move(connection, ENC_HTTP_LINGERING);
	enc_http_exchange_wait_at_most(connection, WRITE_MS);
	wait_for_reader(connection);
	hang_up(connection);
}

bool enc_http_has_room(const struct enc_http_exchange *connection,
		       size_t length)
{
	size_t unread = connection->server->unread_bytes;

	return length <= ANSWER_SMALL_BYTES || unread == 0 ||
	       unread + length <= ANSWERS_MAX_BYTES;
}

void enc_http_add_header(struct enc_http_exchange *connection, const char *name,
			 const char *value)
{
	size_t length = strlen(connection->headers);
	size_t room = sizeof(connection->headers) - length;
	int added = snprintf(connection->headers + length, room, "%s: %s\r\n",
			     name, value);

	if (added < 0 || (size_t)added >= room) {
		connection->headers[length] = '\0';
	}
}

/* put_date() - append a Date header (RFC 9110, section 5.6.7) */
static void put_date(struct enc_buf *out)
{
	time_t now = time(NULL);
	struct tm parts;
	char text[64];

	if (gmtime_r(&now, &parts) != NULL &&
	    strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n",
		     &parts) > 0) {
		ENC_MUST(enc_buf_text(out, text));
	}
}

/*
 * put_head() - append the status line and the headers of every response.
 * @content_type is NULL if there is no body.
 */
static void put_head(struct enc_http_exchange *connection, int status,
		     const char *content_type, struct enc_buf *out)
{
	ENC_ASSERT(connection->state == ENC_HTTP_HANDLING);
	connection->status = status;
	connection->last |= connection->server->draining;
	ENC_MUST(enc_buf_printf(out,
				"HTTP/1.1 %d %s\r\n"
				"X-Request-Id: %s\r\n"
				"Cache-Control: no-store\r\n%s",
				status, enc_http_status_reason(status),
				connection->id,
				connection->last ? "Connection: close\r\n"
						 : ""));
	put_date(out);
	ENC_MUST(enc_buf_text(out, connection->headers));
	if (content_type != NULL) {
		ENC_MUST(enc_buf_printf(out,
					"Content-Type: %s\r\n"
					"X-Content-Type-Options: nosniff\r\n",
					content_type));
	}
}

bool enc_http_is_head(const struct enc_http_exchange *connection)
{
	return connection->method == ENC_HTTP_METHOD_HEAD;
}

void enc_http_reply_head(struct enc_http_exchange *connection, int status,
			 const char *content_type)
{
	ENC_AUTO(buf) answer = ENC_BUF(4096);

	ENC_ASSERT(status == 204 || enc_http_is_head(connection));
	put_head(connection, status, content_type, &answer);
	ENC_MUST(enc_buf_append(&answer, "\r\n", 2));
	enc_http_exchange_write(connection, enc_buf_bytes(&answer),
				answer.length);
	enc_http_exchange_finish(connection);
}

void enc_http_reply_nothing(struct enc_http_exchange *connection)
{
	enc_http_reply_head(connection, 204, NULL);
}

/*
 * enc_http_reply() and enc_http_reply_error() call each other at most once,
 * since the error is small enough to always have room.
 */
/* NOLINTBEGIN(misc-no-recursion) */
void enc_http_reply(struct enc_http_exchange *connection, int status,
		    const char *content_type, const char *extra,
		    const void *body, size_t length)
{
	ENC_AUTO(buf) answer = ENC_BUF(ANSWER_MAX_BYTES);

	ENC_ASSERT(connection->state == ENC_HTTP_HANDLING);
	if (connection->method == ENC_HTTP_METHOD_GET &&
	    !enc_http_has_room(connection, length)) {
		struct enc_error err = { 0 };

		(void)enc_fail(&err, ENC_BUSY,
			       "too many large responses are unread");
		enc_http_reply_error(connection, &err);
		return;
	}
	put_head(connection, status, content_type, &answer);
	ENC_MUST(enc_buf_printf(&answer, "Content-Length: %zu\r\n%s\r\n",
				length, extra));
	if (!enc_http_is_head(connection)) {
		ENC_MUST(enc_buf_append(&answer, body, length));
	}
	enc_http_exchange_write(connection, enc_buf_bytes(&answer),
				answer.length);
	enc_http_exchange_finish(connection);
}

void enc_http_reply_error(struct enc_http_exchange *connection,
			  const struct enc_error *err)
{
	const struct enc_code_row *info = enc_code_info(err->code);
	ENC_AUTO(buf) body = ENC_BUF(8192);
	const char *message =
		err->message[0] == '\0' ? info->sentence : err->message;

	if (info->http_status == 401) {
		enc_http_add_header(connection, "WWW-Authenticate",
				    "Bearer realm=\"enclave\"");
	}
	ENC_MUST(enc_buf_printf(
		&body, "{\"error\":{\"code\":\"%s\",\"message\":", info->name));
	ENC_MUST(enc_json_string(&body, message, strlen(message)));
	if (err->field[0] == '\0') {
		ENC_MUST(enc_buf_text(&body, ",\"details\":null"));
	} else {
		ENC_MUST(enc_buf_text(&body, ",\"details\":{\"field\":"));
		ENC_MUST(enc_json_string(&body, err->field,
					 strlen(err->field)));
		ENC_MUST(enc_buf_text(&body, "}"));
	}
	ENC_MUST(enc_buf_printf(&body, ",\"requestId\":\"%s\"}}\n",
				connection->id));
	enc_http_reply(connection, info->http_status, "application/json",
		       info->retryable ? "Retry-After: 1\r\n" : "",
		       enc_buf_bytes(&body), body.length);
}
/* NOLINTEND(misc-no-recursion) */

/* begin_parts() - write the head of a response whose length isn't known */
static void begin_parts(struct enc_http_exchange *connection,
			enum enc_http_state to, int status,
			const char *content_type, const char *extra)
{
	ENC_AUTO(buf) answer = ENC_BUF(4096);

	put_head(connection, status, content_type, &answer);
	ENC_MUST(enc_buf_printf(&answer, "Transfer-Encoding: chunked\r\n%s\r\n",
				extra));
	enc_http_exchange_move(connection, to);
	(void)uv_timer_stop(&connection->timer);
	enc_http_exchange_write(connection, enc_buf_bytes(&answer),
				answer.length);
	/* Keep reading, so that on_read() notices when the client goes away. */
	enc_http_exchange_read_more(connection);
}

void enc_http_answer_begin(struct enc_http_exchange *connection, int status,
			   const char *content_type)
{
	begin_parts(connection, ENC_HTTP_ANSWERING, status, content_type, "");
}

void enc_http_stream_begin(struct enc_http_exchange *connection,
			   const char *content_type)
{
	begin_parts(connection, ENC_HTTP_STREAMING, 200, content_type,
		    "X-Accel-Buffering: no\r\n");
}

int enc_http_stream_write(struct enc_http_exchange *connection,
			  const void *bytes, size_t length)
{
	ENC_AUTO(buf) chunk = ENC_BUF(ANSWER_MAX_BYTES);

	ENC_ASSERT(enc_http_exchange_in_parts(connection));
	if (connection->waiting > ENC_HTTP_WAITING_MAX_BYTES) {
		return -ENOBUFS;
	}
	if (length > 0) {
		ENC_MUST(enc_buf_printf(&chunk, "%zx\r\n", length));
		ENC_MUST(enc_buf_append(&chunk, bytes, length));
		ENC_MUST(enc_buf_append(&chunk, "\r\n", 2));
		enc_http_exchange_write(connection, enc_buf_bytes(&chunk),
					chunk.length);
	}
	return 0;
}

void enc_http_stream_end(struct enc_http_exchange *connection, bool whole)
{
	static const char last[] = "0\r\n\r\n";

	ENC_ASSERT(enc_http_exchange_in_parts(connection));
	if (!whole) {
		enc_http_exchange_close(connection);
		return;
	}
	enc_http_exchange_write(connection, last, sizeof(last) - 1);
	enc_http_exchange_finish(connection);
}

size_t enc_http_stream_waiting(const struct enc_http_exchange *connection)
{
	return connection->waiting;
}

bool enc_http_stream_has_room(const struct enc_http_exchange *connection)
{
	return connection->waiting <= ROOM_BYTES;
}
