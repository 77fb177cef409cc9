#ifndef ENC_MODEL_LIMIT_H
#define ENC_MODEL_LIMIT_H

/*
 * The limits of a session. A limit is one row: its name in the API, its unit,
 * its range, its default, who enforces it, and a sentence. Requests, answers,
 * the audit log, the launcher's check and the help of the command line are made
 * from the rows. test_model compares openapi.json with them.
 *
 * Values are stored in one array, in the smallest unit: thousandths of a core,
 * milliseconds, bytes, or a count. Users see cores, seconds and MiB.
 *
 * A new limit needs a member of the enum, a row, its place in openapi.json, and
 * the code that enforces it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/* The order is that of the API and of the policy in an audit log's genesis. */
enum enc_limit {
	ENC_LIMIT_CPU,
	ENC_LIMIT_CPU_TIME,
	ENC_LIMIT_MEMORY,
	ENC_LIMIT_PIDS,
	ENC_LIMIT_WALL_CLOCK,
	ENC_LIMIT_DISK,
	ENC_LIMIT_OUTPUT,
	ENC_LIMIT_OPEN_FILES,
	ENC_LIMIT_MAX,
};

enum enc_limit_unit {
	ENC_LIMIT_CORES, /* only this unit allows a fraction */
	ENC_LIMIT_SECONDS,
	ENC_LIMIT_MIB,
	ENC_LIMIT_BYTES,
	ENC_LIMIT_COUNT,
	ENC_LIMIT_UNIT_MAX,
};

enum enc_limit_enforcer {
	/*
	 * The kernel refuses more. struct enc_way says which limits a claim can
	 * change.
	 */
	ENC_LIMIT_BY_KERNEL,
	ENC_LIMIT_BY_LAUNCHER, /* checks a clock or counter, ends the sandbox */
	ENC_LIMIT_BY_GATE,     /* drops what exceeds the limit */
};

struct enc_limit_row {
	const char *name; /* name of the limit in the API */
	/*
	 * Name in the audit log, where the value is in the smallest unit; NULL:
	 * as in the API.
	 */
	const char *log_name;
	enum enc_limit_unit unit;
	enum enc_limit_enforcer enforcer;
	/* The next three values are in the smallest unit. */
	uint64_t least;
	uint64_t most;
	uint64_t usual; /* value of a request that doesn't set the limit */
	const char *sentence; /* text for help, without a full stop */
};

/* Values indexed by enum enc_limit, each in the smallest unit of its row. */
struct enc_limits {
	uint64_t value[ENC_LIMIT_MAX];
};

/* A set of limits: ENC_LIMIT_BIT(ENC_LIMIT_DISK) | ... */
#define ENC_LIMIT_BIT(limit) (UINT32_C(1) << (limit))

/* enc_limit_info() - return the row of a limit */
const struct enc_limit_row *enc_limit_info(enum enc_limit limit);

/* enc_limit_parse() - find a limit by name; false if no row has it */
ENC_NODISCARD bool enc_limit_parse(const char *name, enum enc_limit *ret_limit);

/*
 * enc_limit_unit_name() - return the unit for help texts: "cores", "s"; "" for
 * a count
 */
const char *enc_limit_unit_name(enum enc_limit limit);

/*
 * enc_limit_shown() - convert a value to the users' unit: 0.5 cores, 30 seconds
 */
double enc_limit_shown(enum enc_limit limit, uint64_t value);

/*
 * enc_limit_stored() - convert a number of a user, which isn't negative, to the
 * smallest unit
 */
uint64_t enc_limit_stored(enum enc_limit limit, double shown);

/* enc_limits_usual() - return the default of every limit */
struct enc_limits enc_limits_usual(void);

/**
 * enc_limits_check() - check that every limit is within its range
 *
 * Return: ENC_OK; ENC_BAD_LIMITS, which names the first wrong limit
 */
ENC_NODISCARD enum enc_code enc_limits_check(const struct enc_limits *limits,
					     struct enc_error *err);

/*
 * enc_limits_agree() - whether two have the same values for the limits of @set,
 * by ENC_LIMIT_BIT()
 */
bool enc_limits_agree(const struct enc_limits *one,
		      const struct enc_limits *other, uint32_t set);

/**
 * enc_limits_write() - append the limits as the JSON object of the API
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer
 */
ENC_NODISCARD int enc_limits_write(const struct enc_limits *limits,
				   struct enc_buf *out);

/*
 * enc_limits_write_log() - append the limits as JSON for the audit log, in
 * integers. The text is hashed: it must never change for existing limits.
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer
 */
ENC_NODISCARD int enc_limits_write_log(const struct enc_limits *limits,
				       struct enc_buf *out);

#endif
