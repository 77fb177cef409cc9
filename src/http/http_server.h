#ifndef ENC_HTTP_HTTP_SERVER_H
#define ENC_HTTP_HTTP_SERVER_H

/*
 * Theory of operation
 *
 * An HTTP/1.1 server on a libuv loop. A connection reads one request, gives it
 * to the user of this module, and reads the next request once the response is
 * written. So responses to pipelined requests come in order.
 *
 *	head read         -> admit()   the body's limit, or an error
 *	body read         -> handle()  respond now or later, exactly once
 *	client went away  -> gone()    no response is possible any more
 *
 * An exchange is one request with its response. The server owns it. The user
 * may use an exchange from handle() until the response is complete
 * (enc_http_reply, enc_http_stream_end) or until gone(). A request is valid
 * until admit() or handle() returns, or until the response if that is earlier.
 *
 * Everything has a limit: heads (wire/http1.h), bodies, connections, the time
 * that a client may take to send and to read, and the unread bytes of
 * responses.
 *
 * A connection has one state; http_state.h lists the states and legal moves.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "err.h"
#include "http1.h"

enum {
	/* A client's X-Request-Id, or "r-" and 22 hex digits; with a NUL */
	ENC_HTTP_ID_BYTES = 65,
	ENC_HTTP_CONNECTIONS_MAX = 1024,
	ENC_HTTP_WAITING_MAX_BYTES = 1 << 20, /* unread bytes of a stream */
};

struct enc_http_server;
struct enc_http_exchange;

struct enc_http_request {
	const struct enc_http1_head *head;
	struct enc_text path; /* path part of the target, not decoded */
	/* Part of the target after the '?', not decoded; may be empty. */
	struct enc_text query;
	const uint8_t *body;
	size_t body_length;
	const char *id; /* sent to the client as X-Request-Id */
	bool local;	/* came over a unix socket */
	uid_t peer_uid; /* uid of a local client */
	/*
	 * The request came over TCP from a loopback address, so it crossed no
	 * network.
	 */
	bool loopback;
	void *admitted; /* memory for the handler; see admitted_bytes */
};

/* An exchange that is over, for a log. Texts are valid during the call. */
struct enc_http_answered {
	const char *id;
	const char *request;  /* method and target, cut to some bytes; or "-" */
	int status;	      /* 0: the client left before an answer */
	bool whole;	      /* false: the client left, or it was cut off */
	size_t bytes;	      /* of the answer, with its head */
	uint64_t ms;	      /* from the end of the request's head */
	const void *admitted; /* as in struct enc_http_request */
};

struct enc_http_handler {
	/*
	 * Size of request->admitted. This memory is zeroed before admit(), and
	 * handle() of the same request gets it as admit() left it. There is no
	 * destructor.
	 */
	size_t admitted_bytes;
	/*
	 * Called when the head was read. Set the maximum size of the body and
	 * return ENC_OK, or fill @err and return its code, which becomes the
	 * response. Only enc_http_add_header() may be called for @exchange.
	 */
	enum enc_code (*admit)(struct enc_http_handler *handler,
			       struct enc_http_exchange *exchange,
			       const struct enc_http_request *request,
			       size_t *ret_body_max, struct enc_error *err);
	/*
	 * Called when the body was read. The request must be answered exactly
	 * once.
	 */
	void (*handle)(struct enc_http_handler *handler,
		       struct enc_http_exchange *exchange,
		       const struct enc_http_request *request);
	/*
	 * Called when the client has read enough that more can be written; may
	 * be NULL.
	 */
	void (*room)(struct enc_http_handler *handler,
		     struct enc_http_exchange *exchange);
	/*
	 * Called when the client went away before its response was complete;
	 * may be NULL.
	 */
	void (*gone)(struct enc_http_handler *handler,
		     struct enc_http_exchange *exchange);
	/* Called when an exchange is over; may be NULL. */
	void (*answered)(struct enc_http_handler *handler,
			 const struct enc_http_answered *answered);
};

/* enc_http_server_new() - make a server; @handler must outlive it */
struct enc_http_server *enc_http_server_new(uv_loop_t *loop,
					    struct enc_http_handler *handler);

/*
 * enc_http_server_listen() - accept connections on the socket @fd; @local means
 * a unix socket. Takes @fd. Return: 0 or a negative errno; after a failure only
 * enc_http_server_free() may follow.
 */
ENC_NODISCARD int enc_http_server_listen(struct enc_http_server *server, int fd,
					 bool local);

/*
 * enc_http_server_quiet_ms() - return the time since the last connection or
 * response; 0 while a response is pending or unread
 */
uint64_t enc_http_server_quiet_ms(const struct enc_http_server *server);

/*
 * enc_http_server_drain() - stop accepting connections, close idle ones now and
 * the others after their response. @drained is called once no connection is
 * left, possibly before this function returns.
 */
void enc_http_server_drain(struct enc_http_server *server,
			   void (*drained)(void *context), void *context);

/*
 * enc_http_server_free() - close all connections, run the loop until they are
 * closed, and free the server; NULL is fine
 */
void enc_http_server_free(struct enc_http_server *server);

/*
 * A pointer that the user may attach to an exchange. It is NULL when handle()
 * is called.
 */
void enc_http_exchange_set_user(struct enc_http_exchange *connection,
				void *user);
void *enc_http_exchange_user(const struct enc_http_exchange *connection);

/*
 * enc_http_has_room() - whether a response body of @length bytes fits into the
 * memory limit for the unread responses of all clients. A small body always
 * fits.
 */
bool enc_http_has_room(const struct enc_http_exchange *connection,
		       size_t length);

/*
 * enc_http_add_header() - add a header to the response that is written next
 *
 * The added headers of a response have room for 256 bytes. A header that doesn't
 * fit is dropped.
 */
void enc_http_add_header(struct enc_http_exchange *connection, const char *name,
			 const char *value);

/**
 * enc_http_reply() - write a complete response
 * @extra: further header lines, each with its CRLF, or ""
 *
 * If there is no room for the response, a GET request gets an error instead.
 * Requests with other methods may have changed something, so their response is
 * always written. Call enc_http_has_room() before writing a large response, and
 * write a shorter one if there is no room.
 */
void enc_http_reply(struct enc_http_exchange *connection, int status,
		    const char *content_type, const char *extra,
		    const void *body, size_t length);

/*
 * enc_http_is_head() - whether the request has the method HEAD, whose response
 * has no body. Such a request needs no body to be made.
 */
bool enc_http_is_head(const struct enc_http_exchange *connection);

/*
 * enc_http_reply_head() - respond to a HEAD without a Content-Length, since the
 * body wasn't made
 */
void enc_http_reply_head(struct enc_http_exchange *connection, int status,
			 const char *content_type);

/* enc_http_reply_nothing() - write a response 204 without a body */
void enc_http_reply_nothing(struct enc_http_exchange *connection);

/*
 * enc_http_reply_error() - write an error; base/err.h has the status of each
 * code
 */
void enc_http_reply_error(struct enc_http_exchange *connection,
			  const struct enc_error *err);

/*
 * enc_http_answer_begin() - write the head of a response whose length isn't
 * known. The body follows in pieces, as fast as the client reads. Later
 * requests on the connection wait for the end of the body.
 */
void enc_http_answer_begin(struct enc_http_exchange *connection, int status,
			   const char *content_type);

/*
 * enc_http_stream_begin() - write the head of a 200 response whose body may
 * never end. Later requests on the connection are dropped. The client ends the
 * stream by closing the connection.
 */
void enc_http_stream_begin(struct enc_http_exchange *connection,
			   const char *content_type);

/*
 * enc_http_stream_write() - write a piece of the body
 *
 * Return: 0; -ENOBUFS if too many bytes are unread; the caller must then end
 * the stream
 */
ENC_NODISCARD int enc_http_stream_write(struct enc_http_exchange *exchange,
					const void *bytes, size_t length);

/*
 * enc_http_stream_end() - end the body. If @whole is false, close the
 * connection, so that the client sees an incomplete body.
 */
void enc_http_stream_end(struct enc_http_exchange *connection, bool whole);

/*
 * enc_http_stream_waiting() - return the count of unread bytes of the
 * connection
 */
size_t enc_http_stream_waiting(const struct enc_http_exchange *connection);

/*
 * enc_http_stream_has_room() - whether few enough bytes are unread to write the
 * next piece. If not, the handler's room() is called once that has changed.
 */
bool enc_http_stream_has_room(const struct enc_http_exchange *connection);

#endif
