#ifndef ENC_OS_NET_RANGE_H
#define ENC_OS_NET_RANGE_H

/*
 * Networks as ranges of addresses, in the form in which an interval set of
 * nftables wants them: sorted, without overlap. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"

/* Both ends belong to the range. */
struct enc_net_range {
	uint8_t first[ENC_ADDRESS_BYTES];
	uint8_t last[ENC_ADDRESS_BYTES];
};

/* enc_net_range_is_v4() - whether a network is one of IPv4 */
bool enc_net_range_is_v4(const struct enc_network *prefix);

/**
 * enc_net_ranges() - merge the networks of one family into ranges
 * @v4:         take networks of IPv4; else of IPv6, of which ::/0 has no IPv4
 * @ret_ranges: has room for @count ranges; sorted, and at least one address is
 *              between two of them
 *
 * Return: the number of ranges
 */
size_t enc_net_ranges(const struct enc_network *prefixes, size_t count, bool v4,
		      struct enc_net_range *ret_ranges);

/*
 * enc_net_range_next() - return the first address after a range. Return: false
 * if the range has the family's last address
 */
bool enc_net_range_next(const struct enc_net_range *range, bool v4,
			uint8_t ret_addr[ENC_ADDRESS_BYTES]);

#endif
