#ifndef ENC_HTTP_HTTP_SERVER_H
#define ENC_HTTP_HTTP_SERVER_H

/*
 * Theory of operation
 *
 * An HTTP/1.1 server on a libuv loop. A connection reads one request at a
 * time, gives it to the user, and reads the next one when it was answered; so
 * pipelined requests are answered in order and never judged together.
 *
 *	head read     -> admit()   how large may the body be, or an error
 *	body read     -> handle()  answer now or later, exactly once
 *	answered, or the client is gone -> gone()
 *
 * An exchange is one request and its answer. It belongs to the server; the
 * user may name it from handle() until it has answered (enc_http_reply,
 * enc_http_stream_end) or is told `gone`, whatever comes first. The request is
 * borrowed until admit() or handle() returns, or the answer if that is earlier.
 *
 * Everything has a limit: heads (wire/http1.h), bodies, connections, the time
 * a client takes to send and to read, and what waits to be read by it.
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
	ENC_HTTP_WAITING_MAX_BYTES = 1 << 20, /* of a stream, unread */
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
	 * The head is there. Return 0 and set how many bytes of body may come,
	 * or fill @err and return its code: that is the answer then.
	 */
	enum enc_code (*admit)(struct enc_http_handler *handler,
			       const struct enc_http_request *request,
			       size_t *ret_body_max, struct enc_error *err);
	/* All of it is there. */
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
 * enc_http_server_quiet_ms() - how long nobody has come or been answered; 0
 * while an answer is owed or waits to be read
 */
uint64_t enc_http_server_quiet_ms(const struct enc_http_server *server);

/*
 * enc_http_server_drain() - no new connection, idle ones end, others after
 * their answer; @drained once there is none, perhaps at once
 */
void enc_http_server_drain(struct enc_http_server *server,
			   void (*drained)(void *context), void *context);

/* enc_http_server_free() - closes all; the loop must run once more */
void enc_http_server_free(struct enc_http_server *server);

/* The user's own pointer, NULL at the beginning. */
void enc_http_exchange_set_user(struct enc_http_exchange *connection,
				void *user);
void *enc_http_exchange_user(const struct enc_http_exchange *connection);

/*
 * enc_http_has_room() - whether so long a body may be answered, beside answers
 * that their clients don't read; there is always room for a small one
 */
bool enc_http_has_room(const struct enc_http_exchange *connection,
		       size_t length);

/**
 * enc_http_reply() - the whole answer
 * @extra: further header lines, each with its CRLF, or ""
 *
 * A GET that there is no room for is refused instead. What did more than look
 * is told how that ended, whatever it costs: who answers it with much asks
 * enc_http_has_room() before, and says less.
 */
void enc_http_reply(struct enc_http_exchange *connection, int status,
		    const char *content_type, const char *extra,
		    const void *body, size_t length);

/* enc_http_reply_nothing() - 204 */
void enc_http_reply_nothing(struct enc_http_exchange *connection);

/* enc_http_reply_error() - by the table of base/err.h */
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
 * enc_http_stream_write() - a piece of it
 *
 * Return: 0; -ENOBUFS if the client doesn't read: end the stream
 */
ENC_NODISCARD int enc_http_stream_write(struct enc_http_exchange *exchange,
					const void *bytes, size_t length);

/* enc_http_stream_end() - the last piece; @whole: else it is cut off */
void enc_http_stream_end(struct enc_http_exchange *connection, bool whole);

/* enc_http_stream_waiting() - bytes that the client hasn't taken yet */
size_t enc_http_stream_waiting(const struct enc_http_exchange *connection);

/*
 * enc_http_stream_has_room() - whether so little waits that the next piece may
 * be written. If not, `room` is told once it is so.
 */
bool enc_http_stream_has_room(const struct enc_http_exchange *connection);

#endif
