#include <errno.h>
#include <signal.h>

#include "failpoint.h"
#include "log.h"

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
 * Written before there are threads; each failpoint is passed by one thread
 * alone, so the count needs no lock. A context would have to reach every step
 * of every room for something that is off.
 */
enum enc_failpoint enc_failpoint_armed_ = ENC_FAILPOINT_INVALID;
static unsigned long left;

int enc_failpoint_arm(const char *text, const char *program)
{
	size_t length = text == NULL ? 0 : strcspn(text, ":");
	char *end = NULL;

	if (text == NULL) {
		return 0;
	}
	for (int i = ENC_FAILPOINT_INVALID + 1; i < ENC_FAILPOINT_MAX; i++) {
		if (strlen(rows[i].name) != length ||
		    strncmp(rows[i].name, text, length) != 0) {
			continue;
		}
		left = text[length] == '\0'
			       ? 1
			       : strtoul(text + length + 1, &end, 10);
		if (left == 0 || (end != NULL && *end != '\0')) {
			return -EINVAL;
		}
		if (strcmp(rows[i].program, program) == 0) {
			enc_failpoint_armed_ = (enum enc_failpoint)i;
		}
		return 0;
	}
	return -EINVAL;
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
}
