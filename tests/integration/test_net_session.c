/*
 * The network of a session, in real namespaces: what is asked for in one end
 * arrives in the other, is counted, and goes nowhere else.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/paced.h"
#include "clock.h"
#include "fd.h"
#include "net_session.h"

#ifndef IPV6_FREEBIND
#define IPV6_FREEBIND 78
#endif

enum { SKIP = 77, DEADLINE_MS = 5000, MANY = 500 };

/* More than the gate's queue, the kernel's sets and its memory of SYNs hold. */
enum { KNOCKS = 1200, FLOOD = 20000 };

static struct enc_net_session *open_session(void)
{
	struct enc_net_session *session = NULL;
	const char *step = "";
	int r = enc_net_session_new(&session, &step);

	if (r < 0) {
		print_message("%s: %s\n", step, strerror(-r));
	}
	assert_int_equal(r, 0);
	return session;
}

static int netns_of(const struct enc_net_session *session)
{
	int parts[ENC_NET_PART_MAX];

	enc_net_session_parts(session, parts);
	return parts[ENC_NET_PART_NAMESPACE];
}

/* in_session() - a child inside runs @act; its exit code */
static int in_session(struct enc_net_session *session, int (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		_exit(setns(netns_of(session), CLONE_NEWNET) < 0 ? 100 : act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int connect_to(const char *text, uint16_t port, int type)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	bool is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;
	int fd = socket(is_v4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
	int r;

	if (!is_v4 && inet_pton(AF_INET6, text, &v6.sin6_addr) != 1) {
		return -EINVAL;
	}
	r = is_v4 ? connect(fd, (const struct sockaddr *)&v4, sizeof(v4))
		  : connect(fd, (const struct sockaddr *)&v6, sizeof(v6));
	if (r < 0) {
		r = -errno;
		enc_fd_close(&fd);
		return r;
	}
	return fd;
}

static int connect_everywhere(void)
{
	static const char *const targets[] = {
		"169.254.169.254", "8.8.8.8", "198.18.0.1", "10.1.2.3",
		"::ffff:192.0.2.1", "fd00:ec2::254", "2001:db8::1",
		/* on the link, where nobody but the gate is */
		"198.18.0.0", "198.18.0.3",
		"fd6e:636c:6176::", "fd6e:636c:6176::1", "fd6e:636c:6176::5"
	};

	for (size_t i = 0; i < ENC_COUNT(targets); i++) {
		int fd = connect_to(targets[i], 80, SOCK_STREAM);

		if (fd < 0) {
			return (int)i + 1;
		}
		enc_fd_close(&fd);
	}
	return 0;
}

/* expect_destination() - the next connection was meant for @text */
static void expect_destination(int listener, const char *text)
{
	struct pollfd wait = { .fd = listener, .events = POLLIN };
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	char seen[INET6_ADDRSTRLEN];
	int fd;

	assert_int_equal(poll(&wait, 1, enc_paced_ms(DEADLINE_MS)), 1);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &length), 0);
	if (name.ss_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)&name;

		assert_non_null(inet_ntop(AF_INET, &v4->sin_addr, seen,
					  sizeof(seen)));
		assert_int_equal(ntohs(v4->sin_port), 80);
	} else {
		const struct sockaddr_in6 *v6 = (const void *)&name;

		assert_non_null(inet_ntop(AF_INET6, &v6->sin6_addr, seen,
					  sizeof(seen)));
		assert_int_equal(ntohs(v6->sin6_port), 80);
	}
	assert_string_equal(seen, text);
	enc_fd_close(&fd);
}

struct sum {
	uint64_t tcp; /* as visited, one destination after the other */
	uint64_t udp;
	uint64_t other;
	uint64_t metadata;
	size_t destinations;
	uint8_t last[16];
	struct enc_net_totals totals;
};

static void add_up(void *context, uint8_t protocol, const uint8_t addr[16],
		   uint16_t port, uint64_t count)
{
	static const uint8_t metadata[16] = { [10] = 0xff, [11] = 0xff, 169,
					      254,	   169,		254 };
	struct sum *sum = context;

	if (protocol == IPPROTO_TCP) {
		sum->tcp += count;
	} else if (protocol == IPPROTO_UDP) {
		sum->udp += count;
	} else {
		sum->other += count;
	}
	if (memcmp(addr, metadata, sizeof(metadata)) == 0 && port == 80) {
		sum->metadata += count;
	}
	sum->destinations++;
	memcpy(sum->last, addr, sizeof(sum->last));
}

/* read_counters() - whatever they say */
static struct sum read_counters(struct enc_net_session *session)
{
	struct sum sum = { 0 };

	assert_int_equal(enc_net_session_attempts(session, add_up, &sum,
						  &sum.totals),
			 0);
	return sum;
}

/* sum_up() - every destination is named, and the totals agree */
static struct sum sum_up(struct enc_net_session *session)
{
	struct sum sum = read_counters(session);

	assert_true(sum.totals.named);
	assert_int_equal(sum.tcp, sum.totals.tcp);
	assert_int_equal(sum.udp, sum.totals.udp);
	assert_int_equal(sum.other, sum.totals.other);
	return sum;
}

/* Every connect arrives, with the destination that was meant, and counts. */
static void test_connects_arrive(void **state)
{
	struct enc_net_session *session = open_session();
	int v4 = enc_net_session_socket(session, ENC_NET_TCP4);
	int v6 = enc_net_session_socket(session, ENC_NET_TCP6);
	struct sum sum;

	(void)state;
	assert_int_equal(in_session(session, connect_everywhere), 0);
	expect_destination(v4, "169.254.169.254");
	expect_destination(v4, "8.8.8.8");
	expect_destination(v4, "198.18.0.1");
	expect_destination(v4, "10.1.2.3");
	expect_destination(v4, "192.0.2.1");
	expect_destination(v6, "fd00:ec2::254");
	expect_destination(v6, "2001:db8::1");
	expect_destination(v4, "198.18.0.0");
	expect_destination(v4, "198.18.0.3");
	expect_destination(v6, "fd6e:636c:6176::");
	expect_destination(v6, "fd6e:636c:6176::1");
	expect_destination(v6, "fd6e:636c:6176::5");
	sum = sum_up(session);
	assert_int_equal(sum.tcp, 12);
	assert_int_equal(sum.other, 0);
	assert_int_equal(sum.metadata, 1);
	enc_net_session_free(session);
}

static int send_datagrams(void)
{
	int fd = connect_to("192.0.2.7", 123, SOCK_DGRAM);

	for (int i = 0; i < 20; i++) {
		if (send(fd, "x", 1, 0) != 1) {
			return 1;
		}
	}
	return 0;
}

/* Datagrams arrive with their destination beside them, and count. */
static void test_datagrams_arrive(void **state)
{
	struct enc_net_session *session = open_session();
	struct pollfd wait = { .fd = enc_net_session_socket(session,
							    ENC_NET_UDP4),
			       .events = POLLIN };
	char byte;
	char control[256];
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	const struct cmsghdr *header;
	const struct sockaddr_in *meant;

	(void)state;
	assert_int_equal(in_session(session, send_datagrams), 0);
	assert_int_equal(poll(&wait, 1, enc_paced_ms(DEADLINE_MS)), 1);
	assert_int_equal(recvmsg(wait.fd, &message, 0), 1);
	header = CMSG_FIRSTHDR(&message);
	ENC_ASSERT(header != NULL);
	assert_int_equal(header->cmsg_type, IP_RECVORIGDSTADDR);
	meant = (const void *)CMSG_DATA(header);
	assert_string_equal(inet_ntoa(meant->sin_addr), "192.0.2.7");
	assert_int_equal(ntohs(meant->sin_port), 123);
	assert_int_equal(sum_up(session).udp, 20);
	enc_net_session_free(session);
}

static int ask_dns(void)
{
	struct pollfd wait = { .events = POLLIN };
	char answer;

	wait.fd = connect_to("8.8.8.8", 53, SOCK_DGRAM);
	if (send(wait.fd, "?", 1, 0) != 1) {
		return 1;
	}
	if (poll(&wait, 1, enc_paced_ms(DEADLINE_MS)) != 1) {
		return 2;
	}
	/* Connected: only an answer from 8.8.8.8 itself is heard. */
	return recv(wait.fd, &answer, 1, 0) == 1 && answer == '!' ? 0 : 3;
}

/* A name server that was named by number is answered from that number. */
static void test_dns_is_answered_from_where_it_was_asked(void **state)
{
	struct enc_net_session *session = open_session();
	int dns = enc_net_session_socket(session, ENC_NET_DNS4);
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		_exit(setns(netns_of(session), CLONE_NEWNET) < 0 ? 100
								 : ask_dns());
	} else {
		struct pollfd wait = { .fd = dns, .events = POLLIN };
		struct sockaddr_in from;
		char byte;
		char control[256];
		struct iovec part = { &byte, 1 };
		struct msghdr message = { .msg_name = &from,
					  .msg_namelen = sizeof(from),
					  .msg_iov = &part,
					  .msg_iovlen = 1,
					  .msg_control = control,
					  .msg_controllen = sizeof(control) };
		struct cmsghdr *header;
		struct in_pktinfo *info;

		assert_int_equal(poll(&wait, 1, enc_paced_ms(DEADLINE_MS)), 1);
		assert_int_equal(recvmsg(dns, &message, 0), 1);
		header = CMSG_FIRSTHDR(&message);
		ENC_ASSERT(header != NULL);
		assert_int_equal(header->cmsg_type, IP_PKTINFO);
		info = (void *)CMSG_DATA(header);
		info->ipi_spec_dst = info->ipi_addr;
		info->ipi_ifindex = 0;
		byte = '!';
		assert_int_equal(sendmsg(dns, &message, 0), 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	enc_net_session_free(session);
}

static int connect_many(void)
{
	for (int i = 0; i < MANY; i++) {
		int fd = connect_to("192.0.2.1", (uint16_t)(1000 + i),
				    SOCK_STREAM);

		if (fd < 0) {
			return 1;
		}
		enc_fd_close(&fd);
	}
	return 0;
}

/* Nobody accepts, and still each one is counted. */
static void test_counters_without_a_gate(void **state)
{
	struct enc_net_session *session = open_session();

	(void)state;
	assert_int_equal(in_session(session, connect_many), 0);
	assert_int_equal(sum_up(session).tcp, MANY);
	enc_net_session_free(session);
}

/* begin_connect() - a socket whose SYN is on its way, or a negative errno */
static int begin_connect(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != EINPROGRESS) {
		int r = -errno;

		enc_fd_close(&fd);
		return r;
	}
	return fd < 0 ? -errno : fd;
}

/* repeats() - how often this socket has sent something again */
static unsigned int repeats(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0
		       ? 0
		       : info.tcpi_total_retrans;
}

/* The gate's queue is full: the kernel knocks again and again. */
static int knock(void)
{
	int64_t deadline_ms =
		enc_clock_mono_ms() + enc_paced_ms(2 * DEADLINE_MS);
	int last = -1;

	for (int i = 0; i < KNOCKS; i++) {
		last = begin_connect((uint16_t)(1000 + i));
		if (last < 0) {
			return 1;
		}
	}
	while (repeats(last) < 2) {
		if (enc_clock_mono_ms() > deadline_ms) {
			return 2;
		}
		(void)poll(NULL, 0, 10);
	}
	return 0;
}

/* A SYN that is sent again is the same attempt. */
static void test_repeats_count_once(void **state)
{
	struct enc_net_session *session = open_session();
	struct rlimit files = { 4096, 4096 };

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	assert_int_equal(in_session(session, knock), 0);
	assert_int_equal(sum_up(session).tcp, KNOCKS);
	enc_net_session_free(session);
}

/* ask_and_leave() - the answer finds a closed port */
static int ask_and_leave(void)
{
	int fd = connect_to("8.8.8.8", 53, SOCK_DGRAM);
	bool sent = send(fd, "?", 1, 0) == 1;

	enc_fd_close(&fd);
	return sent ? 0 : 1;
}

/* What the session's kernel says of its own accord is no attempt. */
static void test_kernel_chatter(void **state)
{
	struct enc_net_session *session = open_session();
	int dns = enc_net_session_socket(session, ENC_NET_DNS4);
	struct pollfd wait = { .fd = dns, .events = POLLIN };
	struct sockaddr_in from;
	socklen_t length = sizeof(from);
	struct sum sum;
	char byte;

	(void)state;
	assert_int_equal(in_session(session, ask_and_leave), 0);
	assert_int_equal(poll(&wait, 1, enc_paced_ms(DEADLINE_MS)), 1);
	assert_int_equal(recvfrom(dns, &byte, 1, 0, (struct sockaddr *)&from,
				  &length),
			 1);
	assert_int_equal(sendto(dns, &byte, 1, 0,
				(const struct sockaddr *)&from, length),
			 1);
	/* The port unreachable is back before sendto() is; it is an event. */
	sum = sum_up(session);
	assert_int_equal(sum.other, 0);
	assert_int_equal(sum.totals.dns, 1);
	enc_net_session_free(session);
}

static int connect_and_forget(void)
{
	for (int i = 0; i < FLOOD; i++) {
		int fd = begin_connect((uint16_t)(1000 + i));

		if (fd < 0 && fd != -ECONNREFUSED) {
			return 2;
		}
		enc_fd_close(&fd);
	}
	/* Nobody remembers this one, so nobody lets it hope. */
	return connect_to("192.0.2.1", 80, SOCK_STREAM) == -ECONNREFUSED ? 0
									 : 1;
}

/* More connects than can be told apart: all are in the sum. */
static void test_more_connects_than_room(void **state)
{
	struct enc_net_session *session = open_session();
	struct sum sum;

	(void)state;
	assert_int_equal(in_session(session, connect_and_forget), 0);
	sum = read_counters(session);
	assert_false(sum.totals.named);
	assert_int_equal(sum.destinations, ENC_NET_SET_ELEMENTS);
	assert_int_equal(sum.totals.tcp, FLOOD + 1);
	enc_net_session_free(session);
}

static int flood_datagrams(uint16_t (*port)(int))
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = { .sin_family = AF_INET };

	(void)inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
	for (int i = 0; i < FLOOD; i++) {
		to.sin_port = htons(port(i));
		if (sendto(fd, "x", 1, 0, (const struct sockaddr *)&to,
			   sizeof(to)) != 1) {
			return 1;
		}
	}
	return 0;
}

static uint16_t any_port(int i)
{
	return (uint16_t)(1000 + i);
}

static uint16_t dns_port(int i)
{
	(void)i;
	return 53;
}

static int scan_datagrams(void)
{
	return flood_datagrams(any_port);
}

static int flood_questions(void)
{
	return flood_datagrams(dns_port);
}

static void test_more_datagrams_than_room(void **state)
{
	struct enc_net_session *session = open_session();
	struct sum sum;

	(void)state;
	assert_int_equal(in_session(session, scan_datagrams), 0);
	sum = read_counters(session);
	assert_false(sum.totals.named);
	assert_int_equal(sum.udp, ENC_NET_SET_ELEMENTS);
	assert_int_equal(sum.totals.udp, FLOOD);
	enc_net_session_free(session);
}

/* Questions count too, though nobody reads them. */
static void test_unread_questions_count(void **state)
{
	struct enc_net_session *session = open_session();
	struct sum sum;

	(void)state;
	assert_int_equal(in_session(session, flood_questions), 0);
	sum = sum_up(session);
	assert_int_equal(sum.destinations, 0);
	assert_int_equal(sum.totals.dns, FLOOD);
	enc_net_session_free(session);
}

/* from_elsewhere() - a bound socket whose source isn't the session's */
static int from_elsewhere(int type)
{
	struct sockaddr_in6 from = { .sin6_family = AF_INET6 };
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	(void)inet_pton(AF_INET6, "2001:db8::9", &from.sin6_addr);
	/* Anybody may do that, and IPv6 then sends. */
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&from, sizeof(from)) < 0) {
		enc_fd_close(&fd);
	}
	return fd;
}

static int forge_source(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(53) };
	int64_t deadline_ms = enc_clock_mono_ms() + enc_paced_ms(DEADLINE_MS);
	int tcp = from_elsewhere(SOCK_STREAM);
	int udp = from_elsewhere(SOCK_DGRAM);

	(void)inet_pton(AF_INET6, "2001:4860:4860::8888", &to.sin6_addr);
	if (sendto(udp, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to)) !=
	    1) {
		return 1;
	}
	if (connect(tcp, (const struct sockaddr *)&to, sizeof(to)) == 0 ||
	    errno != EINPROGRESS) {
		return 2;
	}
	while (repeats(tcp) < 1) {
		if (enc_clock_mono_ms() > deadline_ms) {
			return 3;
		}
		(void)poll(NULL, 0, 10);
	}
	return 0;
}

/* A source of one's own making gets no answer, and counts once. */
static void test_forged_source(void **state)
{
	struct enc_net_session *session = open_session();
	struct pollfd wait = { .fd = enc_net_session_socket(session,
							    ENC_NET_TCP6),
			       .events = POLLIN };
	struct sum sum;

	(void)state;
	assert_int_equal(in_session(session, forge_source), 0);
	assert_int_equal(poll(&wait, 1, 0), 0);
	wait.fd = enc_net_session_socket(session, ENC_NET_DNS6);
	assert_int_equal(poll(&wait, 1, 0), 0);
	sum = sum_up(session);
	assert_int_equal(sum.tcp, 1);
	assert_int_equal(sum.udp, 1);
	assert_int_equal(sum.totals.dns, 0);
	enc_net_session_free(session);
}

static int connect_refused(void)
{
	int fd = connect_to("192.0.2.1", 80, SOCK_STREAM);

	return fd == -ECONNREFUSED ? 0 : 1;
}

/* A gate that is gone refuses; the attempt still counts. */
static void test_a_dead_gate_refuses(void **state)
{
	struct enc_net_session *session = open_session();

	(void)state;
	enc_net_session_close_sockets(session);
	assert_int_equal(in_session(session, connect_refused), 0);
	assert_int_equal(sum_up(session).tcp, 1);
	enc_net_session_free(session);
}

static int ping(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	struct sockaddr_in to = { .sin_family = AF_INET };
	static const uint8_t echo[8] = { 8, 0, 0xf7, 0xff };
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	(void)inet_pton(AF_INET, "192.0.2.3", &to.sin_addr);
	if (sendto(fd, echo, sizeof(echo), 0, (const struct sockaddr *)&to,
		   sizeof(to)) != sizeof(echo)) {
		return 1;
	}
	return poll(&wait, 1, 100) == 0 ? 0 : 2;
}

/* ICMP isn't answered by the gate's kernel, and counts. */
static void test_icmp(void **state)
{
	struct enc_net_session *session = open_session();

	(void)state;
	assert_int_equal(in_session(session, ping), 0);
	assert_true(sum_up(session).other >= 1);
	enc_net_session_free(session);
}

/* Made and freed again and again, nothing is left. */
static void test_nothing_is_left(void **state)
{
	int before = dup(0);
	int after;
	int64_t begun_us = enc_clock_mono_us();

	(void)state;
	enc_fd_close(&before);
	before = dup(0);
	for (int i = 0; i < 50; i++) {
		enc_net_session_free(open_session());
	}
	print_message("%lld us each\n",
		      (long long)(enc_clock_mono_us() - begun_us) / 50);
	after = dup(0);
	assert_int_equal(after, before + 1);
	enc_fd_close(&before);
	enc_fd_close(&after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connects_arrive),
		cmocka_unit_test(test_datagrams_arrive),
		cmocka_unit_test(test_dns_is_answered_from_where_it_was_asked),
		cmocka_unit_test(test_counters_without_a_gate),
		cmocka_unit_test(test_repeats_count_once),
		cmocka_unit_test(test_kernel_chatter),
		cmocka_unit_test(test_more_connects_than_room),
		cmocka_unit_test(test_more_datagrams_than_room),
		cmocka_unit_test(test_unread_questions_count),
		cmocka_unit_test(test_forged_source),
		cmocka_unit_test(test_a_dead_gate_refuses),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_nothing_is_left),
	};

	if (geteuid() != 0) {
		print_message("needs root\n");
		return SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
