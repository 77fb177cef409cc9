#include "flow_state.h"
#include "def.h"

#define TO(state) (1U << ENC_FLOW_##state)

/* The states that may follow each state. */
static const unsigned int moves[ENC_FLOW_STATES] = {
	[ENC_FLOW_ACCEPTED] = TO(READING) | TO(RECORDING) | TO(OPEN) | TO(DONE),
	[ENC_FLOW_READING] = TO(RECORDING) | TO(ANSWERED) | TO(DONE),
	[ENC_FLOW_RECORDING] = TO(RESOLVING) | TO(DIALLING) | TO(READING) |
			       TO(ANSWERED) | TO(DONE),
	[ENC_FLOW_RESOLVING] =
		TO(RECORDING) | TO(READING) | TO(ANSWERED) | TO(DONE),
	[ENC_FLOW_DIALLING] = TO(OPEN) | TO(RECORDING) | TO(READING) |
			      TO(ANSWERED) | TO(DONE),
	[ENC_FLOW_OPEN] = TO(HALF_CLOSED) | TO(ANSWERED) | TO(DONE),
	[ENC_FLOW_HALF_CLOSED] = TO(DONE),
	[ENC_FLOW_ANSWERED] = TO(DONE),
};

bool enc_flow_may_move(enum enc_flow_state from, enum enc_flow_state to)
{
	return from < ENC_FLOW_STATES && to < ENC_FLOW_STATES &&
	       (moves[from] & 1U << to) != 0;
}
