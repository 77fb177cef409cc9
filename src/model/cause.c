#include <assert.h>

#include "cause.h"

static const struct row {
	const char *kill_reason;
	enum enc_limit limit;
} rows[] = {
	[ENC_CAUSE_INVALID] = { NULL, ENC_LIMIT_MAX },
	[ENC_CAUSE_EXITED] = { NULL, ENC_LIMIT_MAX },
	[ENC_CAUSE_KILLED] = { "cancelled", ENC_LIMIT_MAX },
	[ENC_CAUSE_CPU] = { "cpu_exceeded", ENC_LIMIT_CPU_TIME },
	[ENC_CAUSE_MEMORY] = { "memory_exceeded", ENC_LIMIT_MEMORY },
	[ENC_CAUSE_WALL_CLOCK] = { "wall_clock_exceeded",
				   ENC_LIMIT_WALL_CLOCK },
	[ENC_CAUSE_PIDS] = { "pids_exceeded", ENC_LIMIT_PIDS },
	[ENC_CAUSE_GATE_LOST] = { NULL, ENC_LIMIT_MAX },
};
static_assert(ENC_COUNT(rows) == ENC_CAUSE_MAX, "a cause without row");

const char *enc_cause_kill_reason(enum enc_cause cause)
{
	ENC_ASSERT(cause < ENC_CAUSE_MAX);
	return rows[cause].kill_reason;
}

enum enc_limit enc_cause_limit(enum enc_cause cause)
{
	ENC_ASSERT(cause < ENC_CAUSE_MAX);
	return rows[cause].limit;
}
