#include <assert.h>

#include "def.h"
#include "durability.h"

#define TO(durability) (1U << ENC_DURABILITY_##durability)

static const struct durability_row {
	const char *name;
	unsigned int moves;
} rows[] = {
	[ENC_DURABILITY_NEW] = { "new", TO(SUBMITTED) },
	[ENC_DURABILITY_SUBMITTED] = { "submitted", TO(RECORDED) | TO(LOST) },
	[ENC_DURABILITY_RECORDED] = { "recorded", TO(BEHIND) | TO(LOST) },
	[ENC_DURABILITY_BEHIND] = { "behind", TO(FOLLOWING) | TO(LOST) },
	[ENC_DURABILITY_FOLLOWING] = { "following",
				       TO(RECORDED) | TO(BEHIND) | TO(LOST) },
	[ENC_DURABILITY_LOST] = { "lost", 0 },
};
static_assert(ENC_COUNT(rows) == ENC_DURABILITY_MAX, "a state without row");

const char *enc_durability_name(enum enc_durability durability)
{
	ENC_ASSERT(durability < ENC_DURABILITY_MAX);
	return rows[durability].name;
}

bool enc_durability_may_move(enum enc_durability from, enum enc_durability to)
{
	ENC_ASSERT(from < ENC_DURABILITY_MAX && to < ENC_DURABILITY_MAX);
	return (rows[from].moves & (1U << to)) != 0;
}
