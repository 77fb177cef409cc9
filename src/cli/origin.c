#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "fd.h"
#include "hex.h"
#include "http1.h"
#include "net_pair.h"
#include "origin.h"
#include "origin_answer.h"
#include "origin_tls.h"
#include "random.h"

enum {
	PORT = 443,
	CONNECTIONS_MAX = 16,
	SECRETS_MAX = 4, /* of a service, one after the other */
	TEXT_BYTES = 128,
	RECEIPT_BYTES = 8,
	NETWORK_TRIES = 64,
	REQUEST_MAX_BYTES = ENC_HTTP1_HEAD_MAX_BYTES,
	RECEIVED_MAX_BYTES = 2 * REQUEST_MAX_BYTES,
	RESPONSE_MAX_BYTES = 2 * ENC_ORIGIN_ANSWER_MAX,
	QUIET_SECONDS = 60, /* a gate keeps connections for later requests */
};

/* How each service gets its credential. */
static const struct {
	const char *name;
	const char *header;
	const char *prefix;
} services[ENC_ORIGIN_SERVICE_MAX] = {
	[ENC_ORIGIN_PAYMENTS] = { "payments", "Authorization", "Bearer " },
	[ENC_ORIGIN_NOTES] = { "notes", "X-Notes-Key", "" },
};

enum credential { NONE, OTHER, FORMER, RIGHT };

struct call {
	char method[TEXT_BYTES];
	char target[TEXT_BYTES];
	char receipt[2 * RECEIPT_BYTES + 1];
	enum credential credential;
};

struct connection {
	struct enc_origin *origin;
	pthread_t thread;
	bool used; /* the thread has to be joined */
	int fd;	   /* -1: closed */
};

struct enc_origin {
	char address[INET_ADDRSTRLEN];
	char network[INET_ADDRSTRLEN + 3];
	char ca_path[64];
	int ca_fd;
	SSL_CTX *tls;
	struct enc_net_pair pair;
	char link[16];
	pthread_t thread;
	bool started;
	int stop_fd; /* eventfd: the server ends */

	/* The lock guards the members below; the condition signals a change. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	bool ready;	  /* it listens, or it has failed with an error */
	int error;	  /* errno of the failure, or 0 */
	const char *step; /* what failed */
	bool holds[ENC_ORIGIN_SERVICE_MAX];
	bool released[ENC_ORIGIN_SERVICE_MAX];
	size_t secret_count[ENC_ORIGIN_SERVICE_MAX];
	char secrets[ENC_ORIGIN_SERVICE_MAX][SECRETS_MAX]
		    [ENC_ORIGIN_SECRET_BYTES];
	size_t call_count; /* may be more than there is room for */
	struct call calls[ENC_ORIGIN_CALLS_MAX];
	struct connection connections[CONNECTIONS_MAX];
};

static void lock(struct enc_origin *origin)
{
	ENC_MUST(pthread_mutex_lock(&origin->lock));
}

static void unlock(struct enc_origin *origin)
{
	ENC_MUST(pthread_mutex_unlock(&origin->lock));
}

/* tell_changed() - wake all waiting threads; needs the lock */
static void tell_changed(struct enc_origin *origin)
{
	ENC_MUST(pthread_cond_broadcast(&origin->changed));
}

/* ---- requests ---- */

/* A request, and the facts about it. */
struct request {
	struct enc_http1_head head;
	enum enc_origin_service service; /* _MAX: none */
	char path[TEXT_BYTES];		 /* below the service; no query */
	/* Value of the service's header; "" if there is none. */
	char value[ENC_ORIGIN_SECRET_BYTES + TEXT_BYTES];
	struct call call;
};

/* keep() - copy a text that may be too long, cut */
static void keep(char *ret_text, size_t room, struct enc_text text)
{
	(void)snprintf(ret_text, room, "%.*s",
		       (int)ENC_MIN(text.length, room - 1), text.bytes);
}

/* judge() - compare a credential with the service's present and former ones */
static enum credential judge(const struct enc_origin *origin,
			     const struct request *request)
{
	const char *prefix = services[request->service].prefix;
	size_t count = origin->secret_count[request->service];
	const char *secret = request->value + strlen(prefix);

	if (request->value[0] == '\0') {
		return NONE;
	}
	if (strncmp(request->value, prefix, strlen(prefix)) != 0) {
		return OTHER;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(secret, origin->secrets[request->service][i]) == 0) {
			return i + 1 == count ? RIGHT : FORMER;
		}
	}
	return OTHER;
}

/* record() - judge a request and keep it; its receipt if it is right */
static void record(struct enc_origin *origin, struct request *request)
{
	uint8_t receipt[RECEIPT_BYTES];

	lock(origin);
	if (request->service < ENC_ORIGIN_SERVICE_MAX) {
		request->call.credential = judge(origin, request);
	}
	if (request->call.credential == RIGHT) {
		enc_random_bytes(receipt, sizeof(receipt));
		enc_hex_encode(receipt, sizeof(receipt), request->call.receipt);
	}
	if (origin->call_count < ENC_ORIGIN_CALLS_MAX) {
		origin->calls[origin->call_count] = request->call;
	}
	origin->call_count++;
	unlock(origin);
}

/* understand() - fill in the facts from the head */
static void understand(struct request *request)
{
	char target[TEXT_BYTES];
	const struct enc_text *value;

	keep(request->call.method, TEXT_BYTES, request->head.method);
	keep(request->call.target, TEXT_BYTES, request->head.target);
	memcpy(target, request->call.target, sizeof(target));
	target[strcspn(target, "?")] = '\0';
	request->service = ENC_ORIGIN_SERVICE_MAX;
	for (size_t i = 0; i < ENC_ORIGIN_SERVICE_MAX; i++) {
		size_t length = strlen(services[i].name);

		if (target[0] == '/' && target[1 + length] == '/' &&
		    strncmp(target + 1, services[i].name, length) == 0) {
			request->service = (enum enc_origin_service)i;
			(void)snprintf(request->path, sizeof(request->path),
				       "%s", target + 1 + length);
		}
	}
	if (request->service < ENC_ORIGIN_SERVICE_MAX) {
		value = enc_http1_find(&request->head,
				       services[request->service].header);
		if (value != NULL) {
			keep(request->value, sizeof(request->value), *value);
		}
	}
}

/* hold() - wait until the service is released */
static void hold(struct enc_origin *origin, enum enc_origin_service service)
{
	lock(origin);
	origin->holds[service] = true;
	tell_changed(origin);
	while (!origin->released[service] && !origin->stopping) {
		ENC_MUST(pthread_cond_wait(&origin->changed, &origin->lock));
	}
	unlock(origin);
}

/* answer() - append the response to a request */
static int answer(struct enc_origin *origin, struct request *request,
		  struct enc_buf *out)
{
	enc_autofree char *receipt = NULL;

	understand(request);
	record(origin, request);
	if (request->call.credential != RIGHT) {
		return enc_origin_answer(out, 401,
					 "{\"error\":\"credential\"}");
	}
	if (strcmp(request->path, "/v1/echo") == 0) {
		return enc_origin_echo(out, request->value);
	}
	if (strcmp(request->path, "/v1/hold") == 0) {
		hold(origin, request->service);
		return enc_origin_answer(out, 200, "{\"held\":true}");
	}
	if (strcmp(request->path, "/v1/charges") != 0) {
		return enc_origin_answer(out, 404, "{\"error\":\"path\"}");
	}
	receipt = enc_xprintf("{\"receipt\":\"%s\"}", request->call.receipt);
	return enc_origin_answer(out, 200, receipt);
}

/* ---- connections ---- */

/* receive() - append the next bytes; false at the end */
static bool receive(SSL *tls, struct enc_buf *in)
{
	char bytes[4096];
	int got = SSL_read(tls, bytes, sizeof(bytes));
	bool fine = got > 0 && enc_buf_append(in, bytes, (size_t)got) == 0;

	explicit_bzero(bytes, sizeof(bytes));
	return fine;
}

/* skip_body() - read and drop the body of a request */
static bool skip_body(SSL *tls, const struct enc_http1_head *head,
		      struct enc_buf *in)
{
	ENC_AUTO(buf) body = ENC_BUF_SECRET(REQUEST_MAX_BYTES);
	struct enc_http1_chunks chunks = { 0 };

	if (!head->chunked) {
		while (in->length < head->length) {
			if (!receive(tls, in)) {
				return false;
			}
		}
		enc_buf_consume(in, (size_t)head->length);
		return true;
	}
	for (;;) {
		int used = enc_http1_chunks_read(&chunks, enc_buf_bytes(in),
						 in->length, &body);

		if (used < 0) {
			return false;
		}
		enc_buf_consume(in, (size_t)used);
		if (chunks.done) {
			return true;
		}
		if (!receive(tls, in)) {
			return false;
		}
	}
}

/* serve_one() - answer one request; false if the connection ends */
static bool serve_one(struct enc_origin *origin, SSL *tls, struct enc_buf *in)
{
	ENC_AUTO(buf) out = ENC_BUF_SECRET(RESPONSE_MAX_BYTES);
	struct request request = { .call.credential = NONE };
	size_t scanned = 0;
	int status;
	int length = 0;
	bool fine;

	while (length == 0) {
		length = enc_http1_request(enc_buf_bytes(in), in->length,
					   &scanned, &request.head, &status);
		if (length == 0 && !receive(tls, in)) {
			return false;
		}
	}
	/* The head's texts lie in @in until its body is read. */
	fine = length > 0 && answer(origin, &request, &out) == 0;
	explicit_bzero(request.value, sizeof(request.value));
	if (!fine) {
		return false;
	}
	enc_buf_consume(in, (size_t)length);
	return skip_body(tls, &request.head, in) &&
	       SSL_write(tls, enc_buf_bytes(&out), (int)out.length) > 0 &&
	       !request.head.close;
}

/* serve() - a connection from its handshake to its end; a thread's function */
static void *serve(void *user)
{
	struct connection *connection = user;
	SSL *tls = SSL_new(connection->origin->tls);
	ENC_AUTO(buf) in = ENC_BUF_SECRET(RECEIVED_MAX_BYTES);

	if (tls != NULL && SSL_set_fd(tls, connection->fd) == 1 &&
	    SSL_accept(tls) == 1) {
		while (serve_one(connection->origin, tls, &in)) {
		}
		(void)SSL_shutdown(tls);
	}
	SSL_free(tls);
	lock(connection->origin);
	enc_fd_close(&connection->fd);
	unlock(connection->origin);
	return NULL;
}

/*
 * free_place() - find a place for a connection, or NULL; joins an ended thread
 */
static struct connection *free_place(struct enc_origin *origin)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *place = &origin->connections[i];
		bool over;

		lock(origin);
		over = place->fd < 0;
		unlock(origin);
		if (over && place->used) {
			ENC_MUST(pthread_join(place->thread, NULL));
			place->used = false;
		}
		if (over) {
			return place;
		}
	}
	return NULL;
}

/* take() - serve a connection in a thread of its own; takes the descriptor */
static void take(struct enc_origin *origin, int fd)
{
	struct timeval quiet = { .tv_sec = QUIET_SECONDS };
	struct connection *place = free_place(origin);

	if (place == NULL || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &quiet,
					sizeof(quiet)) < 0) {
		(void)close(fd);
		return;
	}
	place->origin = origin;
	place->fd = fd;
	place->used = pthread_create(&place->thread, NULL, serve, place) == 0;
	if (!place->used) {
		enc_fd_close(&place->fd);
	}
}

/* end_connections() - wake the threads of all connections, and join them */
static void end_connections(struct enc_origin *origin)
{
	lock(origin);
	origin->stopping = true;
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (origin->connections[i].fd >= 0) {
			(void)shutdown(origin->connections[i].fd, SHUT_RDWR);
		}
	}
	tell_changed(origin);
	unlock(origin);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (origin->connections[i].used) {
			ENC_MUST(pthread_join(origin->connections[i].thread,
					      NULL));
		}
	}
}

/* ---- the server's thread ---- */

/* listen_there() - enter the network, listen. Return: a descriptor or -errno */
static int listen_there(struct enc_origin *origin)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons(PORT),
				    .sin_addr = origin->pair.own };
	enc_autoclose int fd = -1;
	int r = enc_net_pair_enter(&origin->pair, &origin->step);

	if (r < 0) {
		return r;
	}
	origin->step = "a socket that listens";
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, CONNECTIONS_MAX) < 0) {
		return -errno;
	}
	return ENC_TAKE_FD(fd);
}

/* accept_all() - take connections until the server ends */
static void accept_all(struct enc_origin *origin, int listener)
{
	struct pollfd fds[] = {
		{ .fd = origin->stop_fd, .events = POLLIN },
		{ .fd = listener, .events = POLLIN },
	};

	while (fds[0].revents == 0) {
		if (poll(fds, ENC_COUNT(fds), -1) < 0 && errno != EINTR) {
			return;
		}
		if (fds[1].revents != 0) {
			int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

			if (fd >= 0) {
				take(origin, fd);
			}
		}
	}
}

/* live() - the server from its network to its end; a thread's function */
static void *live(void *user)
{
	struct enc_origin *origin = user;
	enc_autoclose int listener = listen_there(origin);

	lock(origin);
	origin->ready = true;
	origin->error = listener < 0 ? -listener : 0;
	tell_changed(origin);
	unlock(origin);
	if (listener >= 0) {
		accept_all(origin, listener);
		end_connections(origin);
		enc_net_pair_cut();
	}
	return NULL;
}

/* ---- beginning and end ---- */

/* is_used() - whether a network overlaps with that of an interface */
static bool is_used(const struct ifaddrs *interfaces, in_addr_t network)
{
	for (; interfaces != NULL; interfaces = interfaces->ifa_next) {
		struct sockaddr_in own;
		struct sockaddr_in mask;

		if (interfaces->ifa_addr == NULL ||
		    interfaces->ifa_netmask == NULL ||
		    interfaces->ifa_addr->sa_family != AF_INET) {
			continue;
		}
		memcpy(&own, interfaces->ifa_addr, sizeof(own));
		memcpy(&mask, interfaces->ifa_netmask, sizeof(mask));
		if (((own.sin_addr.s_addr ^ htonl(network)) &
		     mask.sin_addr.s_addr) == 0) {
			return true;
		}
	}
	return false;
}

/*
 * choose_network() - choose a /30 of 10.0.0.0/8 at random that is part of no
 * network of an interface
 */
static bool choose_network(struct enc_origin *origin)
{
	struct ifaddrs *interfaces = NULL;
	in_addr_t network = 0;
	bool found = false;

	if (getifaddrs(&interfaces) < 0) {
		return false;
	}
	for (int i = 0; i < NETWORK_TRIES && !found; i++) {
		enc_random_bytes(&network, sizeof(network));
		network = (network & 0x00fffffc) | 0x0a000000;
		found = !is_used(interfaces, network);
	}
	freeifaddrs(interfaces);
	origin->pair.host.s_addr = htonl(network + 1);
	origin->pair.own.s_addr = htonl(network + 2);
	(void)inet_ntop(AF_INET, &origin->pair.own, origin->address,
			sizeof(origin->address));
	network = htonl(network);
	(void)inet_ntop(AF_INET, &network, origin->network, INET_ADDRSTRLEN);
	(void)strncat(origin->network, "/30", 4);
	(void)snprintf(origin->link, sizeof(origin->link), "encdemo%u",
		       (unsigned int)getpid());
	origin->pair.name = origin->link;
	return found;
}

/* publish_ca() - put the CA into a file of this process's memory */
static enum enc_code publish_ca(struct enc_origin *origin,
				const struct enc_buf *ca, struct enc_error *err)
{
	origin->ca_fd = memfd_create("ca", MFD_CLOEXEC);
	if (origin->ca_fd < 0 ||
	    enc_fd_write_all(origin->ca_fd, enc_buf_bytes(ca), ca->length) <
		    0) {
		return enc_fail(err, ENC_NOT_AVAILABLE,
				"a file in memory can't be made: %s",
				strerror(errno));
	}
	(void)snprintf(origin->ca_path, sizeof(origin->ca_path),
		       "/proc/%ld/fd/%d", (long)getpid(), origin->ca_fd);
	return ENC_OK;
}

/* start() - start the thread, wait until it listens */
static enum enc_code start(struct enc_origin *origin, struct enc_error *err)
{
	sigset_t all;
	sigset_t before;
	int r;

	/* Signals are for the thread that waits for the sessions. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&origin->thread, NULL, live, origin);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0) {
		return enc_fail(err, ENC_NOT_AVAILABLE, "no thread: %s",
				strerror(r));
	}
	origin->started = true;
	lock(origin);
	while (!origin->ready) {
		ENC_MUST(pthread_cond_wait(&origin->changed, &origin->lock));
	}
	r = origin->error;
	unlock(origin);
	return r == 0 ? ENC_OK
		      : enc_fail(err, ENC_NOT_AVAILABLE,
				 "the demo's upstream needs a network of its "
				 "own: %s: %s%s",
				 origin->step, strerror(r),
				 r == EPERM ? "; be root, or see a model with "
					      "ENCLAVE_BACKEND=simulator"
					    : "");
}

enum enc_code enc_origin_new(struct enc_origin **ret_origin,
			     struct enc_error *err)
{
	struct enc_origin *origin = enc_xalloc(sizeof(*origin));
	ENC_AUTO(buf) ca = ENC_BUF(ENC_ORIGIN_ANSWER_MAX);
	enum enc_code code;

	origin->ca_fd = -1;
	ENC_MUST(pthread_mutex_init(&origin->lock, NULL));
	ENC_MUST(pthread_cond_init(&origin->changed, NULL));
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		origin->connections[i].fd = -1;
	}
	origin->stop_fd = eventfd(0, EFD_CLOEXEC);
	code = origin->stop_fd >= 0 && choose_network(origin)
		       ? ENC_OK
		       : enc_fail(err, ENC_NOT_AVAILABLE,
				  "there is no free part of 10.0.0.0/8 for the "
				  "demo's upstream");
	if (code == ENC_OK) {
		code = enc_origin_tls_new(origin->pair.own, &origin->tls, &ca,
					  err);
	}
	if (code == ENC_OK) {
		code = publish_ca(origin, &ca, err);
	}
	if (code == ENC_OK) {
		code = start(origin, err);
	}
	if (code != ENC_OK) {
		ENC_IGNORE(enc_origin_free(origin) != NULL); /* always NULL */
		return code;
	}
	*ret_origin = origin;
	return ENC_OK;
}

struct enc_origin *enc_origin_free(struct enc_origin *origin)
{
	if (origin == NULL) {
		return NULL;
	}
	if (origin->started) {
		ENC_IGNORE(eventfd_write(origin->stop_fd, 1));
		ENC_MUST(pthread_join(origin->thread, NULL));
	}
	SSL_CTX_free(origin->tls);
	enc_fd_close(&origin->stop_fd);
	enc_fd_close(&origin->ca_fd);
	ENC_MUST(pthread_cond_destroy(&origin->changed));
	ENC_MUST(pthread_mutex_destroy(&origin->lock));
	explicit_bzero(origin->secrets, sizeof(origin->secrets));
	free(origin);
	return NULL;
}

/* ---- what the demo asks ---- */

const char *enc_origin_address(const struct enc_origin *origin)
{
	return origin->address;
}

const char *enc_origin_network(const struct enc_origin *origin)
{
	return origin->network;
}

const char *enc_origin_ca_file(const struct enc_origin *origin)
{
	return origin->ca_path;
}

const char *enc_origin_name(enum enc_origin_service service)
{
	return services[service].name;
}

void enc_origin_expect(struct enc_origin *origin,
		       enum enc_origin_service service, const char *secret)
{
	lock(origin);
	ENC_ASSERT(origin->secret_count[service] < SECRETS_MAX);
	(void)snprintf(origin->secrets[service][origin->secret_count[service]],
		       ENC_ORIGIN_SECRET_BYTES, "%s", secret);
	origin->secret_count[service]++;
	unlock(origin);
}

bool enc_origin_holds(struct enc_origin *origin,
		      enum enc_origin_service service)
{
	bool holds;

	lock(origin);
	holds = origin->holds[service];
	unlock(origin);
	return holds;
}

void enc_origin_release(struct enc_origin *origin,
			enum enc_origin_service service)
{
	lock(origin);
	origin->released[service] = true;
	tell_changed(origin);
	unlock(origin);
}

json_t *enc_origin_calls(struct enc_origin *origin)
{
	static const char *const words[] = { "none", "other", "former",
					     "right" };
	json_t *rows = json_array();

	lock(origin);
	for (size_t i = 0;
	     i < ENC_MIN(origin->call_count, (size_t)ENC_ORIGIN_CALLS_MAX);
	     i++) {
		const struct call *call = &origin->calls[i];
		json_t *row = json_pack("{s:s, s:s, s:s, s:s}", "method",
					call->method, "target", call->target,
					"credential", words[call->credential],
					"receipt", call->receipt);

		/* A target that isn't ASCII: http1.h refuses it. */
		ENC_MUST(json_array_append_new(rows, row));
	}
	unlock(origin);
	return rows;
}
