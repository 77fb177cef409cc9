#ifndef ENC_HTTP_HTTP_SERVER_INTERNAL_H
#define ENC_HTTP_HTTP_SERVER_INTERNAL_H

/*
 * Declarations shared by the server's files: http_server_accept.c accepts
 * connections, http_server.c serves requests, http_server_write.c writes
 * responses.
 */

#include "http_server.h"
#include "http_state.h"
#include "list.h"

enum {
	ENC_HTTP_READ_BYTES = 64 * 1024,
	ENC_HTTP_HEAD_MS = 10000,
	ENC_HTTP_SHOWN_BYTES = 160, /* of a request, in a log */
};

/* The methods that the server distinguishes. It treats all others the same. */
enum enc_http_method {
	ENC_HTTP_METHOD_OTHER,
	ENC_HTTP_METHOD_GET,
	ENC_HTTP_METHOD_HEAD,
};

/* A connection and its current HTTP exchange. */
/* Where the client of a connection is. */
enum enc_http_peer {
	ENC_HTTP_PEER_ELSEWHERE, /* maybe on another machine */
	ENC_HTTP_PEER_LOOPBACK,	 /* its address is a loopback one */
	ENC_HTTP_PEER_LOCAL,	 /* it uses a unix socket */
};

struct enc_http_exchange {
	struct enc_list link;
	/* In the server's list `turns` while input waits. */
	struct enc_list turn;
	struct enc_http_server *server;
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} socket;
	uv_timer_t timer;
	unsigned int open_handles;
	/* Only enc_http_exchange_move() writes the state. */
	enum enc_http_state state;
	enum enc_http_input input;
	enum enc_http_peer peer;
	uid_t peer_uid; /* uid of a local client */
	bool serving;	/* serve_input() is running */
	bool last;	/* close the connection after this response */
	struct enc_buf in;
	size_t scanned;
	size_t head_bytes;
	/* The texts of the head lie in `in` until the request is handled. */
	struct enc_http1_head head;
	enum enc_http_method method; /* method of the current request */
	struct enc_http1_chunks chunks;
	struct enc_buf body;
	struct enc_http_request request;
	/* Memory for the handler, admitted_bytes large; owned. */
	void *admitted;
	char id[ENC_HTTP_ID_BYTES];
	char headers[256]; /* lines of enc_http_add_header() */
	/* For the handler's answered(): */
	char shown[ENC_HTTP_SHOWN_BYTES]; /* method and target */
	int status;
	size_t written;
	uint64_t begun_ms;
	void *user;
	/* Count of response bytes in unfinished write requests. */
	size_t waiting;
	uint64_t due_ms; /* deadline for reading all of the waiting bytes */
};

struct enc_http_server {
	uv_loop_t *loop;
	struct enc_http_handler *handler;
	struct enc_list listeners;
	struct enc_list connections;
	/* Count of connections, also of those that are being closed. */
	size_t connection_count;
	size_t connection_peak; /* since there was none */
	size_t open_count;
	/* Sum of the body bytes of all requests that aren't handled yet. */
	size_t body_bytes;
	/* Sum of the response bytes in unfinished write requests. */
	size_t unread_bytes;
	/* Connections whose input waits for their turn. */
	struct enc_list turns;
	uv_idle_t next_turn;
	uint64_t asked_ms; /* time of the last connection or response */
	bool freed;
	bool draining;
	void (*drained)(void *context);
	void *context;
	/* The read buffer that all connections share. */
	uint8_t shared[ENC_HTTP_READ_BYTES];
};

/* enc_http_exchange_start() - begin to read from an accepted connection */
void enc_http_exchange_start(struct enc_http_exchange *connection);

/*
 * enc_http_exchange_move() - change the state of the connection and log it; an
 * illegal move is a bug
 */
void enc_http_exchange_move(struct enc_http_exchange *connection,
			    enum enc_http_state to);

/* enc_http_exchange_tell_answered() - call the handler's answered() */
void enc_http_exchange_tell_answered(struct enc_http_exchange *connection,
				     bool whole);

/* enc_http_exchange_close() - close the connection without calling gone() */
void enc_http_exchange_close(struct enc_http_exchange *connection);

/*
 * enc_http_exchange_drop() - close the connection; calls gone() if a response
 * was pending
 */
void enc_http_exchange_drop(struct enc_http_exchange *connection);

/* enc_http_exchange_in_head() - whether the state is FIRST_HEAD or NEXT_HEAD */
bool enc_http_exchange_in_head(const struct enc_http_exchange *connection);

/* enc_http_exchange_in_parts() - whether the state is ANSWERING or STREAMING */
bool enc_http_exchange_in_parts(const struct enc_http_exchange *connection);

/* enc_http_exchange_local() - whether the connection is a unix socket */
bool enc_http_exchange_local(const struct enc_http_exchange *connection);

/*
 * enc_http_exchange_wait_at_most() - set the connection's timer, which drops
 * the connection after @ms
 */
void enc_http_exchange_wait_at_most(struct enc_http_exchange *connection,
				    uint64_t ms);

/*
 * enc_http_exchange_read_more() - resume reading, unless the client has closed
 */
void enc_http_exchange_read_more(struct enc_http_exchange *connection);

/*
 * enc_http_exchange_go_on() - read and serve the next request, unless the
 * connection is held
 */
void enc_http_exchange_go_on(struct enc_http_exchange *connection);

/*
 * enc_http_exchange_finish() - end the exchange after its response was written;
 * then serve the next request or close the connection
 */
void enc_http_exchange_finish(struct enc_http_exchange *connection);

/*
 * enc_http_exchange_write() - write bytes, and queue those that the socket
 * doesn't accept at once
 */
void enc_http_exchange_write(struct enc_http_exchange *connection,
			     const void *bytes, size_t length);

/*
 * enc_http_exchange_is_held() - whether too many response bytes are queued. A
 * held connection serves no further request, which bounds the memory for a
 * client that sends requests and reads no response.
 */
bool enc_http_exchange_is_held(const struct enc_http_exchange *connection);

/*
 * enc_http_exchange_await_reader() - restart the timeout for reading the next
 * piece. It never exceeds the deadline for reading all queued bytes.
 */
void enc_http_exchange_await_reader(struct enc_http_exchange *connection);

/*
 * enc_http_exchange_say_goodbye() - close the connection once the client has
 * read the queued bytes; serve no further request
 */
void enc_http_exchange_say_goodbye(struct enc_http_exchange *connection);

/*
 * enc_http_server_next_turn() - call next_turns() in the next iteration of the
 * loop
 */
void enc_http_server_next_turn(struct enc_http_server *server);

/*
 * enc_http_server_note_closed() - note that a connection is gone. After many of
 * them the free memory between what is still in use goes back to the host.
 */
void enc_http_server_note_closed(struct enc_http_server *server);

/*
 * enc_http_server_accept_more() - accept the connections that on_connection()
 * postponed
 */
void enc_http_server_accept_more(struct enc_http_server *server);

/* enc_http_server_close_listeners() - stop accepting connections */
void enc_http_server_close_listeners(struct enc_http_server *server);

#endif
