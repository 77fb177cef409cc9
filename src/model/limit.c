#include <assert.h>

#include "limit.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)
#define SECOND_MS UINT64_C(1000)
#define DAY_MS (UINT64_C(24) * 60 * 60 * SECOND_MS)

static const struct unit {
	const char *name;
	uint64_t scale; /* number of smallest units in this unit */
} units[] = {
	[ENC_LIMIT_CORES] = { "cores", 1000 },
	[ENC_LIMIT_SECONDS] = { "s", SECOND_MS },
	[ENC_LIMIT_MIB] = { "MiB", MIB },
	[ENC_LIMIT_BYTES] = { "bytes", 1 },
	[ENC_LIMIT_COUNT] = { "", 1 },
};
static_assert(ENC_COUNT(units) == ENC_LIMIT_UNIT_MAX, "a unit without row");

static const struct enc_limit_row rows[] = {
	[ENC_LIMIT_CPU] = { .name = "cpu",
			    .log_name = "cpuMillis",
			    .unit = ENC_LIMIT_CORES,
			    .enforcer = ENC_LIMIT_BY_KERNEL,
			    .least = 10,
			    .most = 64000,
			    .usual = 1000,
			    .sentence = "Processors used at a time" },
	[ENC_LIMIT_CPU_TIME] = { .name = "cpuSeconds",
				 .unit = ENC_LIMIT_SECONDS,
				 .enforcer = ENC_LIMIT_BY_LAUNCHER,
				 .least = SECOND_MS,
				 .most = DAY_MS,
				 .usual = 60 * SECOND_MS,
				 .sentence = "Processor time used in all" },
	[ENC_LIMIT_MEMORY] = { .name = "memoryMb",
			       .unit = ENC_LIMIT_MIB,
			       .enforcer = ENC_LIMIT_BY_KERNEL,
			       .least = 16 * MIB,
			       .most = 64 * GIB,
			       .usual = 512 * MIB,
			       .sentence = "Memory of all processes; it and "
					   "diskMb are one budget" },
	[ENC_LIMIT_PIDS] = { .name = "pidsLimit",
			     .unit = ENC_LIMIT_COUNT,
			     .enforcer = ENC_LIMIT_BY_KERNEL,
			     .least = 1,
			     .most = 4096,
			     .usual = 128,
			     .sentence = "Processes and threads at a time" },
	[ENC_LIMIT_WALL_CLOCK] = { .name = "wallClockSeconds",
				   .unit = ENC_LIMIT_SECONDS,
				   .enforcer = ENC_LIMIT_BY_LAUNCHER,
				   .least = SECOND_MS,
				   .most = DAY_MS,
				   .usual = 60 * SECOND_MS,
				   .sentence = "Time from the program's start "
					       "to its end" },
	[ENC_LIMIT_DISK] = { .name = "diskMb",
			     .unit = ENC_LIMIT_MIB,
			     .enforcer = ENC_LIMIT_BY_KERNEL,
			     .least = MIB,
			     .most = 16 * GIB,
			     .usual = 256 * MIB,
			     .sentence = "Files in /work, /tmp and /dev/shm" },
	[ENC_LIMIT_OUTPUT] = { .name = "outputBytes",
			       .unit = ENC_LIMIT_BYTES,
			       .enforcer = ENC_LIMIT_BY_GATE,
			       .least = 1,
			       .most = 32 * MIB,
			       .usual = MIB,
			       .sentence = "Output kept of each stream; more "
					   "is dropped" },
	[ENC_LIMIT_OPEN_FILES] = { .name = "openFiles",
				   .unit = ENC_LIMIT_COUNT,
				   .enforcer = ENC_LIMIT_BY_KERNEL,
				   .least = 16,
				   .most = 65536,
				   .usual = 1024,
				   .sentence = "Descriptors of one process" },
};
static_assert(ENC_COUNT(rows) == ENC_LIMIT_MAX, "a limit without row");
static_assert(ENC_LIMIT_MAX <= 32, "a limit without bit");

const struct enc_limit_row *enc_limit_info(enum enc_limit limit)
{
	ENC_ASSERT(limit < ENC_LIMIT_MAX);
	return &rows[limit];
}

bool enc_limit_parse(const char *name, enum enc_limit *ret_limit)
{
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if (strcmp(rows[i].name, name) == 0) {
			*ret_limit = (enum enc_limit)i;
			return true;
		}
	}
	return false;
}

const char *enc_limit_unit_name(enum enc_limit limit)
{
	return units[enc_limit_info(limit)->unit].name;
}

double enc_limit_shown(enum enc_limit limit, uint64_t value)
{
	return (double)value / (double)units[enc_limit_info(limit)->unit].scale;
}

uint64_t enc_limit_stored(enum enc_limit limit, double shown)
{
	return (uint64_t)(shown * (double)units[enc_limit_info(limit)->unit]
					  .scale +
			  0.5);
}

struct enc_limits enc_limits_usual(void)
{
	struct enc_limits limits = { 0 };

	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		limits.value[i] = rows[i].usual;
	}
	return limits;
}

enum enc_code enc_limits_check(const struct enc_limits *limits,
			       struct enc_error *err)
{
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		enum enc_limit limit = (enum enc_limit)i;
		uint64_t value = limits->value[i];

		if (value < rows[i].least || value > rows[i].most) {
			return enc_fail(err, ENC_BAD_LIMITS,
					"%s is %.15g, not %.15g to %.15g",
					rows[i].name,
					enc_limit_shown(limit, value),
					enc_limit_shown(limit, rows[i].least),
					enc_limit_shown(limit, rows[i].most));
		}
	}
	return ENC_OK;
}

bool enc_limits_agree(const struct enc_limits *one,
		      const struct enc_limits *other, uint32_t set)
{
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		if ((set & ENC_LIMIT_BIT(i)) != 0 &&
		    one->value[i] != other->value[i]) {
			return false;
		}
	}
	return true;
}

/* write_number() - write a member whose name needs no escapes */
static int write_number(struct enc_buf *out, const char *lead, const char *name,
			uint64_t value)
{
	int r = enc_buf_text(out, lead);

	if (r == 0) {
		r = enc_buf_append(out, "\"", 1);
	}
	if (r == 0) {
		r = enc_buf_text(out, name);
	}
	if (r == 0) {
		r = enc_buf_append(out, "\":", 2);
	}
	return r == 0 ? enc_buf_number(out, value) : r;
}

int enc_limits_write(const struct enc_limits *limits, struct enc_buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ENC_COUNT(rows); i++) {
		const char *lead = i == 0 ? "{" : ",";
		uint64_t scale = units[rows[i].unit].scale;

		if (rows[i].unit == ENC_LIMIT_CORES) {
			r = enc_buf_printf(out, "%s\"%s\":%g", lead,
					   rows[i].name,
					   enc_limit_shown((enum enc_limit)i,
							   limits->value[i]));
		} else {
			r = write_number(out, lead, rows[i].name,
					 limits->value[i] / scale);
		}
	}
	return r == 0 ? enc_buf_append(out, "}", 1) : r;
}

int enc_limits_write_log(const struct enc_limits *limits, struct enc_buf *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ENC_COUNT(rows); i++) {
		const char *name = rows[i].log_name;
		uint64_t scale = units[rows[i].unit].scale;

		r = write_number(out, i == 0 ? "{" : ",",
				 name != NULL ? name : rows[i].name,
				 limits->value[i] / (name != NULL ? 1 : scale));
	}
	return r == 0 ? enc_buf_append(out, "}", 1) : r;
}
