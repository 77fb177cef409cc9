#include <errno.h>
#include <signal.h>

#include "failpoint.h"
#include "log.h"

enum { TIMES_DIGITS = 9 };

static const struct row {
	const char *name;
	const char *program;
	const char *text;
} rows[ENC_FAILPOINT_MAX] = {
/* clang-format off */
#define X(name, wire, program, text) \
	[ENC_FAILPOINT_##name] = { wire, program, text },
	ENC_FAILPOINTS(X)
#undef X
	/* clang-format on */
};

/*
 * Both variables are written before threads exist, and only one thread passes a
 * given failpoint, so no lock is needed. They are global because otherwise
 * every step in every room would need a context for a test feature.
 */
enum enc_failpoint enc_failpoint_armed_ = ENC_FAILPOINT_INVALID;
static unsigned long left;

/*
 * find() - find a failpoint by the name before the colon; INVALID if no program
 * has it
 */
static enum enc_failpoint find(const char *text)
{
	size_t length = strcspn(text, ":");

	for (int i = ENC_FAILPOINT_INVALID + 1; i < ENC_FAILPOINT_MAX; i++) {
		if (strlen(rows[i].name) == length &&
		    strncmp(rows[i].name, text, length) == 0) {
			return (enum enc_failpoint)i;
		}
	}
	return ENC_FAILPOINT_INVALID;
}

/*
 * times() - return the number after the colon; 1 if there is no colon, 0 if the
 * number is malformed
 */
static unsigned long times(const char *text)
{
	const char *number = strchr(text, ':');
	size_t digits = number == NULL ? 0 : strspn(number + 1, "0123456789");

	if (number == NULL) {
		return 1;
	}
	return digits > TIMES_DIGITS || number[1 + digits] != '\0'
		       ? 0
		       : strtoul(number + 1, NULL, 10);
}

int enc_failpoint_arm(const char *text, const char *program)
{
	enum enc_failpoint at =
		text == NULL ? ENC_FAILPOINT_INVALID : find(text);

	if (text == NULL) {
		return 0;
	}
	if (at == ENC_FAILPOINT_INVALID || times(text) == 0) {
		return -EINVAL;
	}
	if (strcmp(rows[at].program, program) == 0) {
		left = times(text);
		enc_failpoint_armed_ = at;
	}
	return 0;
}

const char *enc_failpoint_of(const char *text, const char *program)
{
	enum enc_failpoint at =
		text == NULL ? ENC_FAILPOINT_INVALID : find(text);

	return at != ENC_FAILPOINT_INVALID &&
			       strcmp(rows[at].program, program) == 0
		       ? text
		       : NULL;
}

void enc_failpoint_print(void)
{
	for (int i = ENC_FAILPOINT_INVALID + 1; i < ENC_FAILPOINT_MAX; i++) {
		printf("%s\t%s\t%s\n", rows[i].name, rows[i].program,
		       rows[i].text);
	}
}

void enc_failpoint_reached_(void)
{
	if (--left > 0) {
		return;
	}
	enc_log(ENC_LOG_ERROR, NULL, "failpoint %s: killed",
		rows[enc_failpoint_armed_].name);
	(void)raise(SIGKILL);
	__builtin_trap(); /* reached only as pid 1 of a namespace */
}
