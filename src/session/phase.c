#include <assert.h>
#include <string.h>

#include "def.h"
#include "phase.h"

#define TO(phase) (1U << ENC_PHASE_##phase)

static const struct phase_row {
	const char *name;
	unsigned int moves;
} rows[] = {
	[ENC_PHASE_PENDING] = { "pending",
				TO(RUNNING) | TO(FAILED) | TO(KILLED) },
	[ENC_PHASE_RUNNING] = { "running",
				TO(SUCCEEDED) | TO(FAILED) | TO(KILLED) },
	[ENC_PHASE_SUCCEEDED] = { "succeeded", TO(TORN_DOWN) },
	[ENC_PHASE_FAILED] = { "failed", TO(TORN_DOWN) },
	[ENC_PHASE_KILLED] = { "killed", TO(TORN_DOWN) },
	[ENC_PHASE_TORN_DOWN] = { "torn_down", 0 },
};
static_assert(ENC_COUNT(rows) == ENC_PHASE_MAX, "a phase without row");

const char *enc_phase_name(enum enc_phase phase)
{
	ENC_ASSERT(phase < ENC_PHASE_MAX);
	return rows[phase].name;
}

bool enc_phase_parse(const char *name, enum enc_phase *ret_phase)
{
	for (unsigned int i = 0; i < ENC_PHASE_MAX; i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*ret_phase = (enum enc_phase)i;
			return true;
		}
	}
	return false;
}

bool enc_phase_may_move(enum enc_phase from, enum enc_phase to)
{
	ENC_ASSERT(from < ENC_PHASE_MAX && to < ENC_PHASE_MAX);
	return (rows[from].moves & (1U << to)) != 0;
}

bool enc_phase_ended(enum enc_phase phase)
{
	return phase >= ENC_PHASE_SUCCEEDED;
}
