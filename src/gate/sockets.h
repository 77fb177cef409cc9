#ifndef ENC_GATE_SOCKETS_H
#define ENC_GATE_SOCKETS_H

/*
 * Limits the number of sockets of a session. The gate decides about each new
 * AF_INET, AF_INET6 and AF_NETLINK socket, and about each connect(), which
 * makes a socket at the other end. Every socket of the network namespace
 * counts, AF_UNIX too.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "def.h"

enum {
	ENC_SOCKETS_MAX = 512,
	/*
	 * A netlink socket is allowed only below this number of sockets. It may
	 * hold net.core.rmem_default bytes, by default 208 KiB.
	 */
	ENC_SOCKETS_LARGE_MAX = 128,
};

struct enc_sockets;

/*
 * enc_sockets_new() - make a counter
 * @count_fd: /proc/net/sockstat of the session; borrowed
 */
struct enc_sockets *enc_sockets_new(int count_fd);

/*
 * enc_sockets_limit() - lower the limit for netlink sockets below
 * ENC_SOCKETS_LARGE_MAX
 */
void enc_sockets_limit(struct enc_sockets *sockets, uint64_t large_max);

/*
 * A system call that waits for the gate, from its seccomp notification. All
 * values are registers, which only a tracer could change.
 */
struct enc_sockets_call {
	uint64_t id;	 /* id of the seccomp notification */
	uint32_t thread; /* thread id in the gate's pid namespace */
	bool connects;	 /* true: connect(2); false: socket(2) of `family` */
	uint64_t family;
};

enum enc_sockets_word {
	ENC_SOCKETS_YES,
	ENC_SOCKETS_NO,	   /* refuse the call: too many calls wait */
	ENC_SOCKETS_LATER, /* the call waits until enc_sockets_turn() answers */
};

/* enc_sockets_ask() - decide whether a call may continue */
ENC_NODISCARD enum enc_sockets_word
enc_sockets_ask(struct enc_sockets *sockets,
		const struct enc_sockets_call *call);

/*
 * enc_sockets_answer_fn - answer a call. @error: 0: it may continue; else a
 * negative errno for the program
 */
typedef void enc_sockets_answer_fn(void *context, uint64_t id, int error);

/*
 * enc_sockets_turn() - answer waiting calls: those for which there is room now,
 * and those that have waited long enough. Call it every few milliseconds while
 * calls wait.
 */
void enc_sockets_turn(struct enc_sockets *sockets,
		      enc_sockets_answer_fn *answer, void *context);

bool enc_sockets_waiting(const struct enc_sockets *sockets);

#endif
