#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../lib/paced.h"
#include "address.h"
#include "clock.h"
#include "fd.h"
#include "host_net.h"

const char *const host_net_outside[OUTSIDE] = {
	ALLOWED4,  ALLOWED6, DENIED4, DENIED6,	     INTERNAL4,
	INTERNAL6, SERVER4,  SERVER6, SERVER_PUBLIC,
};

static int told[2];	 /* what servers tell the parent */
static pid_t servers[2]; /* outside and host */

int host_net_run(const char *command)
{
	int status = system(command);

	return status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* ---- servers: both families by one socket ---- */

static int serve_on(int type, uint16_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
				    .sin6_port = htons(port) };
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	int off = 0;
	int on = 1;

	if (fd < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) <
		    0 ||
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, 64) < 0)) {
		_exit(1);
	}
	return fd;
}

static void answer_tcp(int listener, bool until_end)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	char bytes[4096];

	if (until_end) {
		ssize_t got = 1;

		while (got > 0) {
			got = read(fd, bytes, sizeof(bytes));
		}
		ENC_IGNORE(write(told[1], got == 0 ? "e" : "r", 1));
	} else {
		ENC_IGNORE(write(fd, "h", 1));
	}
	enc_fd_close(&fd);
}

/* answer_udp() - from the address that was asked */
static void answer_udp(int fd)
{
	char byte;
	char control[256];
	struct sockaddr_in6 from;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_name = &from,
				  .msg_namelen = sizeof(from),
				  .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header;

	if (recvmsg(fd, &message, 0) < 0) {
		return;
	}
	header = CMSG_FIRSTHDR(&message);
	if (header != NULL) {
		((struct in6_pktinfo *)(void *)CMSG_DATA(header))
			->ipi6_ifindex = 0;
	}
	ENC_IGNORE(sendmsg(fd, &message, 0));
}

static _Noreturn void serve(void)
{
	static const uint16_t ports[] = { HTTP, DNS, NEAR_DNS, UNTIL_END };
	struct pollfd fds[2 * ENC_COUNT(ports)];

	for (size_t i = 0; i < ENC_COUNT(fds); i++) {
		fds[i].fd = serve_on(i % 2 == 0 ? SOCK_STREAM : SOCK_DGRAM,
				     ports[i / 2]);
		fds[i].events = POLLIN;
	}
	if (write(told[1], "!", 1) != 1) {
		_exit(2);
	}
	while (poll(fds, ENC_COUNT(fds), -1) > 0) {
		for (size_t i = 0; i < ENC_COUNT(fds); i++) {
			if ((fds[i].revents & POLLIN) == 0) {
				continue;
			}
			if (i % 2 == 0) {
				answer_tcp(fds[i].fd,
					   ports[i / 2] == UNTIL_END);
			} else {
				answer_udp(fds[i].fd);
			}
		}
	}
	_exit(3);
}

char host_net_hear(void)
{
	struct pollfd wait = { .fd = told[0], .events = POLLIN };
	char byte = 0;

	return poll(&wait, 1, enc_paced_ms(DEADLINE_MS)) == 1 &&
			       read(told[0], &byte, 1) == 1
		       ? byte
		       : '\0';
}

/* begin_outside() - a child in its own namespace, as yet without a link */
static void begin_outside(int begin)
{
	char command[128];
	char byte;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || unshare(CLONE_NEWNET) < 0 ||
	    write(told[1], "!", 1) != 1 || read(begin, &byte, 1) != 1 ||
	    host_net_run(
		    "ip link set lo up && ip addr add 203.0.113.2/24 dev far0 && "
		    "ip addr add 2001:db8:1::2/64 dev far0 nodad && "
		    "ip link set far0 up") != 0) {
		_exit(4);
	}
	for (size_t i = 0; i < OUTSIDE; i++) {
		(void)snprintf(command, sizeof(command),
			       "ip addr add %s/%d dev lo", host_net_outside[i],
			       strchr(host_net_outside[i], ':') == NULL ? 32
									: 128);
		if (host_net_run(command) != 0) {
			_exit(5);
		}
	}
	serve();
}

int host_net_set_up(void **state)
{
	char command[128];
	int begin[2];

	(void)state;
	if (pipe(told) < 0 || pipe(begin) < 0 || unshare(CLONE_NEWNET) < 0) {
		return -1;
	}
	servers[0] = fork();
	if (servers[0] == 0) {
		begin_outside(begin[0]);
	}
	(void)snprintf(command, sizeof(command),
		       "ip link add host0 type veth peer name far0 netns %d",
		       (int)servers[0]);
	if (host_net_hear() != '!' || host_net_run(command) != 0 ||
	    host_net_run("ip link set lo up && ip addr add " OWN4
			 "/24 dev host0 && "
			 "ip addr add " OWN6 "/64 dev host0 nodad && "
			 "ip link set host0 up && "
			 "ip route add default via 203.0.113.2 && "
			 "ip -6 route add default via 2001:db8:1::2 && "
			 "ip rule add to " OWN_ELSEWHERE " lookup 100 && "
			 "ip route add local " OWN_ELSEWHERE " dev lo src " OWN4
			 " table 100") != 0 ||
	    write(begin[1], "!", 1) != 1 || host_net_hear() != '!') {
		return -1;
	}
	servers[1] = fork();
	if (servers[1] == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve();
	}
	return host_net_hear() == '!' ? 0 : -1;
}

int host_net_tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(servers); i++) {
		(void)kill(servers[i], SIGKILL);
		(void)waitpid(servers[i], NULL, 0);
	}
	return 0;
}

/* ---- gates ---- */

int host_net_socket(uid_t uid, int family, int type)
{
	struct timeval limit = {
		.tv_sec = enc_paced_ms(DEADLINE_MS) / 1000,
	};
	int on = 1;
	int fd;

	ENC_IGNORE(setfsuid(uid));
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	ENC_IGNORE(setfsuid(0));
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on,
				    sizeof(on)),
			 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
				    sizeof(limit)),
			 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
				    sizeof(limit)),
			 0);
	return fd;
}

int host_net_connect(int fd, int family, const char *text, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	bool is_v4 = inet_pton(AF_INET, text, &v4.sin_addr) == 1;

	if (is_v4) {
		enc_address_map(&v4.sin_addr, v6.sin6_addr.s6_addr);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	}
	return connect(fd,
		       family == AF_INET ? (const void *)&v4
					 : (const void *)&v6,
		       family == AF_INET ? sizeof(v4) : sizeof(v6)) < 0
		       ? -errno
		       : 0;
}

int reach_by(uid_t uid, int family, int type, const char *text, uint16_t port)
{
	int fd = host_net_socket(uid, family, type);
	int r = host_net_connect(fd, family, text, port);
	char byte;

	if (r == 0 && type == SOCK_DGRAM && send(fd, "?", 1, 0) < 0) {
		r = -errno;
	}
	if (r == 0 && recv(fd, &byte, 1, 0) != 1) {
		r = -errno;
	}
	enc_fd_close(&fd);
	return r;
}

/* family_of() - the family of a socket that isn't for mapped addresses */
static int family_of(const char *text)
{
	return strchr(text, ':') == NULL ? AF_INET : AF_INET6;
}

int reach(uid_t uid, int type, const char *text, uint16_t port)
{
	return reach_by(uid, family_of(text), type, text, port);
}

void expect_refused(uid_t uid, const char *text, uint16_t port)
{
	int64_t begun_ms = enc_clock_mono_ms();

	assert_int_equal(reach(uid, SOCK_STREAM, text, port), -ECONNREFUSED);
	assert_int_equal(reach(uid, SOCK_DGRAM, text, port), -EPERM);
	assert_true(enc_clock_mono_ms() - begun_ms <
		    enc_paced_ms(DEADLINE_MS) / 2);
}

void expect_reached(uid_t uid, const char *text, uint16_t port)
{
	assert_int_equal(reach(uid, SOCK_STREAM, text, port), 0);
	assert_int_equal(reach(uid, SOCK_DGRAM, text, port), 0);
}
