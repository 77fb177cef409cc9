#ifndef ENC_GATE_RESOLVE_H
#define ENC_GATE_RESOLVE_H

/*
 * Asks the host's name servers for the addresses of a name that a rule allows.
 * A stub resolver: A and AAAA over UDP, over TCP if an answer was cut; each
 * lookup from a port of its own, with a random id; the next server after two
 * seconds. What it learned is kept for its TTL, at most a minute.
 *
 * It doesn't judge: whoever dials has to check every address.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "def.h"
#include "list.h"

enum {
	ENC_RESOLVE_ADDRESSES_MAX = 128, /* 64 of each family */
};

struct enc_gate;
struct enc_resolver;
struct enc_resolving;

/* All addresses of a name, IPv4 first. */
struct enc_addresses {
	size_t count;
	uint8_t addr[ENC_RESOLVE_ADDRESSES_MAX][16];
};

/**
 * enc_resolved_fn - the answer
 * @addresses: borrowed for the call; at least one if @r is 0
 * @r:         0; -ENOENT: there is no such name; -ENODATA: it has no address;
 *             -ENETUNREACH: there is no name server; -ETIMEDOUT; -EPROTO: no
 *             server gives a valid answer; another negative errno
 */
typedef void enc_resolved_fn(struct enc_resolving *resolving,
			     const struct enc_addresses *addresses, int r);

struct enc_lookup;

/* One who waits for an answer; embedded. All zero: waits for none. */
struct enc_resolving {
	struct enc_list link;
	struct enc_lookup *lookup; /* resolve.c's; NULL: waits for none */
	enc_resolved_fn *done;
};

struct enc_resolver *enc_resolver_new(struct enc_gate *gate);

/*
 * enc_resolver_server() - a name server of the host
 * @left: how many of a new list follow it
 */
void enc_resolver_server(struct enc_resolver *resolver, const uint8_t addr[16],
			 uint64_t left);

/* enc_resolver_has() - whether an address is a name server's */
bool enc_resolver_has(const struct enc_resolver *resolver,
		      const uint8_t addr[16]);

/* enc_resolve() - ask for a canonical name; the answer may come at once */
void enc_resolve(struct enc_resolver *resolver, const char *name,
		 struct enc_resolving *resolving, enc_resolved_fn *done);

/*
 * enc_resolve_stop() - no longer wait; does nothing for one who doesn't. What
 * nobody waits for isn't asked any more.
 */
void enc_resolve_stop(struct enc_resolving *resolving);

#endif
