#ifndef ENC_HTTP_HTTP_SERVER_H
#define ENC_HTTP_HTTP_SERVER_H

/*
 * Theory of operation
 *
 * An HTTP/1.1 server on a libuv loop. A connection reads one request, gives it
 * to the user, and reads the next request once the response is written. So
 * responses to pipelined requests come in order.
 *
 *	head read         -> admit()   the body's limit, or an error
 *	body read         -> handle()  respond now or later, exactly once
 *	client went away  -> gone()    no response is possible any more
 *
 * An exchange is one request with its response. The server owns it. The user
 * may use it from handle() until it has responded (enc_http_reply,
 * enc_http_stream_end) or until gone(). A request is borrowed until admit() or
 * handle() returns, or until the response if that is earlier.
 *
 * Everything has a limit: heads (wire/http1.h), bodies, connections, the time
 * that a client takes to send and to read, and unread bytes of responses.
 *
 * A connection has one state; http_state.h has the states and legal moves.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "err.h"
#include "http1.h"

enum {
	ENC_HTTP_ID_BYTES = 25, /* "r-" and 22 hex digits, NUL */
	ENC_HTTP_CONNECTIONS_MAX = 1024,
	ENC_HTTP_WAITING_MAX_BYTES = 1 << 20, /* unread bytes of a stream */
};

struct enc_http_server;
struct enc_http_exchange;

struct enc_http_request {
	const struct enc_http1_head *head;
	struct enc_text path;  /* of the target, raw */
	struct enc_text query; /* behind the '?', raw; may be empty */
	const uint8_t *body;
	size_t body_length;
	const char *id; /* told as X-Request-Id */
	bool local;	/* over a unix socket */
	uid_t peer_uid; /* of a local client */
	void *admitted; /* the handler's own; see admitted_bytes */
};

struct enc_http_handler {
	/*
	 * Size of request->admitted: zeroed before admit(), and handle() of the
	 * same request gets it as admit() left it. It needs no destructor.
	 */
	size_t admitted_bytes;
	/*
	 * The head was read. Set the most bytes that the body may have and
	 * return ENC_OK, or fill @err and return its code as the response.
	 */
	enum enc_code (*admit)(struct enc_http_handler *handler,
			       const struct enc_http_request *request,
			       size_t *ret_body_max, struct enc_error *err);
	/* The body was read. */
	void (*handle)(struct enc_http_handler *handler,
		       struct enc_http_exchange *exchange,
		       const struct enc_http_request *request);
	/* The client has taken enough of what was written; may be NULL. */
	void (*room)(struct enc_http_handler *handler,
		     struct enc_http_exchange *exchange);
	/* The client went away before its answer was complete. */
	void (*gone)(struct enc_http_handler *handler,
		     struct enc_http_exchange *exchange);
};

/* enc_http_server_new() - @handler is borrowed until the free */
struct enc_http_server *enc_http_server_new(uv_loop_t *loop,
					    struct enc_http_handler *handler);

/* enc_http_server_listen() - @fd is taken; 0 or a negative errno */
ENC_NODISCARD int enc_http_server_listen(struct enc_http_server *server, int fd,
					 bool local);

/*
 * enc_http_server_quiet_ms() - the time since the last connection or response;
 * 0 while a response is owed or unread
 */
uint64_t enc_http_server_quiet_ms(const struct enc_http_server *server);

/*
 * enc_http_server_drain() - accept no connection, close idle ones now and the
 * others after their response. @drained is called once no connection is left,
 * perhaps at once.
 */
void enc_http_server_drain(struct enc_http_server *server,
			   void (*drained)(void *context), void *context);

/* enc_http_server_free() - close all connections; runs the loop meanwhile */
void enc_http_server_free(struct enc_http_server *server);

/* The user's own pointer. It is NULL when handle() is called. */
void enc_http_exchange_set_user(struct enc_http_exchange *connection,
				void *user);
void *enc_http_exchange_user(const struct enc_http_exchange *connection);

/*
 * enc_http_has_room() - whether a response body of @length bytes fits beside
 * the unread responses of all clients. A small one always fits.
 */
bool enc_http_has_room(const struct enc_http_exchange *connection,
		       size_t length);

/**
 * enc_http_reply() - write the whole response
 * @extra: further header lines, each with its CRLF, or ""
 *
 * A GET without room for its response gets an error instead. Other methods have
 * changed something, so their response is always written. A user with a large
 * one asks enc_http_has_room() first and writes a shorter one.
 */
void enc_http_reply(struct enc_http_exchange *connection, int status,
		    const char *content_type, const char *extra,
		    const void *body, size_t length);

/* enc_http_reply_nothing() - 204 */
void enc_http_reply_nothing(struct enc_http_exchange *connection);

/* enc_http_reply_error() - status and body by the table of base/err.h */
void enc_http_reply_error(struct enc_http_exchange *connection,
			  const struct enc_error *err);

/*
 * enc_http_answer_begin() - the head of an answer whose body of unknown length
 * is written in pieces, as the client reads. Requests behind it wait.
 */
void enc_http_answer_begin(struct enc_http_exchange *connection, int status,
			   const char *content_type);

/*
 * enc_http_stream_begin() - 200 and a body that may never end. The client may
 * not send anything behind its request; it ends the stream if it closes.
 */
void enc_http_stream_begin(struct enc_http_exchange *connection,
			   const char *content_type);

/**
 * enc_http_stream_write() - write a piece of the body
 *
 * Return: 0; -ENOBUFS if too much is unread: end the stream
 */
ENC_NODISCARD int enc_http_stream_write(struct enc_http_exchange *exchange,
					const void *bytes, size_t length);

/* enc_http_stream_end() - end the body; unless @whole, cut it off */
void enc_http_stream_end(struct enc_http_exchange *connection, bool whole);

/* enc_http_stream_waiting() - count the unread bytes of the connection */
size_t enc_http_stream_waiting(const struct enc_http_exchange *connection);

/*
 * enc_http_stream_has_room() - whether so little waits that the next piece may
 * be written. If not, `room` is told once it is so.
 */
bool enc_http_stream_has_room(const struct enc_http_exchange *connection);

#endif
