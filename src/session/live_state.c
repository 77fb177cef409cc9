#include <assert.h>

#include "def.h"
#include "live_state.h"

#define TO(state) (1U << ENC_LIVE_##state)

static const struct state_row {
	const char *name;
	unsigned int moves;
} rows[] = {
	[ENC_LIVE_QUEUED] = { "queued", TO(MAKING) | TO(ENDING) | TO(LEAVING) },
	[ENC_LIVE_MAKING] = { "making",
			      TO(STARTING) | TO(ENDING) | TO(LEAVING) },
	[ENC_LIVE_STARTING] = { "starting",
				TO(RUNNING) | TO(ENDING) | TO(LEAVING) },
	[ENC_LIVE_RUNNING] = { "running", TO(ENDING) | TO(LEAVING) },
	[ENC_LIVE_ENDING] = { "ending", TO(LEAVING) },
	[ENC_LIVE_LEAVING] = { "leaving", TO(CLOSING) },
	[ENC_LIVE_CLOSING] = { "closing", 0 },
};
static_assert(ENC_COUNT(rows) == ENC_LIVE_STATE_MAX, "a state without row");

const char *enc_live_state_name(enum enc_live_state state)
{
	ENC_ASSERT(state < ENC_LIVE_STATE_MAX);
	return rows[state].name;
}

bool enc_live_state_may_move(enum enc_live_state from, enum enc_live_state to)
{
	ENC_ASSERT(from < ENC_LIVE_STATE_MAX && to < ENC_LIVE_STATE_MAX);
	return (rows[from].moves & (1U << to)) != 0;
}
