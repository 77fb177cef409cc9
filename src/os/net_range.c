#include <stdlib.h>
#include <string.h>

#include "net_range.h"

enum { V4_BITS = 8 * ENC_ADDRESS_V4_AT };

bool enc_net_range_is_v4(const struct enc_network *prefix)
{
	return prefix->bits >= V4_BITS && enc_address_v4(prefix->addr) != NULL;
}

static struct enc_net_range range_of(const struct enc_network *prefix)
{
	struct enc_net_range range;

	for (unsigned int i = 0; i < ENC_ADDRESS_BYTES; i++) {
		unsigned int fixed = prefix->bits <= 8 * i
					     ? 0
					     : ENC_MIN(prefix->bits - 8 * i, 8);
		uint8_t rest = (uint8_t)(0xffU >> fixed);

		range.first[i] = (uint8_t)(prefix->addr[i] & ~rest);
		range.last[i] = (uint8_t)(prefix->addr[i] | rest);
	}
	return range;
}

static int compare_first(const void *left, const void *right)
{
	const struct enc_net_range *a = left;
	const struct enc_net_range *b = right;

	return memcmp(a->first, b->first, sizeof(a->first));
}

bool enc_net_range_next(const struct enc_net_range *range, bool v4,
			uint8_t ret_addr[ENC_ADDRESS_BYTES])
{
	size_t least = v4 ? ENC_ADDRESS_V4_AT : 0;
	uint8_t next[ENC_ADDRESS_BYTES];

	memcpy(next, range->last, sizeof(next));
	for (size_t i = ENC_ADDRESS_BYTES; i > least; i--) {
		if (++next[i - 1] != 0) {
			memcpy(ret_addr, next, sizeof(next));
			return true;
		}
	}
	return false;
}

/* joins() - whether @next overlaps @range, which begins first, or touches it */
static bool joins(const struct enc_net_range *range,
		  const struct enc_net_range *next, bool v4)
{
	uint8_t after[ENC_ADDRESS_BYTES];

	return !enc_net_range_next(range, v4, after) ||
	       memcmp(next->first, after, sizeof(after)) <= 0;
}

size_t enc_net_ranges(const struct enc_network *prefixes, size_t count, bool v4,
		      struct enc_net_range *ret_ranges)
{
	size_t taken = 0;
	size_t merged = 0;

	for (size_t i = 0; i < count; i++) {
		if (enc_net_range_is_v4(&prefixes[i]) == v4) {
			ret_ranges[taken++] = range_of(&prefixes[i]);
		}
	}
	if (taken == 0) {
		return 0;
	}
	qsort(ret_ranges, taken, sizeof(*ret_ranges), compare_first);
	for (size_t i = 1; i < taken; i++) {
		struct enc_net_range *range = &ret_ranges[merged];
		const struct enc_net_range *next = &ret_ranges[i];

		if (!joins(range, next, v4)) {
			ret_ranges[++merged] = *next;
		} else if (memcmp(next->last, range->last,
				  sizeof(range->last)) > 0) {
			memcpy(range->last, next->last, sizeof(range->last));
		}
	}
	return merged + 1;
}
