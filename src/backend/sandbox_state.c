#include <assert.h>

#include "def.h"
#include "sandbox_state.h"

#define TO(state) (1U << ENC_SANDBOX_##state)

enum { TO_END = TO(STOPPING) | TO(ENDED) | TO(ABANDONED) };

/* clang-format off */
static const struct row {
	const char *name;
	unsigned int moves; /* set of the states that may follow this state */
	bool inert;
} rows[] = {
	[ENC_SANDBOX_PREPARING] = { "preparing", TO(READY) | TO_END, true },
	[ENC_SANDBOX_READY]     = { "ready", TO(CLAIMING) | TO_END, true },
	[ENC_SANDBOX_CLAIMING]  = { "claiming",
				    TO(READY) | TO(CLAIMED) | TO_END, true },
	[ENC_SANDBOX_CLAIMED]   = { "claimed", TO(LOADED) | TO_END, true },
	[ENC_SANDBOX_LOADED]    = { "loaded", TO(RUNNING) | TO_END, true },
	[ENC_SANDBOX_RUNNING]   = { "running", TO_END, false },
	[ENC_SANDBOX_STOPPING]  = { "stopping", TO(ENDED) | TO(ABANDONED),
				    false },
	[ENC_SANDBOX_ENDED]     = { "ended", TO(CLOSING), false },
	[ENC_SANDBOX_ABANDONED] = { "abandoned", TO(CLOSING), false },
	[ENC_SANDBOX_CLOSING]   = { "closing", TO(GONE), false },
	[ENC_SANDBOX_GONE]      = { "gone", 0, false },
};
/* clang-format on */
static_assert(ENC_COUNT(rows) == ENC_SANDBOX_STATE_MAX, "a state without row");

const char *enc_sandbox_state_name(enum enc_sandbox_state state)
{
	ENC_ASSERT(state < ENC_SANDBOX_STATE_MAX);
	return rows[state].name;
}

bool enc_sandbox_state_may_move(enum enc_sandbox_state from,
				enum enc_sandbox_state to)
{
	ENC_ASSERT(from < ENC_SANDBOX_STATE_MAX && to < ENC_SANDBOX_STATE_MAX);
	return (rows[from].moves & (1U << to)) != 0;
}

bool enc_sandbox_state_is_inert(enum enc_sandbox_state state)
{
	ENC_ASSERT(state < ENC_SANDBOX_STATE_MAX);
	return rows[state].inert;
}
