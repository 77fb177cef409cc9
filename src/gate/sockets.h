#ifndef ENC_GATE_SOCKETS_H
#define ENC_GATE_SOCKETS_H

/*
 * The number of sockets that a session may have: AF_INET, AF_INET6 and
 * AF_NETLINK are asked for, and every connect(), which makes one at the far
 * end; all that the kernel counts in the namespace count, AF_UNIX too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "def.h"

enum {
	ENC_SOCKETS_MAX = 512,
	/*
	 * Netlink sockets are made only below this. What one holds is as much
	 * as net.core.rmem_default, by default 208 KiB.
	 */
	ENC_SOCKETS_LARGE_MAX = 128,
};

struct enc_sockets;

/* enc_sockets_new() - @count_fd: /proc/net/sockstat of the session, borrowed */
struct enc_sockets *enc_sockets_new(int count_fd);

/* enc_sockets_limit() - fewer large ones than ENC_SOCKETS_LARGE_MAX */
void enc_sockets_limit(struct enc_sockets *sockets, uint64_t large_max);

/* What a notification says. Registers, which a tracer alone could change. */
struct enc_sockets_call {
	uint64_t id;	 /* the notification's */
	uint32_t thread; /* as the gate sees it */
	bool connects;	 /* connect(2); else socket(2), of */
	uint64_t family;
};

enum enc_sockets_word {
	ENC_SOCKETS_YES,
	ENC_SOCKETS_NO,	   /* too many wait */
	ENC_SOCKETS_LATER, /* the answer comes at a turn */
};

/* enc_sockets_ask() - may it go on? */
ENC_NODISCARD enum enc_sockets_word
enc_sockets_ask(struct enc_sockets *sockets,
		const struct enc_sockets_call *call);

/* enc_sockets_answer_fn - 0: it may; or a negative errno for its caller */
typedef void enc_sockets_answer_fn(void *context, uint64_t id, int error);

/*
 * enc_sockets_turn() - every few milliseconds while calls are waiting: those
 * that there is room for now, and those that have waited long enough
 */
void enc_sockets_turn(struct enc_sockets *sockets,
		      enc_sockets_answer_fn *answer, void *context);

bool enc_sockets_waiting(const struct enc_sockets *sockets);

#endif
