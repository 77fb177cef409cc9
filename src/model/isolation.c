#include <assert.h>

#include "isolation.h"

static const char *const names[] = {
	[ENC_ISOLATION_SIMULATED] = "simulated",
	[ENC_ISOLATION_HOST_KERNEL] = "host-kernel",
	[ENC_ISOLATION_GVISOR] = "gvisor",
};
static_assert(ENC_COUNT(names) == ENC_ISOLATION_MAX,
	      "an isolation without name");

const char *enc_isolation_name(enum enc_isolation isolation)
{
	ENC_ASSERT(isolation < ENC_ISOLATION_MAX);
	return names[isolation];
}

bool enc_isolation_parse(const char *name, enum enc_isolation *ret_isolation)
{
	for (size_t i = 0; i < ENC_COUNT(names); i++) {
		if (strcmp(names[i], name) == 0) {
			*ret_isolation = (enum enc_isolation)i;
			return true;
		}
	}
	return false;
}
