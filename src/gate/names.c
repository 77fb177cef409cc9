#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "address.h"
#include "names.h"

enum { BUCKETS = 2 * ENC_NAMES_MAX };

/* 198.18.16.0: this range is for benchmarks (RFC 2544), so no host has it. */
static const uint8_t first[4] = { 198, 18, 16, 0 };

struct enc_names {
	size_t count;
	char *names[ENC_NAMES_MAX];
	uint64_t reports[ENC_NAMES_MAX];
	/*
	 * Hash table with open addressing. A bucket has the index of a name +
	 * 1.
	 */
	uint16_t buckets[BUCKETS];
};

struct enc_names *enc_names_new(void)
{
	return enc_xalloc(sizeof(struct enc_names));
}

void enc_names_free(struct enc_names *names)
{
	if (names == NULL) {
		return;
	}
	for (size_t i = 0; i < names->count; i++) {
		free(names->names[i]);
	}
	free(names);
}

static size_t hash(const char *name)
{
	uint32_t value = 2166136261U;

	for (; *name != '\0'; name++) {
		value = (value ^ (unsigned char)*name) * 16777619U;
	}
	return value % BUCKETS;
}

static void address_at(size_t index, uint8_t ret_v4[4])
{
	memcpy(ret_v4, first, sizeof(first));
	ret_v4[2] = (uint8_t)(ret_v4[2] + index / 256);
	ret_v4[3] = (uint8_t)(index % 256);
}

int enc_names_address(struct enc_names *names, const char *name,
		      uint8_t ret_v4[4])
{
	size_t at = hash(name);

	/* At most half of the buckets are used, so there is an empty one. */
	for (; names->buckets[at] != 0; at = (at + 1) % BUCKETS) {
		size_t index = names->buckets[at] - 1U;

		if (strcmp(names->names[index], name) == 0) {
			address_at(index, ret_v4);
			return 0;
		}
	}
	if (names->count == ENC_NAMES_MAX) {
		return -ENOSPC;
	}
	names->names[names->count] = enc_xstrdup(name);
	address_at(names->count, ret_v4);
	names->buckets[at] = (uint16_t)++names->count;
	return 0;
}

/* index_of() - the index of an address's name. Return: it, or -ENOENT */
static int index_of(const struct enc_names *names, const uint8_t *v4)
{
	size_t index;

	if (v4 == NULL || v4[0] != first[0] || v4[1] != first[1] ||
	    v4[2] < first[2]) {
		return -ENOENT;
	}
	index = (size_t)(v4[2] - first[2]) * 256 + v4[3];
	return index < names->count ? (int)index : -ENOENT;
}

void enc_names_asked(struct enc_names *names, const uint8_t v4[4],
		     uint64_t report)
{
	int index = index_of(names, v4);

	if (index >= 0 && names->reports[index] == 0) {
		names->reports[index] = report;
	}
}

uint64_t enc_names_report(const struct enc_names *names, const uint8_t addr[16])
{
	int index = index_of(names, enc_address_v4(addr));

	return index < 0 ? 0 : names->reports[index];
}

const char *enc_names_of(const struct enc_names *names, const uint8_t addr[16])
{
	int index = index_of(names, enc_address_v4(addr));

	return index < 0 ? NULL : names->names[index];
}
