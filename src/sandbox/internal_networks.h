#ifndef ENC_SANDBOX_INTERNAL_NETWORKS_H
#define ENC_SANDBOX_INTERNAL_NETWORKS_H

/*
 * The private networks that root lets rules name although the deny table has
 * them, as CIDRs with commas between them. Pure.
 *
 * Each lies in a network that is private (RFC 1918, RFC 4193) or shared (RFC
 * 6598), so no list can allow loopback, link-local or reserved addresses. None
 * has an address at which a cloud serves metadata.
 */

#include <stddef.h>

#include "err.h"
#include "ruleset.h"

/* All zero: none. */
struct enc_internal_networks {
	size_t count;
	struct enc_network network[ENC_RULESET_INTERNAL_MAX];
};

/*
 * enc_internal_networks_read() - read a list; NULL or "": there are none.
 * Return: ENC_OK; ENC_BAD_REQUEST, naming the wrong entry
 */
ENC_NODISCARD enum enc_code
enc_internal_networks_read(const char *list,
			   struct enc_internal_networks *ret_networks,
			   struct enc_error *err);

#endif
