/*
 * A taken-over enclave-api that fills the launcher's queue of reports to its
 * last place, so that the next report, which the launcher makes while it looks
 * at its sandboxes, ends the channel (T7). FILL is that number of reports.
 *
 * Sandbox 1 is destroyed while its cgroup can't be removed: the test sees to
 * that. The others have ended, and were never destroyed: the end of the channel
 * frees them.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_fd.h"
#include "launch.h"

enum {
	CHANNEL = ENC_API_FD_CHANNEL,
	FIRST = 1,
	LAST = 7,
	NOBODY = 100000,
	WAIT_MS = 30000
};

static void die(const char *what)
{
	(void)fprintf(stderr, "fill: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void ask(const void *message, size_t length)
{
	struct pollfd wait = { .fd = CHANNEL, .events = POLLOUT };
	struct iovec part = { (void *)(uintptr_t)message, length };
	const struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };

	/* As enclave-api does: its filter lets no other way through. */
	while (sendmsg(CHANNEL, &head, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno != EAGAIN || poll(&wait, 1, WAIT_MS) <= 0) {
			die("send");
		}
	}
}

static void ask_tagged(uint32_t opcode, uint64_t tag)
{
	const struct enc_launch_tagged message = { .opcode = opcode,
						   .tag = tag };

	ask(&message, sizeof(message));
}

/* await() - read until that report comes; of HOST the tag is none */
static void await(uint32_t opcode, uint64_t tag)
{
	union enc_launch_message message;
	struct pollfd wait = { .fd = CHANNEL, .events = POLLIN };

	for (;;) {
		char control[CMSG_SPACE(sizeof(int))];
		struct iovec part = { &message, sizeof(message) };
		struct msghdr head = { .msg_iov = &part,
				       .msg_iovlen = 1,
				       .msg_control = control,
				       .msg_controllen = sizeof(control) };

		if (poll(&wait, 1, WAIT_MS) <= 0 ||
		    recvmsg(CHANNEL, &head, MSG_DONTWAIT) <= 0) {
			die("no report");
		}
		if (message.opcode == ENC_LAUNCH_FAILED) {
			die("a sandbox failed");
		}
		if (message.opcode == opcode &&
		    (opcode == ENC_LAUNCH_HOST || message.tagged.tag == tag)) {
			return;
		}
	}
}

static void create(uint64_t tag)
{
	const struct enc_launch_create message = {
		.opcode = ENC_LAUNCH_CREATE,
		.tag = tag,
		.language = ENC_LANGUAGE_COMMAND,
		.limits = enc_limits_usual(),
	};

	ask(&message, sizeof(message));
	await(ENC_LAUNCH_CREATED, tag);
}

static volatile sig_atomic_t noted;

static void note(int number)
{
	(void)number;
	noted = 1;
}

int main(void)
{
	/* The test waits for the server to be ready. */
	if (write(ENC_API_FD_READY, "r", 1) != 1) {
		die("ready");
	}
	await(ENC_LAUNCH_HOST, 0);
	create(FIRST);
	(void)signal(SIGUSR1, note);
	(void)fprintf(stderr, "fill: first\n");
	while (!noted) {
		(void)poll(NULL, 0, WAIT_MS); /* the test holds its cgroup */
	}
	for (uint64_t tag = FIRST + 1; tag <= LAST; tag++) {
		create(tag);
	}
	for (uint64_t tag = FIRST + 1; tag <= LAST; tag++) {
		ask_tagged(ENC_LAUNCH_KILL, tag);
		await(ENC_LAUNCH_ENDED, tag);
	}
	ask_tagged(ENC_LAUNCH_DESTROY, FIRST);
	await(ENC_LAUNCH_ENDED, FIRST);
	/* An unknown tag is answered by GONE, and nobody reads. */
	for (uint64_t i = 0; i < FILL; i++) {
		ask_tagged(ENC_LAUNCH_DESTROY, NOBODY + i);
	}
	(void)fprintf(stderr, "fill: full\n");
	for (;;) {
		(void)poll(NULL, 0, WAIT_MS);
	}
}
