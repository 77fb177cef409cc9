#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

enum { MESSAGE_BYTES = 1024, LINE_BYTES = 8192 };

static const char *const level_names[ENC_LOG_LEVEL_MAX] = {
	[ENC_LOG_DEBUG] = "debug",
	[ENC_LOG_INFO] = "info",
	[ENC_LOG_WARNING] = "warning",
	[ENC_LOG_ERROR] = "error",
};

/* Logging is what file-scope state is allowed for. */
static const char *program_name = "enclave";
static enum enc_log_level least = ENC_LOG_INFO;

void enc_log_init(const char *program)
{
	const char *wanted = getenv("ENCLAVE_LOG");

	program_name = program;
	for (int level = 0; wanted != NULL && level < ENC_LOG_LEVEL_MAX;
	     level++) {
		if (strcmp(wanted, level_names[level]) == 0) {
			least = (enum enc_log_level)level;
		}
	}
}

void enc_log_quiet(enum enc_log_level level)
{
	least = level;
}

/* escape() - printable ASCII as it is, the rest as \u00xx; never cut inside */
static void escape(const char *text, char *ret_text, size_t room)
{
	for (; *text != '\0' && room > sizeof("\\u00ff"); text++) {
		unsigned char c = (unsigned char)*text;
		int wrote;

		if (c < ' ' || c > '~') {
			wrote = snprintf(ret_text, room, "\\u%04x", c);
		} else if (c == '"' || c == '\\') {
			wrote = snprintf(ret_text, room, "\\%c", c);
		} else {
			wrote = snprintf(ret_text, room, "%c", c);
		}
		ret_text += wrote;
		room -= (size_t)wrote;
	}
	*ret_text = '\0';
}

/*
 * put() - as far as there is room at once: a log that nobody reads may cost
 * lines, never the server. What poll() lets through doesn't block: a pipe has
 * room for a piece.
 */
static void put(const char *line, size_t length)
{
	struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };

	while (length > 0 && poll(&room, 1, 0) == 1) {
		ssize_t wrote = write(STDERR_FILENO, line,
				      ENC_MIN(length, (size_t)PIPE_BUF));

		if (wrote <= 0) {
			return; /* there is nobody to tell */
		}
		line += wrote;
		length -= (size_t)wrote;
	}
}

void enc_log(enum enc_log_level level, const char *session, const char *format,
	     ...)
{
	char time_text[ENC_CLOCK_ISO_BYTES];
	char message[MESSAGE_BYTES];
	char escaped[6 * MESSAGE_BYTES];
	char about[128] = "";
	char line[LINE_BYTES];
	va_list args;
	int length;

	if (level < least) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	escape(message, escaped, sizeof(escaped));
	if (session != NULL) {
		(void)snprintf(about, sizeof(about), "\"session\":\"%s\",",
			       session);
	}
	enc_clock_iso(enc_clock_wall_ms(), time_text);
	length = snprintf(line, sizeof(line),
			  "{\"ts\":\"%s\",\"level\":\"%s\",\"program\":\"%s\","
			  "\"pid\":%d,%s\"message\":\"%s\"}\n",
			  time_text, level_names[level], program_name,
			  (int)getpid(), about, escaped);
	ENC_ASSERT(length > 0 && (size_t)length < sizeof(line));
	put(line, (size_t)length);
}
