/*
 * Theory of operation
 *
 * How many sockets a session may have. What they hold is the host's memory
 * wherever its groups don't charge it (docs/design/kernel-memory.md), so their
 * number is what bounds it.
 *
 * The kernel counts the sockets of a namespace, those that nobody accepted and
 * those that nobody holds any more too. A call that would make another one
 * waits until the gate agrees; the gate agrees while fewer are there than may
 * be. Between the gate's word and the kernel's count a call is under way: a
 * grant. It belongs to a thread, and is over when that thread asks again or is
 * gone. Sockets that are there and grants together never pass the limit, in
 * whatever order threads come to run.
 *
 * The count isn't read for every call: what was counted last, and a socket for
 * each grant that is over since, is never too little. Sockets that aren't asked
 * for (AF_UNIX) are the session's memory; they may be missed until the next
 * look.
 *
 * A socket that was closed may be there for a while: the kernel frees some
 * after all processors have passed by. So a call that there is no room for
 * waits for a moment before it is refused.
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
	SWEEP_MS = 10, /* between looks for threads that are gone */
	WAIT_MS = 200, /* for room */
	WAITING_MAX = 512,
};

/* A call that waits for room. */
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
	uint64_t counted; /* and what may have come since */
	int64_t swept_ms;
	size_t grant_count;
	uint32_t grants[ENC_SOCKETS_MAX]; /* threads */
	size_t waiting_count;
	struct waiting waiting[WAITING_MAX]; /* the oldest first */
};

struct enc_sockets *enc_sockets_new(int count_fd)
{
	struct enc_sockets *sockets = enc_xalloc(sizeof(*sockets));

	sockets->count_fd = count_fd;
	sockets->large_max = ENC_SOCKETS_LARGE_MAX;
	sockets->counted = ENC_SOCKETS_MAX; /* look first */
	return sockets;
}

void enc_sockets_limit(struct enc_sockets *sockets, uint64_t large_max)
{
	sockets->large_max =
		(size_t)ENC_MIN(large_max, (uint64_t)ENC_SOCKETS_LARGE_MAX);
}

/* count_again() - a count that can't be read is as good as a full one */
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

/* end_grant() - its socket is there, as far as the gate knows */
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

/* sweep() - threads that are gone make nothing any more */
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

/* is_large() - its buffer is as large as the host's default, and unpaid */
static bool is_large(uint64_t family)
{
	return family == AF_NETLINK;
}

/* grant() - if there is room, as far as is known */
static bool grant(struct enc_sockets *sockets, uint32_t thread, size_t most)
{
	if (sockets->counted + sockets->grant_count >= most) {
		return false;
	}
	/* 0: not a thread of this pid namespace; then it is never over. */
	sockets->grants[sockets->grant_count++] = thread;
	return true;
}

/* look_again() - the count last: a grant that is over is in it */
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
		look_again(sockets); /* later ones wait for the next turn */
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
