/*
 * A client for bench/calls.py: asks for one path again and again over some
 * connections, one request at a time on each, and prints JSON. It needs no
 * library, so that the same one runs in a sandbox and on the machine.
 *
 * usage: bench_client ADDRESS PORT HOST PATH CONNECTIONS SECONDS
 *
 * Latencies are of what began after the first quarter of a second. All requests
 * are counted, so that they are what the proxy's CPU time is divided by.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	CONNECTIONS_MAX = 1024,
	HEAD_MAX_BYTES = 8192,
	READ_BYTES = 256 * 1024,
	BINS = 1000 * 1000, /* of 100 ns each; the last has all that is more */
	BIN_NS = 100,
	WARM_NS = 250 * 1000 * 1000,
	SECOND_NS = 1000 * 1000 * 1000,
};

struct connection {
	int fd;
	int64_t sent_ns;
	size_t left; /* bytes of the body, behind a whole head */
	size_t head_length;
	char head[HEAD_MAX_BYTES];
};

struct run {
	struct connection *all;
	int epoll;
	char request[1024];
	size_t request_length;
	int64_t begin_ns;
	uint64_t requests;
	uint64_t measured;
	uint32_t bins[BINS];
};

static void fail(const char *what)
{
	(void)fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static void ask(const struct run *run, struct connection *one)
{
	one->sent_ns = now_ns();
	if (send(one->fd, run->request, run->request_length, MSG_NOSIGNAL) !=
	    (ssize_t)run->request_length) {
		fail("send");
	}
}

static void connect_all(struct run *run, const struct sockaddr_in *to,
			int count)
{
	const int on = 1;

	for (int i = 0; i < count; i++) {
		struct connection *one = &run->all[i];
		struct epoll_event event = { .events = EPOLLIN,
					     .data.ptr = one };

		one->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (one->fd < 0 ||
		    connect(one->fd, (const struct sockaddr *)to, sizeof(*to)) <
			    0 ||
		    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &on,
			       sizeof(on)) < 0 ||
		    epoll_ctl(run->epoll, EPOLL_CTL_ADD, one->fd, &event) < 0) {
			fail("connect");
		}
	}
}

/* read_head() - read a whole head: only 200 with a length is one that counts */
static void read_head(struct connection *one, const char *body, size_t length)
{
	static const char name[] = "\r\ncontent-length:";
	const char *found;

	one->head[one->head_length] = '\0';
	found = strcasestr(one->head, name);
	if (strncmp(one->head, "HTTP/1.1 200", 12) != 0 || found == NULL) {
		(void)fprintf(stderr, "client: %s%.*s\n", one->head,
			      (int)length, body);
		exit(1);
	}
	one->left = strtoull(found + sizeof(name) - 1, NULL, 10);
}

/* take() - take bytes of a response. Return: whether that was all of it */
static int take(struct connection *one, const char *bytes, size_t length)
{
	if (one->left == 0) {
		size_t before = one->head_length;
		size_t room = sizeof(one->head) - 1 - before;
		size_t taken = length < room ? length : room;
		const char *end;

		memcpy(one->head + before, bytes, taken);
		one->head_length += taken;
		end = memmem(one->head, one->head_length, "\r\n\r\n", 4);
		if (end == NULL) {
			return 0;
		}
		taken = (size_t)(end + 4 - one->head) - before;
		one->head_length = before + taken;
		bytes += taken;
		length -= taken;
		read_head(one, bytes, length);
	}
	if (length > one->left) {
		errno = EPROTO;
		fail("more than was said");
	}
	one->left -= length;
	if (one->left > 0) {
		return 0;
	}
	one->head_length = 0;
	return 1;
}

static void note(struct run *run, const struct connection *one)
{
	int64_t bin = (now_ns() - one->sent_ns) / BIN_NS;

	run->requests++;
	if (one->sent_ns - run->begin_ns >= WARM_NS) {
		run->measured++;
		run->bins[bin < BINS ? bin : BINS - 1]++;
	}
}

static void serve(struct run *run, struct connection *one)
{
	static char bytes[READ_BYTES];
	ssize_t n = recv(one->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	if (n <= 0) {
		fail("the connection ended");
	}
	if (take(one, bytes, (size_t)n) != 0) {
		note(run, one);
		ask(run, one);
	}
}

/* at() - the latency in microseconds that so many of a thousand don't exceed */
static double at(const struct run *run, uint64_t of_thousand)
{
	uint64_t wanted = run->measured * of_thousand / 1000;
	size_t bin = 0;

	for (uint64_t seen = 0; bin < BINS - 1; bin++) {
		seen += run->bins[bin];
		if (seen > wanted) {
			break;
		}
	}
	return (double)(bin + 1) * BIN_NS / 1000;
}

static void run_for(struct run *run, int64_t ns)
{
	struct epoll_event events[64];

	for (int64_t now = run->begin_ns; now - run->begin_ns < ns;
	     now = now_ns()) {
		int n = epoll_wait(run->epoll, events, 64, 1000);

		for (int i = 0; i < n; i++) {
			serve(run, events[i].data.ptr);
		}
	}
}

int main(int argc, char **argv)
{
	static struct run run;
	struct sockaddr_in to = { .sin_family = AF_INET };
	int count = argc == 7 ? atoi(argv[5]) : 0;
	double seconds = argc == 7 ? strtod(argv[6], NULL) : 0;

	if (count < 1 || count > CONNECTIONS_MAX || seconds <= 0 ||
	    inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		errno = EINVAL;
		fail("arguments");
	}
	to.sin_port = htons((uint16_t)atoi(argv[2]));
	run.request_length = (size_t)
		snprintf(run.request, sizeof(run.request),
			 "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\n"
			 "Accept: */*\r\n\r\n",
			 argv[4], argv[3]);
	run.all = calloc((size_t)count, sizeof(*run.all));
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run.all == NULL || run.epoll < 0) {
		fail("setup");
	}
	connect_all(&run, &to, count);
	run.begin_ns = now_ns();
	for (int i = 0; i < count; i++) {
		ask(&run, &run.all[i]);
	}
	run_for(&run, (int64_t)(seconds * SECOND_NS));
	printf("{\"requests\": %llu, \"seconds\": %.6f, \"p50\": %.1f, "
	       "\"p99\": %.1f}\n",
	       (unsigned long long)run.requests,
	       (double)(now_ns() - run.begin_ns) / SECOND_NS, at(&run, 500),
	       at(&run, 990));
	return 0;
}
