#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "http1.h"
#include "http_client.h"

enum {
	CONNECT_MS = 10000,
	PIECE_BYTES = 65536,
	REQUEST_HEAD_MAX = 32768,
};

/* An HTTP exchange: one request and its response. */
struct exchange {
	const struct enc_http_client_request *request;
	int fd;
	int64_t deadline_ms;
	struct enc_buf input; /* received bytes that aren't parsed yet */
	struct enc_http1_head head;
	struct enc_http1_chunks chunks;
	uint64_t left; /* missing bytes of a body with Content-Length */
	bool ended;    /* the server has closed the connection */
	bool stopped;  /* on_body() wanted no more and returned false */
	struct enc_error *err;
};

/* unreachable() - fail because a system call failed */
static enum enc_code unreachable(struct enc_error *err, const char *what,
				 int error)
{
	return enc_fail(err, ENC_UNAVAILABLE, "%s: %s", what, strerror(error));
}

/*
 * wait_for() - wait until the socket is ready; fails when the exchange is
 * cancelled or times out
 */
static enum enc_code wait_for(const struct exchange *exchange, short events,
			      int64_t limit_ms)
{
	int64_t deadline_ms = exchange->deadline_ms;

	if (limit_ms > 0) {
		deadline_ms =
			ENC_MIN(deadline_ms, enc_clock_mono_ms() + limit_ms);
	}
	for (;;) {
		int64_t left_ms = deadline_ms - enc_clock_mono_ms();
		struct pollfd fds[2] = {
			{ .fd = exchange->fd, .events = events },
			{ .fd = exchange->request->cancel_fd,
			  .events = POLLIN },
		};
		int r;

		if (left_ms <= 0) {
			return enc_fail(exchange->err, ENC_TIMEOUT,
					"no response in time");
		}
		r = poll(fds, 2, (int)ENC_MIN(left_ms, (int64_t)3600 * 1000));
		if (r < 0 && errno != EINTR) {
			return unreachable(exchange->err, "poll", errno);
		}
		if (r > 0 && fds[1].revents != 0) {
			return enc_fail(exchange->err, ENC_CANCELLED,
					"interrupted");
		}
		if (r > 0 && fds[0].revents != 0) {
			return ENC_OK;
		}
	}
}

/*
 * connect_to() - connect to one address; stores the socket in @exchange, also
 * on failure
 */
static enum enc_code connect_to(struct exchange *exchange, int family,
				const struct sockaddr *address,
				socklen_t length)
{
	int error = 0;
	socklen_t size = sizeof(error);
	enum enc_code code;

	exchange->fd =
		socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (exchange->fd < 0) {
		return unreachable(exchange->err, "socket", errno);
	}
	if (connect(exchange->fd, address, length) == 0) {
		return ENC_OK;
	}
	if (errno != EINPROGRESS) {
		return unreachable(exchange->err, "connect", errno);
	}
	code = wait_for(exchange, POLLOUT, CONNECT_MS);
	if (code != ENC_OK) {
		return code;
	}
	if (getsockopt(exchange->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) {
		error = errno;
	}
	return error == 0 ? ENC_OK
			  : unreachable(exchange->err, "connect", error);
}

/* connect_unix() - connect to a unix socket */
static enum enc_code connect_unix(struct exchange *exchange, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path)) {
		return unreachable(exchange->err, "connect", ENAMETOOLONG);
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect_to(exchange, AF_UNIX, (const struct sockaddr *)&address,
			  sizeof(address));
}

/* connect_tcp() - try the addresses of a host, one after the other */
static enum enc_code connect_tcp(struct exchange *exchange,
				 const struct enc_http_place *place)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV };
	struct addrinfo *addresses = NULL;
	char port[8];
	enum enc_code code = ENC_UNAVAILABLE;
	int r;

	(void)snprintf(port, sizeof(port), "%u", place->port);
	r = getaddrinfo(place->host, port, &hints, &addresses);
	if (r != 0) {
		return enc_fail(exchange->err, ENC_UNAVAILABLE, "%s",
				gai_strerror(r));
	}
	for (const struct addrinfo *at = addresses;
	     at != NULL && code != ENC_OK && code != ENC_CANCELLED;
	     at = at->ai_next) {
		if (exchange->fd >= 0) {
			(void)close(ENC_TAKE_FD(exchange->fd));
		}
		code = connect_to(exchange, at->ai_family, at->ai_addr,
				  at->ai_addrlen);
	}
	freeaddrinfo(addresses);
	return code;
}

/*
 * send_bytes() - send all the bytes. A server may refuse a request and close
 * before it has read everything. Then its response counts, so a closed
 * connection is no failure here.
 */
static enum enc_code send_bytes(struct exchange *exchange, const void *bytes,
				size_t length)
{
	const uint8_t *at = bytes;

	while (length > 0) {
		ssize_t sent = send(exchange->fd, at, length, MSG_NOSIGNAL);
		enum enc_code code = ENC_OK;

		if (sent >= 0) {
			at += sent;
			length -= (size_t)sent;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return ENC_OK;
		} else if (errno == EAGAIN) {
			code = wait_for(exchange, POLLOUT, 0);
		} else if (errno != EINTR) {
			code = unreachable(exchange->err, "send", errno);
		}
		if (code != ENC_OK) {
			return code;
		}
	}
	return ENC_OK;
}

/* send_request() - send the head and body of the request */
static enum enc_code send_request(struct exchange *exchange,
				  const struct enc_http_place *place)
{
	const struct enc_http_client_request *request = exchange->request;
	ENC_AUTO(buf) head = ENC_BUF_SECRET(REQUEST_HEAD_MAX);
	bool v6 = place->unix_path == NULL && strchr(place->host, ':') != NULL;
	int r = enc_buf_printf(&head, "%s %s HTTP/1.1\r\n", request->method,
			       request->target);
	enum enc_code code;

	if (r == 0 && place->unix_path != NULL) {
		r = enc_buf_printf(&head, "Host: localhost\r\n");
	} else if (r == 0) {
		r = enc_buf_printf(&head, "Host: %s%s%s:%u\r\n", v6 ? "[" : "",
				   place->host, v6 ? "]" : "", place->port);
	}
	if (r == 0 && request->body != NULL) {
		r = enc_buf_printf(&head,
				   "Content-Type: application/json\r\n"
				   "Content-Length: %zu\r\n",
				   request->body_length);
	}
	if (r == 0) {
		r = enc_buf_printf(&head, "%sConnection: close\r\n\r\n",
				   request->headers);
	}
	if (r < 0) {
		return enc_fail(exchange->err, ENC_LIMIT,
				"the request is too long");
	}
	code = send_bytes(exchange, enc_buf_bytes(&head), head.length);
	if (code == ENC_OK && request->body != NULL) {
		code = send_bytes(exchange, request->body,
				  request->body_length);
	}
	return code;
}

/* receive() - read some more bytes, or the end of the input */
static enum enc_code receive(struct exchange *exchange)
{
	uint8_t piece[PIECE_BYTES];
	ssize_t got;

	for (;;) {
		enum enc_code code =
			wait_for(exchange, POLLIN, exchange->request->quiet_ms);

		if (code != ENC_OK) {
			return code;
		}
		got = recv(exchange->fd, piece, sizeof(piece), 0);
		if (got >= 0) {
			break;
		}
		if (errno != EINTR && errno != EAGAIN) {
			return unreachable(exchange->err,
					   "the connection broke", errno);
		}
	}
	exchange->ended = got == 0;
	if (enc_buf_append(&exchange->input, piece, (size_t)got) < 0) {
		return enc_fail(exchange->err, ENC_LIMIT,
				"the answer's head is too long");
	}
	return ENC_OK;
}

/* not_http() - fail because the input isn't HTTP */
static enum enc_code not_http(const struct exchange *exchange)
{
	return enc_fail(exchange->err, ENC_UNAVAILABLE,
			"the response is not HTTP");
}

/* read_head() - read the head of the response; skips responses of status 1xx */
static enum enc_code read_head(struct exchange *exchange)
{
	size_t scanned = 0;

	for (;;) {
		int r = enc_http1_response(enc_buf_bytes(&exchange->input),
					   exchange->input.length, &scanned,
					   &exchange->head);
		enum enc_code code = ENC_OK;

		if (r < 0) {
			return not_http(exchange);
		}
		if (r > 0) {
			enc_buf_consume(&exchange->input, (size_t)r);
			scanned = 0;
			if (exchange->head.status >= 200) {
				return ENC_OK;
			}
			continue;
		}
		if (exchange->ended) {
			return enc_fail(exchange->err, ENC_UNAVAILABLE,
					"the connection ended without an "
					"answer");
		}
		code = receive(exchange);
		if (code != ENC_OK) {
			return code;
		}
	}
}

/*
 * deliver() - pass a piece of the body to on_body() or append it to @ret_body
 */
static enum enc_code deliver(struct exchange *exchange, const uint8_t *bytes,
			     size_t length, struct enc_buf *ret_body)
{
	const struct enc_http_client_request *request = exchange->request;

	if (length == 0) {
		return ENC_OK;
	}
	if (request->on_body != NULL && exchange->head.status / 100 == 2) {
		exchange->stopped =
			!request->on_body(request->user, bytes, length);
		return ENC_OK;
	}
	return enc_buf_append(ret_body, bytes, length) == 0
		       ? ENC_OK
		       : enc_fail(exchange->err, ENC_LIMIT,
				  "the answer is larger than %zu bytes",
				  ret_body->max_bytes);
}

/* take_chunked() - decode and deliver the received part of a chunked body */
static enum enc_code take_chunked(struct exchange *exchange,
				  struct enc_buf *ret_body, bool *ret_done)
{
	ENC_AUTO(buf) content = ENC_BUF(exchange->input.length);
	int r = enc_http1_chunks_read(&exchange->chunks,
				      enc_buf_bytes(&exchange->input),
				      exchange->input.length, &content);

	if (r < 0) {
		return not_http(exchange);
	}
	enc_buf_consume(&exchange->input, (size_t)r);
	*ret_done = exchange->chunks.done;
	return deliver(exchange, enc_buf_bytes(&content), content.length,
		       ret_body);
}

/*
 * take_plain() - deliver the received part of a body that has a length or ends
 * with the connection
 */
static enum enc_code take_plain(struct exchange *exchange,
				struct enc_buf *ret_body, bool *ret_done)
{
	size_t length = exchange->input.length;
	enum enc_code code;

	if (exchange->head.has_length) {
		length = (size_t)ENC_MIN((uint64_t)length, exchange->left);
		exchange->left -= length;
		*ret_done = exchange->left == 0;
	} else {
		*ret_done = exchange->ended;
	}
	code = deliver(exchange, enc_buf_bytes(&exchange->input), length,
		       ret_body);
	enc_buf_consume(&exchange->input, length);
	return code;
}

/* read_body() - read the body to its end */
static enum enc_code read_body(struct exchange *exchange,
			       struct enc_buf *ret_body)
{
	bool done = false;

	if (exchange->head.status == 204 || exchange->head.status == 304) {
		return ENC_OK;
	}
	exchange->left = exchange->head.length;
	for (;;) {
		enum enc_code code =
			exchange->head.chunked
				? take_chunked(exchange, ret_body, &done)
				: take_plain(exchange, ret_body, &done);

		if (code != ENC_OK || done || exchange->stopped) {
			return code;
		}
		if (exchange->ended) {
			return enc_fail(exchange->err, ENC_UNAVAILABLE,
					"the connection ended in the middle "
					"of the answer");
		}
		code = receive(exchange);
		if (code != ENC_OK) {
			return code;
		}
	}
}

enum enc_code enc_http_ask(const struct enc_http_place *place,
			   const struct enc_http_client_request *request,
			   int *ret_status, struct enc_buf *ret_body,
			   struct enc_error *err)
{
	struct exchange exchange = {
		.request = request,
		.fd = -1,
		.deadline_ms = enc_clock_mono_ms() + request->timeout_ms,
		.input = ENC_BUF(ENC_HTTP1_HEAD_MAX_BYTES + 2 * PIECE_BYTES),
		.err = err,
	};
	enum enc_code code = place->unix_path != NULL
				     ? connect_unix(&exchange, place->unix_path)
				     : connect_tcp(&exchange, place);

	if (code == ENC_OK) {
		code = send_request(&exchange, place);
	}
	if (code == ENC_OK) {
		code = read_head(&exchange);
	}
	if (code == ENC_OK) {
		*ret_status = exchange.head.status;
		code = read_body(&exchange, ret_body);
	}
	if (exchange.fd >= 0) {
		(void)close(exchange.fd);
	}
	enc_buf_done(&exchange.input);
	return code;
}
