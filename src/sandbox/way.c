#include <assert.h>
#include <string.h>

#include "way.h"

const struct enc_way *const enc_ways[ENC_WAYS_MAX] = {
	&enc_way_gvisor,
	&enc_way_native,
};
static_assert((int)ENC_WAYS_MAX <= (int)ENC_LAUNCH_PLACES_MAX,
	      "a way without place");

const struct enc_way *enc_way_named(const char *name, size_t length)
{
	for (size_t i = 0; i < ENC_WAYS_MAX; i++) {
		if (strlen(enc_ways[i]->name) == length &&
		    memcmp(enc_ways[i]->name, name, length) == 0) {
			return enc_ways[i];
		}
	}
	return NULL;
}

uint32_t enc_way_lasting(const struct enc_way *way)
{
	uint32_t lasting = 0;

	for (int i = 0; i < ENC_LIMIT_MAX; i++) {
		if (enc_limit_info((enum enc_limit)i)->enforcer ==
		    ENC_LIMIT_BY_KERNEL) {
			lasting |= ENC_LIMIT_BIT(i);
		}
	}
	return lasting & ~way->changes;
}

uint32_t enc_way_fixed(const struct enc_way *way)
{
	return enc_way_lasting(way) | way->starts_with;
}
