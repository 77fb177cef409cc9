#ifndef ENC_OS_NET_PAIR_H
#define ENC_OS_NET_PAIR_H

/*
 * A network namespace of one thread, connected with the namespace that the
 * thread came from. It is for a server that mustn't be reachable as this
 * machine:
 *
 *	old namespace                       the thread's
 *	NAME, host address  ---- veth ----  up0, own address
 *
 * Nothing is forwarded: each end reaches only the other one. The namespace has
 * no name, and ends with its last thread and socket; the link ends with it. So
 * a process that is killed leaves nothing behind.
 */

#include <netinet/in.h>

#include "def.h"

struct enc_net_pair {
	const char *name; /* of the host's end; at most 15 characters */
	struct in_addr host;
	struct in_addr own; /* of the same /30 as @host */
};

/**
 * enc_net_pair_enter() - move the calling thread to a new network namespace
 * @ret_step: on failure: the step that failed, static
 *
 * Needs CAP_SYS_ADMIN and CAP_NET_ADMIN. Other threads stay where they are. On
 * failure the thread may be in the new namespace, and should end.
 *
 * Return: 0; -EEXIST if the name is taken; another negative errno
 */
ENC_NODISCARD int enc_net_pair_enter(const struct enc_net_pair *pair,
				     const char **ret_step);

/*
 * enc_net_pair_cut() - remove the link, of the thread that has entered. The
 * host's end is gone when this returns. Without it the kernel removes the link
 * some time after the namespace's end.
 */
void enc_net_pair_cut(void);

#endif
