#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>
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

/* File-scope state is allowed only for logging. */
static const char *program_name = "enclave";
static enum enc_log_level least = ENC_LOG_INFO;
static bool for_journal;

/* The priorities of syslog(3). journald reads them at the start of a line. */
static const int priorities[ENC_LOG_LEVEL_MAX] = {
	[ENC_LOG_DEBUG] = 7,
	[ENC_LOG_INFO] = 6,
	[ENC_LOG_WARNING] = 4,
	[ENC_LOG_ERROR] = 3,
};

/* is_word() - whether @word is an item of a list like "info,journal" */
static bool is_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (;;) {
		size_t span = strcspn(list, ",");

		if (span == length && strncmp(list, word, length) == 0) {
			return true;
		}
		if (list[span] == '\0') {
			return false;
		}
		list += span + 1;
	}
}

bool enc_log_is_known(const char *value)
{
	for (;;) {
		size_t span = strcspn(value, ",");
		enc_autofree char *word = strndup(value, span);
		bool known = word != NULL && (strcmp(word, "json") == 0 ||
					      strcmp(word, "journal") == 0);

		for (int i = 0; word != NULL && i < ENC_LOG_LEVEL_MAX; i++) {
			known = known || strcmp(word, level_names[i]) == 0;
		}
		if (!known || value[span] == '\0') {
			return known;
		}
		value += span + 1;
	}
}

void enc_log_init(const char *program)
{
	const char *wanted = getenv("ENCLAVE_LOG");

	program_name = program;
	least = ENC_LOG_INFO;
	for_journal = false;
	if (wanted == NULL) {
		return;
	}
	for (int level = 0; level < ENC_LOG_LEVEL_MAX; level++) {
		if (is_word(wanted, level_names[level])) {
			least = (enum enc_log_level)level;
		}
	}
	for_journal = is_word(wanted, "journal");
}

void enc_log_find_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	const char *wanted = getenv("ENCLAVE_LOG");
	char own[64];
	char words[64];
	struct stat status;

	if (stream == NULL || fstat(STDERR_FILENO, &status) < 0 ||
	    (wanted != NULL && is_word(wanted, "json"))) {
		return;
	}
	(void)snprintf(own, sizeof(own), "%llu:%llu",
		       (unsigned long long)status.st_dev,
		       (unsigned long long)status.st_ino);
	if (strcmp(own, stream) != 0) {
		/*
		 * JOURNAL_STREAM was inherited, and stderr isn't the journal.
		 */
		return;
	}
	for_journal = true;
	(void)snprintf(words, sizeof(words), "%s,journal", level_names[least]);
	/* If setenv() fails, child processes write JSON. */
	ENC_IGNORE(setenv("ENCLAVE_LOG", words, 1));
}

/*
 * escape() - copy printable ASCII and write the rest as \u00xx; an escape is
 * never cut in half
 */
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
 * put() - write as much of a line as fits without blocking. If nobody reads the
 * log, lines are lost, but the server doesn't stop. When poll() reports room, a
 * pipe has room for PIPE_BUF bytes, so write() doesn't block.
 */
static void put(const char *line, size_t length)
{
	struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };

	while (length > 0 && poll(&room, 1, 0) == 1) {
		ssize_t wrote = write(STDERR_FILENO, line,
				      ENC_MIN(length, (size_t)PIPE_BUF));

		if (wrote <= 0) {
			return; /* a log failure can't be logged */
		}
		line += wrote;
		length -= (size_t)wrote;
	}
}

/*
 * write_line() - format and write a line. It is a separate function so that a
 * dropped message needs none of the large buffers.
 */
ENC_PRINTF(3, 0)
static __attribute__((noinline)) void write_line(enum enc_log_level level,
						 const char *session,
						 const char *format,
						 va_list args)
{
	char time_text[ENC_CLOCK_ISO_BYTES];
	char message[MESSAGE_BYTES];
	char escaped[6 * MESSAGE_BYTES];
	char about[128] = "";
	char line[LINE_BYTES];
	int length;

	(void)vsnprintf(message, sizeof(message), format, args);
	escape(message, escaped, sizeof(escaped));
	if (for_journal) {
		length = snprintf(line, sizeof(line), "<%d>%s: %s%s%s\n",
				  priorities[level], program_name,
				  session == NULL ? "" : session,
				  session == NULL ? "" : ": ", escaped);
		ENC_ASSERT(length > 0 && (size_t)length < sizeof(line));
		put(line, (size_t)length);
		return;
	}
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

void enc_log(enum enc_log_level level, const char *session, const char *format,
	     ...)
{
	va_list args;

	if (level < least) {
		return;
	}
	va_start(args, format);
	write_line(level, session, format, args);
	va_end(args);
}

bool enc_log_limit_pass(struct enc_log_limit *limit, int64_t now_ms,
			uint64_t *ret_left_out)
{
	/* Zero, not a time: the monotonic clock may begin with the process. */
	if (limit->next_ms != 0 && now_ms < limit->next_ms) {
		limit->left_out++;
		return false;
	}
	*ret_left_out = limit->left_out;
	*limit = (struct enc_log_limit){ .next_ms = now_ms + ENC_LOG_LIMIT_MS };
	return true;
}

void enc_log_limited(struct enc_log_limit *limit, enum enc_log_level level,
		     const char *session, const char *format, ...)
{
	char message[MESSAGE_BYTES];
	uint64_t left_out;
	va_list args;

	if (!enc_log_limit_pass(limit, enc_clock_mono_ms(), &left_out)) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (left_out == 0) {
		enc_log(level, session, "%s", message);
	} else {
		enc_log(level, session, "%s (and %llu times more)", message,
			(unsigned long long)left_out);
	}
}
