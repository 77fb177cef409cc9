/*
 * Makes a live gate do what somebody would who had taken it over: any system
 * call, with any argument, from the gate's own process. The test needs nothing
 * of the gate's code for that.
 *
 *	gate_puppet PID ACT...
 *
 *	socket          asks the launcher for a TCP socket, and waits for it
 *	flood           asks for sockets until it isn't heard, and takes none;
 *	                prints how many
 *	connect HOST PORT   connects the socket that it got last
 *	bind, listen    calls that its filter doesn't have: they end the gate
 *	say HEX         sends bytes to enclave-api, as the gate sends frames
 *
 * Prints a line for each act: its result, an errno's name or "killed".
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate_order.h"

enum {
	SYSCALL_BYTES = 2,
	ROOM_BYTES = 4096,
	TRIES = 6000,
	PAUSE_MS = 10,
	FLOOD_PAUSES = 3000
};

static pid_t gate;
static struct user_regs_struct quiet; /* in epoll_wait, with nothing to do */
static unsigned long long room;	      /* memory of ours in the gate */
static long long held = -1;	      /* the socket that came last */

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

static void stop_in_wait(void)
{
	int status;

	for (;;) {
		if (ptrace(PTRACE_INTERRUPT, gate, NULL, NULL) < 0 ||
		    waitpid(gate, &status, __WALL) != gate ||
		    ptrace(PTRACE_GETREGS, gate, NULL, &quiet) < 0) {
			die("stop");
		}
		if (quiet.orig_rax == SYS_epoll_wait ||
		    quiet.orig_rax == SYS_epoll_pwait) {
			return;
		}
		(void)ptrace(PTRACE_CONT, gate, NULL, NULL);
		(void)poll(NULL, 0, 1);
	}
}

static _Noreturn void killed(void)
{
	puts("killed");
	exit(0);
}

static void go_on(void)
{
	(void)ptrace(PTRACE_SETREGS, gate, NULL, &quiet);
	(void)ptrace(PTRACE_CONT, gate, NULL, NULL);
}

static long long call(long number, unsigned long long a, unsigned long long b,
		      unsigned long long c, unsigned long long d,
		      unsigned long long e)
{
	struct user_regs_struct registers = quiet;
	int status;

	registers.rip -= SYSCALL_BYTES;
	registers.rax = (unsigned long long)number;
	registers.orig_rax = ~0ULL; /* nothing to restart */
	registers.rdi = a;
	registers.rsi = b;
	registers.rdx = c;
	registers.r10 = d;
	registers.r8 = e;
	registers.r9 = 0;
	if (ptrace(PTRACE_SETREGS, gate, NULL, &registers) < 0 ||
	    ptrace(PTRACE_SINGLESTEP, gate, NULL, NULL) < 0 ||
	    waitpid(gate, &status, __WALL) != gate) {
		killed();
	}
	if (!WIFSTOPPED(status) ||
	    ptrace(PTRACE_GETREGS, gate, NULL, &registers) < 0) {
		killed();
	}
	return (long long)registers.rax;
}

static void put(unsigned long long at, const void *bytes, size_t length)
{
	struct iovec from = { (void *)(uintptr_t)bytes, length };
	struct iovec to = { (void *)(uintptr_t)at, length };

	if (process_vm_writev(gate, &from, 1, &to, 1, 0) < 0) {
		if (errno == ESRCH) {
			killed();
		}
		die("write");
	}
}

static void get(unsigned long long at, void *bytes, size_t length)
{
	struct iovec to = { bytes, length };
	struct iovec from = { (void *)(uintptr_t)at, length };

	if (process_vm_readv(gate, &to, 1, &from, 1, 0) < 0) {
		if (errno == ESRCH) {
			killed();
		}
		die("read");
	}
}

static void tell(long long result)
{
	if (result < 0) {
		puts(strerrorname_np((int)-result));
	} else {
		printf("%lld\n", result);
	}
}

/* The gate's memory: an order, a message with room for one descriptor. */
enum {
	ORDER_AT = 0,
	MESSAGE_AT = 512,
	PART_AT = 640,
	CONTROL_AT = 768,
	SAID_AT = 1024,
};

static void put_message(bool with_control)
{
	struct iovec part = { (void *)(uintptr_t)(room + ORDER_AT),
			      sizeof(struct enc_gate_order) };
	struct msghdr message = { .msg_iov =
					  (void *)(uintptr_t)(room + PART_AT),
				  .msg_iovlen = 1 };

	if (with_control) {
		message.msg_control = (void *)(uintptr_t)(room + CONTROL_AT);
		message.msg_controllen = CMSG_SPACE(sizeof(int));
	}
	put(room + PART_AT, &part, sizeof(part));
	put(room + MESSAGE_AT, &message, sizeof(message));
}

/* take() - look at the next order, or take it off the queue with its fd */
static long long take(int flags, struct enc_gate_order *ret_order)
{
	long long result;

	put_message(flags == 0);
	result = call(SYS_recvmsg, ENC_GATE_FD_ORDERS, room + MESSAGE_AT,
		      (unsigned long long)(MSG_DONTWAIT | flags), 0, 0);
	get(room + ORDER_AT, ret_order, sizeof(*ret_order));
	return result;
}

/* stop_when_told() - stop the gate when it has read what it was told so far */
static void stop_when_told(void)
{
	struct enc_gate_order order;
	long long at;

	if (ptrace(PTRACE_SEIZE, gate, NULL, NULL) < 0) {
		die("seize");
	}
	stop_in_wait();
	at = call(SYS_mmap, 0, ROOM_BYTES, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, ~0ULL);
	if (at < 0) {
		errno = (int)-at;
		die("mmap");
	}
	room = (unsigned long long)at;
	for (int i = 0; i < TRIES && take(MSG_PEEK, &order) > 0; i++) {
		go_on();
		(void)poll(NULL, 0, PAUSE_MS);
		stop_in_wait();
	}
}

static long long ask(void)
{
	struct enc_gate_order order = { .opcode = ENC_GATE_SOCKET,
					.protocol = IPPROTO_TCP };

	put(room + ORDER_AT, &order, sizeof(order));
	put_message(false);
	return call(SYS_sendmsg, ENC_GATE_FD_ORDERS, room + MESSAGE_AT,
		    MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
}

static void flood(void)
{
	long long result = 0;
	int heard = 0;

	for (int i = 0; i < FLOOD_PAUSES && (result >= 0 || result == -EAGAIN);
	     i++) {
		while ((result = ask()) >= 0) {
			heard++;
			i = 0;
		}
		(void)poll(NULL, 0, 1);
	}
	printf("%d\n", heard);
}

static void ask_for_socket(void)
{
	struct enc_gate_order order;
	long long result = ask();

	for (int i = 0; result >= 0 && i < TRIES; i++) {
		char control[CMSG_SPACE(sizeof(int))];
		int fd;

		result = take(MSG_PEEK, &order);
		if (result == -EAGAIN) {
			(void)poll(NULL, 0, PAUSE_MS);
			result = 0;
			continue;
		}
		/* The end is for the gate to read. */
		if (result <= 0 || order.opcode == ENC_GATE_FINISH) {
			puts("none");
			return;
		}
		(void)take(0, &order);
		if (order.opcode != ENC_GATE_SOCKET) {
			continue; /* this gate needs to know nothing more */
		}
		get(room + CONTROL_AT, control, sizeof(control));
		memcpy(&fd, control + CMSG_LEN(0), sizeof(fd));
		held = fd;
		puts("got one");
		return;
	}
	puts("no answer");
}

static void connect_it(const char *host, const char *port)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)atoi(port)) };
	char mapped[128];
	long long result;

	(void)snprintf(mapped, sizeof(mapped), "%s%s",
		       strchr(host, ':') != NULL ? "" : "::ffff:", host);
	if (inet_pton(AF_INET6, mapped, &to.sin6_addr) != 1) {
		die("address");
	}
	put(room + ORDER_AT, &to, sizeof(to));
	result = call(SYS_connect, (unsigned long long)held, room + ORDER_AT,
		      sizeof(to), 0, 0);
	for (int i = 0;
	     (result == -EINPROGRESS || result == -EALREADY) && i < TRIES;
	     i++) {
		(void)poll(NULL, 0, PAUSE_MS);
		result = call(SYS_connect, (unsigned long long)held,
			      room + ORDER_AT, sizeof(to), 0, 0);
	}
	tell(result == -EISCONN ? 0 : result);
}

/* say() - send bytes that are written as hex digits */
static void say(const char *hex)
{
	static unsigned char bytes[ROOM_BYTES - SAID_AT];
	struct iovec part = { (void *)(uintptr_t)(room + SAID_AT), 0 };
	struct msghdr message = { .msg_iov =
					  (void *)(uintptr_t)(room + PART_AT),
				  .msg_iovlen = 1 };

	for (; part.iov_len < sizeof(bytes) &&
	       sscanf(hex, "%2hhx", &bytes[part.iov_len]) == 1;
	     hex += 2) {
		part.iov_len++;
	}
	put(room + SAID_AT, bytes, sizeof(bytes));
	put(room + PART_AT, &part, sizeof(part));
	put(room + MESSAGE_AT, &message, sizeof(message));
	tell(call(SYS_sendmsg, ENC_GATE_FD_CONTROL, room + MESSAGE_AT,
		  MSG_NOSIGNAL, 0, 0));
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	gate = atoi(argv[1]);
	stop_when_told();
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "socket") == 0) {
			ask_for_socket();
		} else if (strcmp(argv[i], "flood") == 0) {
			flood();
		} else if (strcmp(argv[i], "connect") == 0 && i + 2 < argc) {
			connect_it(argv[i + 1], argv[i + 2]);
			i += 2;
		} else if (strcmp(argv[i], "say") == 0 && i + 1 < argc) {
			say(argv[++i]);
		} else if (strcmp(argv[i], "bind") == 0) {
			tell(call(SYS_bind, (unsigned long long)held, room, 28,
				  0, 0));
		} else if (strcmp(argv[i], "listen") == 0) {
			tell(call(SYS_listen, (unsigned long long)held, 1, 0, 0,
				  0));
		} else {
			return 2;
		}
	}
	(void)ptrace(PTRACE_SETREGS, gate, NULL, &quiet);
	(void)ptrace(PTRACE_DETACH, gate, NULL, NULL);
	return 0;
}
