#include <assert.h>

#include "def.h"
#include "http_state.h"

#define TO(state) (1U << ENC_HTTP_##state)

static const struct state_row {
	const char *name;
	unsigned int moves;
} rows[] = {
	[ENC_HTTP_FIRST_HEAD] = { "first head",
				  TO(READING_BODY) | TO(HANDLING) |
					  TO(LINGERING) | TO(CLOSING) },
	[ENC_HTTP_NEXT_HEAD] = { "next head", TO(READING_BODY) | TO(HANDLING) |
						      TO(LINGERING) |
						      TO(CLOSING) },
	[ENC_HTTP_READING_BODY] = { "reading body", TO(HANDLING) |
							    TO(LINGERING) |
							    TO(CLOSING) },
	[ENC_HTTP_HANDLING] = { "handling", TO(ANSWERING) | TO(STREAMING) |
						    TO(NEXT_HEAD) |
						    TO(CLOSING) },
	[ENC_HTTP_ANSWERING] = { "answering", TO(NEXT_HEAD) | TO(CLOSING) },
	[ENC_HTTP_STREAMING] = { "streaming", TO(NEXT_HEAD) | TO(CLOSING) },
	[ENC_HTTP_LINGERING] = { "lingering", TO(CLOSING) },
	[ENC_HTTP_CLOSING] = { "closing", 0 },
};
static_assert(ENC_COUNT(rows) == ENC_HTTP_STATE_MAX, "a state without row");

static const unsigned int input_moves[] = {
	[ENC_HTTP_INPUT_PAUSED] = TO(INPUT_READING),
	[ENC_HTTP_INPUT_READING] = TO(INPUT_PAUSED) | TO(INPUT_ENDED),
	[ENC_HTTP_INPUT_ENDED] = 0,
};
static_assert(ENC_COUNT(input_moves) == ENC_HTTP_INPUT_MAX,
	      "a state without row");

const char *enc_http_state_name(enum enc_http_state state)
{
	ENC_ASSERT(state < ENC_HTTP_STATE_MAX);
	return rows[state].name;
}

bool enc_http_state_may_move(enum enc_http_state from, enum enc_http_state to)
{
	ENC_ASSERT(from < ENC_HTTP_STATE_MAX && to < ENC_HTTP_STATE_MAX);
	return (rows[from].moves & (1U << to)) != 0;
}

bool enc_http_input_may_move(enum enc_http_input from, enum enc_http_input to)
{
	ENC_ASSERT(from < ENC_HTTP_INPUT_MAX && to < ENC_HTTP_INPUT_MAX);
	return (input_moves[from] & (1U << to)) != 0;
}
