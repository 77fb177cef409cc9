/*
 * An origin for bench/calls.py: answers GET /N with N bytes of a text, in clear
 * and by TLS, over connections that are kept, in one thread. It is quick, so
 * that it isn't what is measured.
 *
 * usage: bench_origin TEXT PEM CLEAR TLS
 *
 * TEXT and PEM are files, CLEAR and TLS descriptors of sockets that listen.
 */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	REQUEST_MAX_BYTES = 8192,
	SIZES_MAX = 16,
	TEXT_MAX_BYTES = 1 << 20,
	HEAD_MAX_BYTES = 128,
	EVENTS = 64,
};

struct response {
	size_t size; /* of the body */
	size_t length;
	char *bytes;
};

struct connection {
	int fd;
	int listens; /* it is no connection, but the socket of them */
	SSL *ssl;    /* NULL: in clear */
	size_t got;
	char request[REQUEST_MAX_BYTES];
	const char *out;
	size_t out_left;
};

struct origin {
	int epoll;
	SSL_CTX *tls;
	size_t text_length;
	char text[TEXT_MAX_BYTES];
	size_t count;
	struct response responses[SIZES_MAX];
};

static void fail(const char *what)
{
	(void)fprintf(stderr, "origin: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void watch(const struct origin *origin, struct connection *one, int how,
		  uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = one };

	if (epoll_ctl(origin->epoll, how, one->fd, &event) < 0) {
		fail("epoll");
	}
}

static void end(struct connection *one)
{
	SSL_free(one->ssl);
	(void)close(one->fd);
	free(one);
}

/* ---- responses ---- */

/* add_response() - make the response of a size, with its head */
static struct response *add_response(struct origin *origin, size_t size)
{
	struct response *one = &origin->responses[origin->count];
	int head;

	if (origin->count == SIZES_MAX || size > TEXT_MAX_BYTES) {
		return NULL;
	}
	one->bytes = malloc(HEAD_MAX_BYTES + size);
	if (one->bytes == NULL) {
		return NULL;
	}
	head = snprintf(one->bytes, HEAD_MAX_BYTES,
			"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			"Content-Length: %zu\r\n\r\n",
			size);
	for (size_t at = 0; at < size; at++) {
		one->bytes[(size_t)head + at] =
			origin->text[at % origin->text_length];
	}
	one->size = size;
	one->length = (size_t)head + size;
	origin->count++;
	return one;
}

static const struct response *response_of(struct origin *origin, size_t size)
{
	for (size_t i = 0; i < origin->count; i++) {
		if (origin->responses[i].size == size) {
			return &origin->responses[i];
		}
	}
	return add_response(origin, size);
}

/* ---- connections ---- */

/* Return: bytes; 0: none now; -1: it is over */
static ssize_t get(struct connection *one)
{
	char *to = one->request + one->got;
	size_t room = sizeof(one->request) - one->got;
	ssize_t n;

	if (one->ssl == NULL) {
		n = recv(one->fd, to, room, MSG_DONTWAIT);
		return n > 0 ? n : n < 0 && errno == EAGAIN ? 0 : -1;
	}
	n = SSL_read(one->ssl, to, (int)room);
	return n > 0							? n
	       : SSL_get_error(one->ssl, (int)n) == SSL_ERROR_WANT_READ ? 0
									: -1;
}

/* Return: bytes; 0: none now; -1: it is over */
static ssize_t put(struct connection *one)
{
	ssize_t n;

	if (one->ssl == NULL) {
		n = send(one->fd, one->out, one->out_left,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		return n > 0 ? n : n < 0 && errno == EAGAIN ? 0 : -1;
	}
	n = SSL_write(one->ssl, one->out, (int)one->out_left);
	return n > 0							 ? n
	       : SSL_get_error(one->ssl, (int)n) == SSL_ERROR_WANT_WRITE ? 0
									 : -1;
}

/* put_all() - send what is left. Return: 0, or -1 if it is over */
static int put_all(struct origin *origin, struct connection *one, int waited)
{
	while (one->out_left > 0) {
		ssize_t n = put(one);

		if (n < 0) {
			return -1;
		}
		if (n == 0) {
			if (!waited) {
				watch(origin, one, EPOLL_CTL_MOD, EPOLLOUT);
			}
			return 0;
		}
		one->out += n;
		one->out_left -= (size_t)n;
	}
	if (waited) {
		watch(origin, one, EPOLL_CTL_MOD, EPOLLIN);
	}
	return 0;
}

/* answer() - answer the request that is there, if it is whole */
static int answer(struct origin *origin, struct connection *one)
{
	const struct response *response;
	size_t size;

	if (one->got < 4 ||
	    memcmp(one->request + one->got - 4, "\r\n\r\n", 4) != 0) {
		return one->got < sizeof(one->request) ? 0 : -1;
	}
	if (sscanf(one->request, "GET /%zu HTTP/1.1", &size) != 1) {
		return -1;
	}
	response = response_of(origin, size);
	if (response == NULL) {
		return -1;
	}
	one->got = 0;
	one->out = response->bytes;
	one->out_left = response->length;
	return put_all(origin, one, /* waited= */ 0);
}

static void serve(struct origin *origin, struct connection *one)
{
	int r = 0;

	if (one->out_left > 0) {
		r = put_all(origin, one, /* waited= */ 1);
	} else {
		ssize_t n = get(one);

		one->got += n > 0 ? (size_t)n : 0;
		r = n < 0 ? -1 : n > 0 ? answer(origin, one) : 0;
	}
	if (r < 0) {
		end(one);
	}
}

static struct connection *add_connection(const struct origin *origin, int fd,
					 int tls)
{
	struct connection *one = calloc(1, sizeof(*one));

	if (one == NULL) {
		fail("memory");
	}
	one->fd = fd;
	if (tls) {
		one->ssl = SSL_new(origin->tls);
		if (one->ssl == NULL || SSL_set_fd(one->ssl, fd) != 1) {
			fail("TLS");
		}
		SSL_set_accept_state(one->ssl);
	}
	return one;
}

static void welcome(const struct origin *origin, const struct connection *at)
{
	const int on = 1;
	int fd = accept4(at->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		return;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	watch(origin, add_connection(origin, fd, at->listens == 2),
	      EPOLL_CTL_ADD, EPOLLIN);
}

/* ---- setup ---- */

static SSL_CTX *tls_of(const char *pem)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (tls == NULL || SSL_CTX_use_certificate_chain_file(tls, pem) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, pem, SSL_FILETYPE_PEM) != 1) {
		fail("certificate");
	}
	(void)SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
					    SSL_MODE_RELEASE_BUFFERS);
	return tls;
}

static void read_text(struct origin *origin, const char *path)
{
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		fail(path);
	}
	origin->text_length =
		fread(origin->text, 1, sizeof(origin->text), file);
	(void)fclose(file);
	if (origin->text_length == 0) {
		fail("empty text");
	}
}

static void listen_on(const struct origin *origin, const char *fd, int listens)
{
	struct connection *one = add_connection(origin, atoi(fd), /* tls= */ 0);

	one->listens = listens;
	watch(origin, one, EPOLL_CTL_ADD, EPOLLIN);
}

int main(int argc, char **argv)
{
	static struct origin origin;
	struct epoll_event events[EVENTS];

	if (argc != 5) {
		errno = EINVAL;
		fail("arguments");
	}
	(void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without a flag */
	read_text(&origin, argv[1]);
	origin.tls = tls_of(argv[2]);
	origin.epoll = epoll_create1(EPOLL_CLOEXEC);
	listen_on(&origin, argv[3], /* listens= */ 1);
	listen_on(&origin, argv[4], /* listens= */ 2);
	for (;;) {
		int n = epoll_wait(origin.epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			struct connection *one = events[i].data.ptr;

			if (one->listens) {
				welcome(&origin, one);
			} else {
				serve(&origin, one);
			}
		}
	}
}
