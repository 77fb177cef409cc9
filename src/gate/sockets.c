/*
 * Theory of operation
 *
 * Limits the number of a session's sockets. Not every cgroup charges the memory
 * of sockets (docs/design/kernel-memory.md), so the number bounds it.
 *
 * The kernel counts the sockets of a network namespace. It includes sockets
 * that nobody has accepted and sockets that no process holds any more. A system
 * call that would make a socket waits for the gate. The gate allows the call
 * while there are fewer sockets than the limit. An allowed call which the
 * kernel may not have counted yet is a grant. A grant belongs to a thread, and
 * is over when the thread asks again or has ended. The sum of counted sockets
 * and grants never exceeds the limit, in whatever order threads run.
 *
 * The count isn't read for every call. The last count, plus one socket for each
 * grant that has ended since, is never too low. AF_UNIX sockets need no grant
 * and are charged to the session's memory; new ones may be missing until the
 * next count.
 *
 * A closed socket may still be counted for a while, since the kernel frees some
 * only after an RCU grace period. So a call without room waits for a moment
 * before it is refused.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "gate_order.h"
#include "sockets.h"

enum {
	TEXT_BYTES = 256,
	SWEEP_MS = 10, /* pause between checks for ended threads */
	WAIT_MS = 200, /* how long a call waits for room */
	WAITING_MAX = 512,
};

/* A system call that waits for room. */
struct waiting {
	uint64_t id;
	uint32_t thread;
	size_t most;
	int error;
	int64_t until_ms;
};

struct enc_sockets {
	int count_fd;
	size_t large_max;
	uint64_t counted; /* last count, plus grants that ended since */
	int64_t swept_ms;
	size_t grant_count;
	/* Ids of the threads that have a grant. */
	uint32_t grants[ENC_SOCKETS_MAX];
	size_t waiting_count;
	/* Calls that wait, the oldest first. */
	struct waiting waiting[WAITING_MAX];
};

struct enc_sockets *enc_sockets_new(int count_fd)
{
	struct enc_sockets *sockets = enc_xalloc(sizeof(*sockets));

	sockets->count_fd = count_fd;
	sockets->large_max = ENC_SOCKETS_LARGE_MAX;
	/*
	 * Start as if no room were left, so that the first call reads the
	 * count.
	 */
	sockets->counted = ENC_SOCKETS_MAX;
	return sockets;
}

void enc_sockets_limit(struct enc_sockets *sockets, uint64_t large_max)
{
	sockets->large_max =
		(size_t)ENC_MIN(large_max, (uint64_t)ENC_SOCKETS_LARGE_MAX);
}

/* count_again() - read the kernel's count; if that fails, no room is left */
static void count_again(struct enc_sockets *sockets)
{
	static const char label[] = "sockets: used ";
	char text[TEXT_BYTES];
	ssize_t length = pread(sockets->count_fd, text, sizeof(text) - 1, 0);

	sockets->counted = ENC_SOCKETS_MAX;
	if (length > 0) {
		text[length] = '\0';
		if (strncmp(text, label, strlen(label)) == 0) {
			sockets->counted =
				strtoull(text + strlen(label), NULL, 10);
		}
	}
}

/* end_grant() - end a grant; its socket is assumed to exist */
static void end_grant(struct enc_sockets *sockets, size_t index)
{
	sockets->grants[index] = sockets->grants[--sockets->grant_count];
	sockets->counted++;
}

static void end_grant_of(struct enc_sockets *sockets, uint32_t thread)
{
	for (size_t i = 0; i < sockets->grant_count; i++) {
		if (sockets->grants[i] == thread) {
			end_grant(sockets, i);
			return;
		}
	}
}

/* sweep() - end the grants of threads that have ended */
static void sweep(struct enc_sockets *sockets)
{
	int64_t now_ms = enc_clock_mono_ms();

	if (now_ms - sockets->swept_ms < SWEEP_MS) {
		return;
	}
	sockets->swept_ms = now_ms;
	for (size_t i = 0; i < sockets->grant_count;) {
		if (kill((pid_t)sockets->grants[i], 0) < 0 && errno == ESRCH) {
			end_grant(sockets, i);
		} else {
			i++;
		}
	}
}

/*
 * is_large() - whether the session doesn't pay for the socket's buffer, which
 * is as large as the host's default
 */
static bool is_large(uint64_t family)
{
	return family == AF_NETLINK;
}

/* grant() - allow a call if there is room */
static bool grant(struct enc_sockets *sockets, uint32_t thread, size_t most)
{
	if (sockets->counted + sockets->grant_count >= most) {
		return false;
	}
	/*
	 * Thread id 0 is a thread of another pid namespace. Its grant never
	 * ends.
	 */
	sockets->grants[sockets->grant_count++] = thread;
	return true;
}

/*
 * look_again() - end old grants, then read the count. In this order the count
 * has the sockets of the grants.
 */
static void look_again(struct enc_sockets *sockets)
{
	sweep(sockets);
	count_again(sockets);
}

enum enc_sockets_word enc_sockets_ask(struct enc_sockets *sockets,
				      const struct enc_sockets_call *call)
{
	struct waiting one = {
		.id = call->id,
		.thread = call->thread,
		.most = ENC_SOCKETS_MAX,
		.error = call->connects ? -ENOBUFS : -ENFILE,
	};

	if (!call->connects && is_large(call->family)) {
		one.most = sockets->large_max;
	}
	end_grant_of(sockets, call->thread);
	if (grant(sockets, one.thread, one.most)) {
		return ENC_SOCKETS_YES;
	}
	if (sockets->waiting_count == 0) {
		look_again(sockets); /* later calls wait for the next turn */
		if (grant(sockets, one.thread, one.most)) {
			return ENC_SOCKETS_YES;
		}
	}
	if (sockets->waiting_count == WAITING_MAX) {
		return ENC_SOCKETS_NO;
	}
	one.until_ms = enc_clock_mono_ms() + WAIT_MS;
	sockets->waiting[sockets->waiting_count++] = one;
	return ENC_SOCKETS_LATER;
}

void enc_sockets_turn(struct enc_sockets *sockets,
		      enc_sockets_answer_fn *answer, void *context)
{
	int64_t now_ms = enc_clock_mono_ms();
	size_t kept = 0;

	look_again(sockets);
	for (size_t i = 0; i < sockets->waiting_count; i++) {
		const struct waiting *one = &sockets->waiting[i];

		if (grant(sockets, one->thread, one->most)) {
			answer(context, one->id, 0);
		} else if (one->until_ms <= now_ms) {
			answer(context, one->id, one->error);
		} else {
			sockets->waiting[kept++] = *one;
		}
	}
	sockets->waiting_count = kept;
}

bool enc_sockets_waiting(const struct enc_sockets *sockets)
{
	return sockets->waiting_count > 0;
}
