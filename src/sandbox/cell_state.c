#include <assert.h>

#include "cell_state.h"
#include "def.h"

#define TO(state) (1U << ENC_CELL_##state)

static const struct state_row {
	const char *name;
	unsigned int moves;
} rows[] = {
	[ENC_CELL_MAKING] = { "making",
			      TO(INERT) | TO(FAILING) | TO(REMOVING) },
	[ENC_CELL_INERT] = { "inert", TO(CLAIMED) | TO(ENDING) | TO(ENDED) },
	[ENC_CELL_CLAIMED] = { "claimed",
			       TO(RUNNING) | TO(ENDING) | TO(ENDED) },
	[ENC_CELL_RUNNING] = { "running", TO(ENDING) | TO(ENDED) },
	[ENC_CELL_FAILING] = { "failing", TO(REMOVING) },
	[ENC_CELL_ENDING] = { "ending", TO(ENDED) },
	[ENC_CELL_ENDED] = { "ended", TO(REMOVING) },
	[ENC_CELL_REMOVING] = { "removing", TO(GONE) },
	[ENC_CELL_GONE] = { "gone", 0 },
};
static_assert(ENC_COUNT(rows) == ENC_CELL_STATE_MAX, "a state without row");

const char *enc_cell_state_name(enum enc_cell_state state)
{
	ENC_ASSERT(state < ENC_CELL_STATE_MAX);
	return rows[state].name;
}

bool enc_cell_state_may_move(enum enc_cell_state from, enum enc_cell_state to)
{
	ENC_ASSERT(from < ENC_CELL_STATE_MAX && to < ENC_CELL_STATE_MAX);
	return (rows[from].moves & (1U << to)) != 0;
}
