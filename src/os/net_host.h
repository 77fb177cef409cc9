#ifndef ENC_OS_NET_HOST_H
#define ENC_OS_NET_HOST_H

/*
 * Theory of operation
 *
 * The kernel's check of what gates send: a table of nftables in the network
 * namespace of the caller, which is the host's. A gate judges an address before
 * it connects to it. This table judges each packet again, in case that a gate
 * was taken over. So a refusal shows a fault of Enclave, and is counted by uid.
 *
 * Each gate has an uid out of a block of this server. The sockets that it gets
 * for the outside are made under that fsuid, and the kernel finds the uid of
 * the maker at the socket wherever the socket is used. The first match decides:
 *
 * 1. a packet without a socket, or of another uid: accept. It isn't ours
 * 2. TCP or UDP to port 53 of a name server: accept
 * 3. the host itself, its broadcast addresses, multicast: refuse; counted only
 *    if a denied network has it
 * 4. an internal network: accept
 * 5. a denied network: refuse
 * 6. accept
 *
 * The host's own public addresses are refused here alone. A gate knows none of
 * them, so that it tries one is no fault.
 *
 * The table belongs to the socket that made it. Other sockets can read it but
 * not change it, and `nft flush ruleset` leaves it. The kernel removes the
 * table when the last copy of that socket is closed. A process that holds a
 * copy therefore keeps the table alive.
 *
 * Only TCP and UDP sockets are meant; a uid of the block must get no others,
 * since a raw socket writes its own addresses.
 *
 * These functions need CAP_NET_ADMIN and a single-threaded process. They don't
 * wait: the kernel answers within the system call that asks.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net_range.h"

enum {
	ENC_NET_HOST_PREFIXES = 512, /* per list */
	ENC_NET_HOST_SERVERS = 32,
	ENC_NET_HOST_NAME_BYTES = 64, /* longest name, without NUL */
};

struct enc_net_host;

struct enc_net_host_plan {
	const char *name; /* the table is called enclave_<name> */
	uid_t first;	  /* block of the gates' uids; both ends belong to it */
	uid_t last;
	const struct enc_network *denied;
	size_t denied_count;
	const struct enc_network *internal; /* exempt from @denied */
	size_t internal_count;
	/* Name servers: IPv6, or IPv4 mapped; repetitions are fine. */
	const uint8_t (*servers)[ENC_ADDRESS_BYTES];
	size_t server_count;
};

/**
 * enc_net_host_new() - make the table
 * @plan:     borrowed for the call
 * @ret_step: on failure: the step that failed, static
 *
 * Return: 0; -EEXIST or -EPERM if there is a table of that name, of which
 * -EPERM means that it belongs to a living process; -EPERM too without the
 * right; -EINVAL if the plan has an empty block, an impossible network or name;
 * -E2BIG if a list is too long; another negative errno if the kernel lacks
 * something. After a failure nothing is left.
 */
ENC_NODISCARD int enc_net_host_new(const struct enc_net_host_plan *plan,
				   struct enc_net_host **ret_host,
				   const char **ret_step);

/*
 * enc_net_host_fd() - return the socket that owns the table, borrowed, for a
 * process that shall keep the table alive
 */
int enc_net_host_fd(const struct enc_net_host *host);

/**
 * enc_net_host_servers() - replace the name servers, in one transaction
 *
 * Return: 0; -E2BIG if there are too many; another negative errno. After a
 * failure the former name servers stay.
 */
ENC_NODISCARD int
enc_net_host_servers(struct enc_net_host *host,
		     const uint8_t (*servers)[ENC_ADDRESS_BYTES], size_t count);

/*
 * enc_net_refused_fn - called with the number of refused packets of one uid. A
 * refused connection is one packet.
 */
typedef void enc_net_refused_fn(void *context, uid_t uid, uint64_t count);

/**
 * enc_net_host_refused() - read the counters
 * @visit: called once for each uid with a refused packet
 *
 * While uids are added to the counters, one may be missing until the next
 * reading. Return: 0; -EAGAIN if tables of the host were changed again and
 * again meanwhile, then nothing was visited; another negative errno
 */
ENC_NODISCARD int enc_net_host_refused(struct enc_net_host *host,
				       enc_net_refused_fn *visit,
				       void *context);

/*
 * enc_net_host_forget() - remove the counter of a uid, before the uid is given
 * to another gate. Return: 0, also if it has none; a negative errno
 */
ENC_NODISCARD int enc_net_host_forget(struct enc_net_host *host, uid_t uid);

/*
 * enc_net_host_free() - close the socket and free the struct. The table goes
 * with the last copy of the socket. NULL is fine.
 */
void enc_net_host_free(struct enc_net_host *host);

#endif
