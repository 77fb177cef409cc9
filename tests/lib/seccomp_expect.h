#ifndef ENC_TESTS_SECCOMP_EXPECT_H
#define ENC_TESTS_SECCOMP_EXPECT_H

/*
 * What the rows of src/sandbox/seccomp_policy.h say about one call, read as
 * they are written: for tests that hold the compiled filter, and the kernel
 * under it, to them. Include gen_seccomp_rows.h after this.
 */

#include <stdint.h>

enum enc_seccomp_action {
	ENC_SECCOMP_MISSING, /* in no row: ENOSYS */
	ENC_SECCOMP_ALLOW,
	ENC_SECCOMP_ASK,
	ENC_SECCOMP_REFUSE,
	ENC_SECCOMP_LACK,
	ENC_SECCOMP_NOOPT,
	ENC_SECCOMP_INVALID,
	ENC_SECCOMP_IGNORE,
	ENC_SECCOMP_REPORT,
};

enum enc_seccomp_relation {
	ENC_SECCOMP_EQ,
	ENC_SECCOMP_LE,
	ENC_SECCOMP_GT,
	ENC_SECCOMP_MASK,
};

struct enc_seccomp_row {
	int number;
	const char *name;
	enum enc_seccomp_action action;
	unsigned int count;
	struct {
		unsigned int argument;
		enum enc_seccomp_relation relation;
		uint64_t mask;
		uint64_t value;
	} comparisons[6];
};

static inline int enc_seccomp_row_holds(const struct enc_seccomp_row *row,
					const uint64_t args[6])
{
	for (unsigned int i = 0; i < row->count; i++) {
		uint64_t value = row->comparisons[i].value;
		uint64_t given = args[row->comparisons[i].argument] &
				 row->comparisons[i].mask;

		switch (row->comparisons[i].relation) {
		case ENC_SECCOMP_LE:
			if (given > value) {
				return 0;
			}
			break;
		case ENC_SECCOMP_GT:
			if (given <= value) {
				return 0;
			}
			break;
		case ENC_SECCOMP_EQ:
		case ENC_SECCOMP_MASK:
			if (given != value) {
				return 0;
			}
			break;
		}
	}
	return 1;
}

/* The native architecture; @rows as generated. */
static inline enum enc_seccomp_action
enc_seccomp_expect(const struct enc_seccomp_row *rows, unsigned int count,
		   int number, const uint64_t args[6])
{
	for (unsigned int i = 0; i < count; i++) {
		if (rows[i].number == number &&
		    enc_seccomp_row_holds(&rows[i], args)) {
			return rows[i].action;
		}
	}
	return ENC_SECCOMP_MISSING;
}

#endif
