#ifndef ENC_HTTP_HTTP_SERVER_INTERNAL_H
#define ENC_HTTP_HTTP_SERVER_INTERNAL_H

/*
 * What accepting (http_server_accept.c), serving (http_server.c) and writing
 * (http_server_write.c) share.
 */

#include "http_server.h"
#include "http_state.h"
#include "list.h"

enum {
	ENC_HTTP_READ_BYTES = 64 * 1024,
	ENC_HTTP_HEAD_MS = 10000,
};

/* As far as the server itself looks at it. */
enum enc_http_method {
	ENC_HTTP_METHOD_OTHER,
	ENC_HTTP_METHOD_GET,
	ENC_HTTP_METHOD_HEAD,
};

/* One connection, and the one exchange that it has at a time. */
struct enc_http_exchange {
	struct enc_list link;
	struct enc_list turn; /* in the server's turns, or in no list */
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
	bool serving;	/* serve_input() goes on by itself */
	bool last;	/* close after this answer */
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
	uint64_t due_ms; /* when the client has to have taken them all */
};

struct enc_http_server {
	uv_loop_t *loop;
	struct enc_http_handler *handler;
	struct enc_list listeners;
	struct enc_list connections;
	size_t connection_count; /* those that are closing included */
	size_t open_count;
	size_t body_bytes;     /* of bodies that aren't handled yet */
	size_t unread_bytes;   /* of answers that their clients don't take */
	struct enc_list turns; /* who has more input than a turn takes */
	uv_idle_t next_turn;
	uint64_t asked_ms; /* when somebody last came or was answered */
	bool freed;
	bool draining;
	void (*drained)(void *context);
	void *context;
	uint8_t shared[ENC_HTTP_READ_BYTES]; /* one buffer for all reads */
};

/* enc_http_exchange_start() - of a connection that was accepted */
void enc_http_exchange_start(struct enc_http_exchange *connection);

/* enc_http_exchange_move() - the only writer of a state */
void enc_http_exchange_move(struct enc_http_exchange *connection,
			    enum enc_http_state to);

/* enc_http_exchange_close() - end it, and tell nobody */
void enc_http_exchange_close(struct enc_http_exchange *connection);

/* enc_http_exchange_drop() - end it; tells `gone` if an answer was owed */
void enc_http_exchange_drop(struct enc_http_exchange *connection);

/* enc_http_exchange_in_head() - FIRST_HEAD or NEXT_HEAD: nothing is owed */
bool enc_http_exchange_in_head(const struct enc_http_exchange *connection);

/* enc_http_exchange_local() - whether it came over a unix socket */
bool enc_http_exchange_local(const struct enc_http_exchange *connection);

/* enc_http_exchange_wait_at_most() - @ms from now it is dropped */
void enc_http_exchange_wait_at_most(struct enc_http_exchange *connection,
				    uint64_t ms);

/* enc_http_exchange_read_more() - if there may come more */
void enc_http_exchange_read_more(struct enc_http_exchange *connection);

/* enc_http_exchange_go_on() - the next request, if its time has come */
void enc_http_exchange_go_on(struct enc_http_exchange *connection);

/* enc_http_exchange_finish() - answered: the next request, or the end */
void enc_http_exchange_finish(struct enc_http_exchange *connection);

/* enc_http_exchange_write() - at once what the socket takes, the rest later */
void enc_http_exchange_write(struct enc_http_exchange *connection,
			     const void *bytes, size_t length);

/*
 * enc_http_exchange_is_held() - whether so much waits to be read that no
 * further request is looked at: a client that asks and doesn't read costs no
 * more than this
 */
bool enc_http_exchange_is_held(const struct enc_http_exchange *connection);

/*
 * enc_http_exchange_await_reader() - each piece that it takes is a sign of
 * life, till all is due
 */
void enc_http_exchange_await_reader(struct enc_http_exchange *connection);

/*
 * enc_http_exchange_say_goodbye() - what was written is still to be read,
 * nothing follows
 */
void enc_http_exchange_say_goodbye(struct enc_http_exchange *connection);

/* enc_http_server_next_turn() - there is more to do after others' turns */
void enc_http_server_next_turn(struct enc_http_server *server);

/* enc_http_server_accept_more() - the turn of who wants to connect */
void enc_http_server_accept_more(struct enc_http_server *server);

/* enc_http_server_close_listeners() - no connection comes after this */
void enc_http_server_close_listeners(struct enc_http_server *server);

#endif
