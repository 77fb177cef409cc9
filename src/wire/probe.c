#include <assert.h>

#include "def.h"
#include "probe.h"

static const char *const names[] = {
#define X(name, text) [ENC_PROBE_##name] = (text),
	ENC_PROBES(X)
#undef X
};
static_assert(ENC_PROBE_MAX <= 64, "READY has 64 bits");

const char *enc_probe_name(enum enc_probe probe)
{
	ENC_ASSERT(probe < ENC_PROBE_MAX);
	return names[probe];
}
