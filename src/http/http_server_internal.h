#ifndef ENC_HTTP_HTTP_SERVER_INTERNAL_H
#define ENC_HTTP_HTTP_SERVER_INTERNAL_H

/*
 * Shared by the server's files: http_server_accept.c accepts connections,
 * http_server.c serves requests, http_server_write.c writes responses.
 */

#include "http_server.h"
#include "http_state.h"
#include "list.h"

enum {
	ENC_HTTP_READ_BYTES = 64 * 1024,
	ENC_HTTP_HEAD_MS = 10000,
};

/* The server itself treats only GET and HEAD differently. */
enum enc_http_method {
	ENC_HTTP_METHOD_OTHER,
	ENC_HTTP_METHOD_GET,
	ENC_HTTP_METHOD_HEAD,
};

/* A connection with its one current exchange. */
struct enc_http_exchange {
	struct enc_list link;
	struct enc_list turn; /* in the server's turns while input waits */
	struct enc_http_server *server;
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} socket;
	uv_timer_t timer;
	unsigned int open_handles;
	enum enc_http_state state; /* enc_http_exchange_move() writes it */
	enum enc_http_input input;
	uid_t peer_uid; /* of a local client */
	bool serving;	/* serve_input() is running */
	bool last;	/* close after this response */
	struct enc_buf in;
	size_t scanned;
	size_t head_bytes;
	struct enc_http1_head head;  /* its texts lie in `in`, until handled */
	enum enc_http_method method; /* of the request, until it is answered */
	struct enc_http1_chunks chunks;
	struct enc_buf body;
	struct enc_http_request request;
	void *admitted; /* of the handler's admitted_bytes */
	char id[ENC_HTTP_ID_BYTES];
	void *user;
	size_t waiting;	 /* bytes in write requests */
	uint64_t due_ms; /* by when the client must have read them */
};

struct enc_http_server {
	uv_loop_t *loop;
	struct enc_http_handler *handler;
	struct enc_list listeners;
	struct enc_list connections;
	size_t connection_count; /* those that are closing included */
	size_t open_count;
	size_t body_bytes;     /* of bodies before handle() */
	size_t unread_bytes;   /* of responses in write requests */
	struct enc_list turns; /* connections with more input */
	uv_idle_t next_turn;
	uint64_t asked_ms; /* last connection or response */
	bool freed;
	bool draining;
	void (*drained)(void *context);
	void *context;
	uint8_t shared[ENC_HTTP_READ_BYTES]; /* one buffer for all reads */
};

/* enc_http_exchange_start() - begin to read an accepted connection */
void enc_http_exchange_start(struct enc_http_exchange *connection);

/* enc_http_exchange_move() - the only writer; an illegal move is a bug */
void enc_http_exchange_move(struct enc_http_exchange *connection,
			    enum enc_http_state to);

/* enc_http_exchange_close() - close the connection without telling `gone` */
void enc_http_exchange_close(struct enc_http_exchange *connection);

/* enc_http_exchange_drop() - close; tells `gone` if a response was owed */
void enc_http_exchange_drop(struct enc_http_exchange *connection);

/* enc_http_exchange_in_head() - FIRST_HEAD or NEXT_HEAD */
bool enc_http_exchange_in_head(const struct enc_http_exchange *connection);

/* enc_http_exchange_in_parts() - ANSWERING or STREAMING */
bool enc_http_exchange_in_parts(const struct enc_http_exchange *connection);

/* enc_http_exchange_local() - whether it is a unix socket */
bool enc_http_exchange_local(const struct enc_http_exchange *connection);

/* enc_http_exchange_wait_at_most() - drop the connection after @ms */
void enc_http_exchange_wait_at_most(struct enc_http_exchange *connection,
				    uint64_t ms);

/* enc_http_exchange_read_more() - read, unless the client has closed */
void enc_http_exchange_read_more(struct enc_http_exchange *connection);

/* enc_http_exchange_go_on() - serve the next request, unless held */
void enc_http_exchange_go_on(struct enc_http_exchange *connection);

/* enc_http_exchange_finish() - the response is written: go on, or end */
void enc_http_exchange_finish(struct enc_http_exchange *connection);

/* enc_http_exchange_write() - write now, and queue what doesn't fit */
void enc_http_exchange_write(struct enc_http_exchange *connection,
			     const void *bytes, size_t length);

/*
 * enc_http_exchange_is_held() - whether too many response bytes are queued. No
 * further request is served then, which bounds what a client costs that sends
 * requests and reads nothing.
 */
bool enc_http_exchange_is_held(const struct enc_http_exchange *connection);

/*
 * enc_http_exchange_await_reader() - restart the timeout for the next piece.
 * All queued bytes together have a deadline that no piece moves.
 */
void enc_http_exchange_await_reader(struct enc_http_exchange *connection);

/*
 * enc_http_exchange_say_goodbye() - close once the client has read what is
 * queued; no further request is served
 */
void enc_http_exchange_say_goodbye(struct enc_http_exchange *connection);

/* enc_http_server_next_turn() - call next_turns() in the next iteration */
void enc_http_server_next_turn(struct enc_http_server *server);

/* enc_http_server_accept_more() - accept what on_connection() left */
void enc_http_server_accept_more(struct enc_http_server *server);

/* enc_http_server_close_listeners() - accept no more connections */
void enc_http_server_close_listeners(struct enc_http_server *server);

#endif
