#ifndef ENC_MODEL_LIMIT_H
#define ENC_MODEL_LIMIT_H

/*
 * What a session is held to. A limit is one row: its name in the API, its unit,
 * its range, its default, who enforces it, and a sentence. Requests, answers,
 * the audit log, the launcher's check and the help of the command line are made
 * from the rows; test_model holds openapi.json to them.
 *
 * Values travel as one array in the smallest unit: thousandths of a core,
 * milliseconds, bytes, or a count. Users see cores, seconds and MiB.
 *
 * A new limit is an enum's member, a row, its place in openapi.json, and the
 * code that enforces it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

/* The order is that of the API, and of the policy that an audit log binds. */
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
	ENC_LIMIT_CORES, /* the only one that may have a fraction */
	ENC_LIMIT_SECONDS,
	ENC_LIMIT_MIB,
	ENC_LIMIT_BYTES,
	ENC_LIMIT_COUNT,
	ENC_LIMIT_UNIT_MAX,
};

enum enc_limit_enforcer {
	/* The kernel refuses more; see struct enc_way for what is when. */
	ENC_LIMIT_BY_KERNEL,
	ENC_LIMIT_BY_LAUNCHER, /* it looks at a clock, and ends the sandbox */
	ENC_LIMIT_BY_GATE,     /* it drops what is too much */
};

struct enc_limit_row {
	const char *name;     /* in the API */
	const char *log_name; /* audit: in the smallest unit; NULL: as @name */
	enum enc_limit_unit unit;
	enum enc_limit_enforcer enforcer;
	/* All in the smallest unit. */
	uint64_t least;
	uint64_t most;
	uint64_t usual;	      /* of a request that doesn't name it */
	const char *sentence; /* without its full stop */
};

/* Indexed by enum enc_limit; each in the smallest unit of its row. */
struct enc_limits {
	uint64_t value[ENC_LIMIT_MAX];
};

/* A set of limits: ENC_LIMIT_BIT(ENC_LIMIT_DISK) | ... */
#define ENC_LIMIT_BIT(limit) (UINT32_C(1) << (limit))

/* enc_limit_info() - what there is to know of one */
const struct enc_limit_row *enc_limit_info(enum enc_limit limit);

/* enc_limit_parse() - by name; false if there is none with that name */
ENC_NODISCARD bool enc_limit_parse(const char *name, enum enc_limit *ret_limit);

/* enc_limit_unit_name() - as help says it: "cores", "s"; "" for a count */
const char *enc_limit_unit_name(enum enc_limit limit);

/* enc_limit_shown() - a value as users write it: 0.5 cores, 30 seconds */
double enc_limit_shown(enum enc_limit limit, uint64_t value);

/* enc_limit_stored() - the value of a number that users wrote, not negative */
uint64_t enc_limit_stored(enum enc_limit limit, double shown);

/* enc_limits_usual() - what a request gets that names none */
struct enc_limits enc_limits_usual(void);

/**
 * enc_limits_check() - whether each is within its range
 *
 * Return: ENC_OK; ENC_BAD_LIMITS with the first that isn't
 */
ENC_NODISCARD enum enc_code enc_limits_check(const struct enc_limits *limits,
					     struct enc_error *err);

/* enc_limits_agree() - whether those of @set, by ENC_LIMIT_BIT(), are equal */
bool enc_limits_agree(const struct enc_limits *one,
		      const struct enc_limits *other, uint32_t set);

/**
 * enc_limits_write() - append them as the JSON object of the API
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer
 */
ENC_NODISCARD int enc_limits_write(const struct enc_limits *limits,
				   struct enc_buf *out);

/*
 * enc_limits_write_log() - append them as the audit log has them, whose numbers
 * are integers. The text is hashed: it must never change for what there is.
 */
ENC_NODISCARD int enc_limits_write_log(const struct enc_limits *limits,
				       struct enc_buf *out);

#endif
