#include <assert.h>

#include "def.h"
#include "host_state.h"

#define TO(state) (1U << ENC_HOST_##state)
#define TO_LINK(state) (1U << ENC_HOST_LINK_##state)

struct row {
	const char *name;
	unsigned int moves; /* set of the states that may follow this state */
};

/* clang-format off */
static const struct row states[] = {
	[ENC_HOST_MAKING]  = { "making", TO(MADE) | TO(GONE) },
	[ENC_HOST_MADE]    = { "made", TO(STARTED) | TO(ENDED) | TO(GONE) },
	[ENC_HOST_STARTED] = { "started", TO(ENDED) | TO(GONE) },
	[ENC_HOST_ENDED]   = { "ended", TO(GONE) },
	[ENC_HOST_GONE]    = { "gone", 0 },
};

static const struct row links[] = {
	[ENC_HOST_LINK_NONE]   = { "none", TO_LINK(OPEN) | TO_LINK(CLOSED) },
	[ENC_HOST_LINK_OPEN]   = { "open", TO_LINK(READY) | TO_LINK(OVER) |
					   TO_LINK(CLOSED) },
	[ENC_HOST_LINK_READY]  = { "ready", TO_LINK(OVER) | TO_LINK(CLOSED) },
	[ENC_HOST_LINK_OVER]   = { "over", TO_LINK(CLOSED) },
	[ENC_HOST_LINK_CLOSED] = { "closed", 0 },
};
/* clang-format on */
static_assert(ENC_COUNT(states) == ENC_HOST_STATE_MAX, "a state without row");
static_assert(ENC_COUNT(links) == ENC_HOST_LINK_MAX, "a link without row");

const char *enc_host_state_name(enum enc_host_state state)
{
	ENC_ASSERT(state < ENC_HOST_STATE_MAX);
	return states[state].name;
}

const char *enc_host_link_name(enum enc_host_link link)
{
	ENC_ASSERT(link < ENC_HOST_LINK_MAX);
	return links[link].name;
}

bool enc_host_state_may_move(enum enc_host_state from, enum enc_host_state to)
{
	ENC_ASSERT(from < ENC_HOST_STATE_MAX && to < ENC_HOST_STATE_MAX);
	return (states[from].moves & (1U << to)) != 0;
}

bool enc_host_link_may_move(enum enc_host_link from, enum enc_host_link to)
{
	ENC_ASSERT(from < ENC_HOST_LINK_MAX && to < ENC_HOST_LINK_MAX);
	return (links[from].moves & (1U << to)) != 0;
}
