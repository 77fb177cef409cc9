#include <errno.h>

#include "http_request_id.h"
#include "http_server_internal.h"
#include "http_status.h"
#include "http_target.h"
#include "log.h"

enum {
	BODY_MAX_BYTES = 16 << 20, /* the largest limit that admit() may set */
	BODIES_MAX_BYTES = 128 << 20,
	/* A body up to this size always has room. */
	BODY_SMALL_BYTES = 64 << 10,
	BODY_MS = 30000,
	IDLE_MS = 60000,
	/* Requests of one connection before other connections have a turn. */
	TURN_REQUESTS = 4,
};

static void serve_input(struct enc_http_exchange *connection);

/* ---- state ---- */

void enc_http_exchange_move(struct enc_http_exchange *connection,
			    enum enc_http_state to)
{
	ENC_ASSERT(enc_http_state_may_move(connection->state, to));
	enc_log(ENC_LOG_DEBUG, NULL, "%s: %s -> %s",
		connection->id[0] == '\0' ? "connection" : connection->id,
		enc_http_state_name(connection->state),
		enc_http_state_name(to));
	connection->state = to;
}

bool enc_http_exchange_in_head(const struct enc_http_exchange *connection)
{
	return connection->state == ENC_HTTP_FIRST_HEAD ||
	       connection->state == ENC_HTTP_NEXT_HEAD;
}

bool enc_http_exchange_in_parts(const struct enc_http_exchange *connection)
{
	return connection->state == ENC_HTTP_ANSWERING ||
	       connection->state == ENC_HTTP_STREAMING;
}

/*
 * set_input() - change the state of the input; an illegal move is a bug. libuv
 * reads only in READING.
 */
static void set_input(struct enc_http_exchange *connection,
		      enum enc_http_input to)
{
	ENC_ASSERT(enc_http_input_may_move(connection->input, to));
	if (to != ENC_HTTP_INPUT_READING) {
		(void)uv_read_stop(&connection->socket.stream);
	}
	connection->input = to;
}

static void stop_reading(struct enc_http_exchange *connection)
{
	if (connection->input == ENC_HTTP_INPUT_READING) {
		set_input(connection, ENC_HTTP_INPUT_PAUSED);
	}
}

/* ---- closing ---- */

static void check_drained(struct enc_http_server *server)
{
	if (server->draining && server->connection_count == 0 &&
	    server->drained != NULL) {
		void (*drained)(void *context) = ENC_TAKE(server->drained);

		drained(server->context);
	}
}

static void drop_body(struct enc_http_exchange *connection)
{
	connection->server->body_bytes -= connection->body.length;
	enc_buf_done(&connection->body);
}

static void on_closed(uv_handle_t *handle)
{
	struct enc_http_exchange *connection = handle->data;
	struct enc_http_server *server = connection->server;

	if (--connection->open_handles > 0) {
		return;
	}
	enc_buf_done(&connection->in);
	drop_body(connection);
	enc_list_remove(&connection->link);
	free(connection->admitted);
	free(connection);
	enc_http_server_note_closed(server);
	check_drained(server);
}

void enc_http_exchange_tell_answered(struct enc_http_exchange *connection,
				     bool whole)
{
	struct enc_http_handler *handler = connection->server->handler;
	const struct enc_http_answered answered = {
		.id = connection->id,
		.request =
			connection->shown[0] == '\0' ? "-" : connection->shown,
		.status = connection->status,
		.whole = whole,
		.bytes = connection->written,
		.ms = uv_now(connection->server->loop) - connection->begun_ms,
		.admitted = connection->admitted,
	};

	if (handler->answered != NULL) {
		handler->answered(handler, &answered);
	}
}

void enc_http_exchange_close(struct enc_http_exchange *connection)
{
	if (connection->state == ENC_HTTP_CLOSING) {
		return;
	}
	if (connection->state == ENC_HTTP_HANDLING ||
	    enc_http_exchange_in_parts(connection)) {
		enc_http_exchange_tell_answered(connection, /* whole= */ false);
	}
	enc_http_exchange_move(connection, ENC_HTTP_CLOSING);
	connection->server->open_count--;
	enc_list_remove(&connection->turn);
	uv_close(&connection->socket.handle, on_closed);
	uv_close((uv_handle_t *)&connection->timer, on_closed);
}

void enc_http_exchange_drop(struct enc_http_exchange *connection)
{
	struct enc_http_handler *handler = connection->server->handler;
	bool owed = connection->state == ENC_HTTP_HANDLING ||
		    enc_http_exchange_in_parts(connection);

	enc_http_exchange_close(connection);
	if (owed && handler->gone != NULL) {
		handler->gone(handler, connection);
	}
}

static void on_timeout(uv_timer_t *timer)
{
	enc_http_exchange_drop(timer->data);
}

void enc_http_exchange_wait_at_most(struct enc_http_exchange *connection,
				    uint64_t ms)
{
	ENC_MUST(uv_timer_start(&connection->timer, on_timeout, ms, 0));
}

/* ---- between requests ---- */

/*
 * A handler may write its response inside of handle(). In that case
 * serve_input() is already running, and will serve the next request itself.
 */
void enc_http_exchange_go_on(struct enc_http_exchange *connection)
{
	if (enc_http_exchange_is_held(connection)) {
		enc_http_exchange_await_reader(connection);
		stop_reading(connection);
		return;
	}
	/*
	 * The timeout is short if part of a head has come, longer if the client
	 * is idle.
	 */
	enc_http_exchange_wait_at_most(connection, connection->in.length > 0
							   ? ENC_HTTP_HEAD_MS
							   : IDLE_MS);
	enc_http_exchange_read_more(connection);
	if (connection->in.length > 0 && !connection->serving) {
		serve_input(connection);
	}
}

void enc_http_exchange_finish(struct enc_http_exchange *connection)
{
	enc_http_exchange_tell_answered(connection, /* whole= */ true);
	drop_body(connection);
	connection->server->asked_ms = uv_now(connection->server->loop);
	connection->user = NULL;
	enc_http_exchange_move(connection, ENC_HTTP_NEXT_HEAD);
	connection->scanned = 0;
	if (connection->last || connection->server->draining ||
	    (connection->input == ENC_HTTP_INPUT_ENDED &&
	     connection->in.length == 0)) {
		enc_http_exchange_say_goodbye(connection);
	} else {
		enc_http_exchange_go_on(connection);
	}
}

void enc_http_exchange_set_user(struct enc_http_exchange *connection,
				void *user)
{
	connection->user = user;
}

void *enc_http_exchange_user(const struct enc_http_exchange *connection)
{
	return connection->user;
}

/* ---- reading ---- */

/*
 * forget_head() - clear the head and the request, whose texts point into `in`
 * and become invalid when `in` is consumed
 */
static void forget_head(struct enc_http_exchange *connection)
{
	connection->head = (struct enc_http1_head){ 0 };
	connection->request = (struct enc_http_request){ 0 };
}

/* refuse_request() - respond with an error and close the connection */
static void refuse_request(struct enc_http_exchange *connection, int status)
{
	struct enc_error err = { 0 };

	(void)enc_fail(&err, enc_http_status_code(status),
		       status == 503 || status == 429
			       ? "there is no room for the request now"
			       : "the request is no HTTP/1.1 that is spoken "
				 "here; see docs/protocol/http.md");
	connection->last = true;
	enc_http_exchange_move(connection, ENC_HTTP_HANDLING);
	forget_head(connection);
	enc_http_reply_error(connection, &err);
}

/* new_request() - reset what is of a request; it has a random name at first */
static void new_request(struct enc_http_exchange *connection)
{
	connection->headers[0] = '\0';
	connection->shown[0] = '\0';
	connection->status = 0;
	connection->written = 0;
	connection->begun_ms = uv_now(connection->server->loop);
	memset(connection->admitted, 0,
	       connection->server->handler->admitted_bytes);
	enc_http_request_id_make(connection->id);
}

static void handle_request(struct enc_http_exchange *connection)
{
	struct enc_http_server *server = connection->server;

	connection->request.body = enc_buf_bytes(&connection->body);
	connection->request.body_length = connection->body.length;
	enc_buf_consume(&connection->in, connection->head_bytes);
	connection->head_bytes = 0;
	enc_http_exchange_move(connection, ENC_HTTP_HANDLING);
	(void)uv_timer_stop(&connection->timer);
	server->handler->handle(server->handler, connection,
				&connection->request);
	/* The request is valid only until handle() returns. */
	forget_head(connection);
	drop_body(connection);
}

static void move_text(struct enc_text *text, const char *from, const char *to)
{
	if (text->bytes != NULL) {
		text->bytes = to + (text->bytes - from);
	}
}

/*
 * keep_head() - correct the texts of the head, which point into `in`, after
 * `in` has got new memory
 */
static void keep_head(struct enc_http_exchange *connection, const char *from)
{
	const char *to = (const char *)enc_buf_bytes(&connection->in);
	struct enc_http1_head *head = &connection->head;

	if (from == to) {
		return;
	}
	move_text(&head->method, from, to);
	move_text(&head->target, from, to);
	move_text(&connection->request.path, from, to);
	move_text(&connection->request.query, from, to);
	for (size_t i = 0; i < head->header_count; i++) {
		move_text(&head->headers[i].name, from, to);
		move_text(&head->headers[i].value, from, to);
	}
}

/*
 * has_room() - whether @more bytes of this body fit into the memory limit for
 * the bodies of all requests
 */
static bool has_room(const struct enc_http_exchange *connection, size_t more)
{
	return connection->body.length + more <= BODY_SMALL_BYTES ||
	       connection->server->body_bytes + more <= BODIES_MAX_BYTES;
}

/*
 * take_body() - move bytes of the body out of `in`; true if the body is
 * complete
 */
static bool take_body(struct enc_http_exchange *connection)
{
	const uint8_t *bytes =
		enc_buf_bytes(&connection->in) + connection->head_bytes;
	size_t have = connection->in.length - connection->head_bytes;
	struct enc_http_server *server = connection->server;
	size_t taken;
	int r;

	if (!has_room(connection, have)) {
		refuse_request(connection, 429);
		return false;
	}
	server->body_bytes -= connection->body.length;
	if (connection->head.chunked) {
		r = enc_http1_chunks_read(&connection->chunks, bytes, have,
					  &connection->body);
	} else {
		size_t left = (size_t)connection->head.length -
			      connection->body.length;

		size_t part = ENC_MIN(have, left);

		r = enc_buf_append(&connection->body, bytes, part);
		r = r < 0 ? r : (int)part;
	}
	server->body_bytes += connection->body.length;
	if (r < 0) {
		refuse_request(connection, r == -E2BIG	  ? 413
					   : r == -ENOMEM ? 503
							  : 400);
		return false;
	}
	taken = (size_t)r;
	/*
	 * The head stays in `in`, and bytes of the next request move up to
	 * follow it.
	 */
	memmove(connection->in.memory + connection->in.start +
			connection->head_bytes,
		bytes + taken, have - taken);
	enc_buf_truncate(&connection->in, connection->in.length - taken);
	/*
	 * A body may contain a secret. Its copy is wiped together with `body`.
	 */
	explicit_bzero(connection->in.memory + connection->in.start +
			       connection->in.length,
		       taken);
	return connection->head.chunked
		       ? connection->chunks.done
		       : connection->body.length == connection->head.length;
}

/*
 * begin_body() - ask the handler for the limit of the body, then begin to read
 * the body
 */
static void begin_body(struct enc_http_exchange *connection)
{
	struct enc_http_server *server = connection->server;
	struct enc_error err = { 0 };
	size_t body_max = 0;

	enc_http_target_split(connection->head.target,
			      &connection->request.path,
			      &connection->request.query);
	new_request(connection);
	enc_http_request_id_take(&connection->head, connection->id);
	(void)snprintf(connection->shown, sizeof(connection->shown),
		       "%.*s %.*s", (int)connection->head.method.length,
		       connection->head.method.bytes,
		       (int)connection->head.target.length,
		       connection->head.target.bytes);
	connection->request.head = &connection->head;
	connection->request.id = connection->id;
	connection->request.local = enc_http_exchange_local(connection);
	connection->request.peer_uid = connection->peer_uid;
	connection->request.loopback =
		connection->peer == ENC_HTTP_PEER_LOOPBACK;
	connection->request.admitted = connection->admitted;
	connection->last |= connection->head.close;
	connection->chunks = (struct enc_http1_chunks){ 0 };
	if (server->handler->admit(server->handler, connection,
				   &connection->request, &body_max,
				   &err) == ENC_OK &&
	    connection->head.has_length && connection->head.length > body_max) {
		(void)enc_fail(&err, ENC_LIMIT,
			       "the body has %llu bytes, %zu are the most",
			       (unsigned long long)connection->head.length,
			       body_max);
	}
	if (err.code != ENC_OK) {
		/*
		 * The connection closes: its unread body would be parsed as the
		 * next request.
		 */
		connection->last |=
			connection->head.chunked || connection->head.length > 0;
		enc_http_exchange_move(connection, ENC_HTTP_HANDLING);
		enc_buf_consume(&connection->in, connection->head_bytes);
		connection->head_bytes = 0;
		forget_head(connection);
		enc_http_reply_error(connection, &err);
		return;
	}
	ENC_ASSERT(body_max <= BODY_MAX_BYTES);
	connection->body = ENC_BUF_SECRET(body_max);
	enc_http_exchange_move(connection, ENC_HTTP_READING_BODY);
	enc_http_exchange_wait_at_most(connection, BODY_MS);
	if (connection->head.expects_continue &&
	    (connection->head.chunked || connection->head.length > 0)) {
		static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

		enc_http_exchange_write(connection, go_on, sizeof(go_on) - 1);
	}
}

/* serve_head() - parse a head; false if it is incomplete or was refused */
static bool serve_head(struct enc_http_exchange *connection)
{
	int status = 0;
	int end = enc_http1_request(enc_buf_bytes(&connection->in),
				    connection->in.length, &connection->scanned,
				    &connection->head, &status);

	/* The method isn't parsed yet. */
	connection->method = ENC_HTTP_METHOD_OTHER;
	if (end < 0) {
		new_request(connection);
		refuse_request(connection, status);
		return false;
	}
	if (end == 0) {
		return false;
	}
	connection->head_bytes = (size_t)end;
	if (enc_http1_is(connection->head.method, "GET")) {
		connection->method = ENC_HTTP_METHOD_GET;
	} else if (enc_http1_is(connection->head.method, "HEAD")) {
		connection->method = ENC_HTTP_METHOD_HEAD;
	}
	begin_body(connection);
	return true;
}

/* next_turns() - serve each connection that waits for its turn */
static void next_turns(uv_idle_t *idle)
{
	struct enc_http_server *server = idle->data;
	size_t count = 0;

	/* A connection that isn't finished starts the idle handle again. */
	(void)uv_idle_stop(idle);
	enc_http_server_accept_more(server);
	ENC_LIST_EACH(server->turns, at)
	{
		count++;
	}
	for (; count > 0 && !enc_list_empty(&server->turns); count--) {
		struct enc_http_exchange *connection =
			ENC_HOLDER(server->turns.next, struct enc_http_exchange,
				   turn);

		enc_list_remove(&connection->turn);
		serve_input(connection);
	}
}

void enc_http_server_next_turn(struct enc_http_server *server)
{
	(void)uv_idle_start(&server->next_turn, next_turns);
}

/*
 * take_turns() - make the rest of the connection's input wait for another turn
 */
static void take_turns(struct enc_http_exchange *connection)
{
	struct enc_http_server *server = connection->server;

	stop_reading(connection);
	enc_list_remove(&connection->turn);
	enc_list_append(&server->turns, &connection->turn);
	enc_http_server_next_turn(server);
}

/*
 * serve_one() - parse the next head or body; false if nothing more can be done
 * with the present input
 */
static bool serve_one(struct enc_http_exchange *connection)
{
	bool more = false;

	if (enc_http_exchange_in_head(connection) &&
	    connection->in.length > 0 &&
	    !enc_http_exchange_is_held(connection)) {
		more = serve_head(connection);
	}
	if (connection->state == ENC_HTTP_READING_BODY) {
		more = take_body(connection);
		if (more) {
			handle_request(connection);
		}
	}
	return more;
}

/*
 * serve_input() - serve pipelined requests one after the other. It is a loop,
 * because with recursion a client could exhaust the stack. Each turn serves
 * only a few requests, so that one connection doesn't keep the others waiting.
 */
static void serve_input(struct enc_http_exchange *connection)
{
	unsigned int steps = 0;

	connection->serving = true;
	while (steps < TURN_REQUESTS && serve_one(connection)) {
		steps++;
	}
	connection->serving = false;
	if (!enc_http_exchange_in_head(connection) &&
	    connection->state != ENC_HTTP_READING_BODY) {
		return;
	}
	if (steps == TURN_REQUESTS) {
		take_turns(connection);
	} else if (connection->input == ENC_HTTP_INPUT_ENDED &&
		   !enc_http_exchange_is_held(connection)) {
		/* The client closed in the middle of a request. */
		enc_http_exchange_say_goodbye(connection);
	} else if (!enc_http_exchange_is_held(connection)) {
		enc_http_exchange_read_more(connection);
	}
}

static void on_allocate(uv_handle_t *handle, size_t wanted, uv_buf_t *ret_buf)
{
	struct enc_http_exchange *connection = handle->data;

	(void)wanted;
	*ret_buf = uv_buf_init((char *)connection->server->shared,
			       ENC_HTTP_READ_BYTES);
}

/*
 * on_end() - handle the end of the client's input; pending responses are still
 * written
 */
static void on_end(struct enc_http_exchange *connection, ssize_t status)
{
	set_input(connection, ENC_HTTP_INPUT_ENDED);
	if (status == UV_EOF && connection->waiting > 0 &&
	    (enc_http_exchange_in_head(connection) ||
	     connection->state == ENC_HTTP_READING_BODY)) {
		/* The client may still read the queued responses. */
		enc_http_exchange_say_goodbye(connection);
	} else if (status != UV_EOF ||
		   (connection->state != ENC_HTTP_HANDLING &&
		    connection->state != ENC_HTTP_ANSWERING)) {
		enc_http_exchange_drop(connection);
	}
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct enc_http_exchange *connection = stream->data;
	const char *before;
	bool dropped;

	if (got < 0) {
		on_end(connection, got);
		return;
	}
	before = (const char *)enc_buf_bytes(&connection->in);
	dropped = connection->state == ENC_HTTP_STREAMING ||
		  connection->state == ENC_HTTP_LINGERING ||
		  enc_buf_append(&connection->in, buf->base, (size_t)got) < 0;
	/* The buffer is shared by all connections: leave nothing in it. */
	explicit_bzero(buf->base, (size_t)got);
	if (got == 0 || connection->state == ENC_HTTP_LINGERING) {
		return;
	}
	if (dropped) {
		/* Input that follows the request of a stream is dropped. */
		stop_reading(connection);
		if (connection->state != ENC_HTTP_STREAMING) {
			enc_http_exchange_drop(connection);
		}
		return;
	}
	if (enc_http_exchange_in_head(connection)) {
		/* The timeout for a head runs from its first byte. */
		if (connection->in.length == (size_t)got &&
		    connection->state == ENC_HTTP_NEXT_HEAD) {
			enc_http_exchange_wait_at_most(connection,
						       ENC_HTTP_HEAD_MS);
		}
	} else if (connection->state == ENC_HTTP_READING_BODY) {
		keep_head(connection, before);
	} else {
		/* A pipelined request stays in `in`, and reading stops. */
		stop_reading(connection);
		return;
	}
	serve_input(connection);
}

void enc_http_exchange_read_more(struct enc_http_exchange *connection)
{
	if (connection->input == ENC_HTTP_INPUT_PAUSED &&
	    uv_read_start(&connection->socket.stream, on_allocate, on_read) ==
		    0) {
		set_input(connection, ENC_HTTP_INPUT_READING);
	}
}

void enc_http_exchange_start(struct enc_http_exchange *connection)
{
	enc_http_exchange_wait_at_most(connection, ENC_HTTP_HEAD_MS);
	enc_http_exchange_read_more(connection);
}

struct enc_http_server *enc_http_server_new(uv_loop_t *loop,
					    struct enc_http_handler *handler)
{
	struct enc_http_server *server = enc_xalloc(sizeof(*server));

	server->loop = loop;
	server->handler = handler;
	enc_list_init(&server->listeners);
	enc_list_init(&server->connections);
	enc_list_init(&server->turns);
	ENC_MUST(uv_idle_init(loop, &server->next_turn));
	server->next_turn.data = server;
	return server;
}

uint64_t enc_http_server_quiet_ms(const struct enc_http_server *server)
{
	ENC_LIST_EACH(server->connections, at)
	{
		const struct enc_http_exchange *connection =
			ENC_HOLDER(at, struct enc_http_exchange, link);

		if (connection->waiting > 0 ||
		    connection->state == ENC_HTTP_READING_BODY ||
		    connection->state == ENC_HTTP_HANDLING ||
		    enc_http_exchange_in_parts(connection)) {
			return 0;
		}
	}
	return uv_now(server->loop) - server->asked_ms;
}

void enc_http_server_drain(struct enc_http_server *server,
			   void (*drained)(void *context), void *context)
{
	server->draining = true;
	server->drained = drained;
	server->context = context;
	enc_http_server_close_listeners(server);
	ENC_LIST_EACH(server->connections, at)
	{
		struct enc_http_exchange *connection =
			ENC_HOLDER(at, struct enc_http_exchange, link);

		if (enc_http_exchange_in_head(connection) &&
		    connection->waiting == 0) {
			enc_http_exchange_drop(connection);
		} else if (enc_http_exchange_in_head(connection)) {
			enc_http_exchange_say_goodbye(connection);
		}
	}
	check_drained(server);
}

static void on_turns_closed(uv_handle_t *handle)
{
	struct enc_http_server *server = handle->data;

	server->freed = true;
}

void enc_http_server_free(struct enc_http_server *server)
{
	if (server == NULL) {
		return;
	}
	enc_http_server_close_listeners(server);
	ENC_LIST_EACH(server->connections, at)
	{
		enc_http_exchange_close(ENC_HOLDER(at, struct enc_http_exchange,
						   link));
	}
	uv_close((uv_handle_t *)&server->next_turn, on_turns_closed);
	while (server->connection_count > 0 || !server->freed) {
		(void)uv_run(server->loop, UV_RUN_NOWAIT);
	}
	free(server);
}
