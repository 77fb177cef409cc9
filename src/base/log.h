#ifndef ENC_BASE_LOG_H
#define ENC_BASE_LOG_H

/*
 * The structured log: one JSON object per line on stderr. The parent collects
 * it.
 *
 *	{"ts":"...","level":"info","program":"enclave-api","pid":7,
 *	 "session":"s-...","message":"..."}
 *
 * systemd's journal adds time and pid by itself, so its format is a line with a
 * priority:
 *
 *	<6>enclave-api: s-...: message
 *
 * The environment variable ENCLAVE_LOG is a level. ",json" or ",journal" after
 * the level selects the format.
 *
 * Only main programs and their loops log; a library returns errors instead.
 * Never log a secret or a byte of a program's output. A message is cut at 1 KiB
 * and escaped, so each call writes one line. A line of up to PIPE_BUF bytes is
 * a single write. The log never waits for its reader: lines that don't fit into
 * a full pipe are dropped.
 */

#include <stdbool.h>
#include <stdint.h>

#include "def.h"

enum enc_log_level {
	/* Such messages are written only if ENCLAVE_LOG is "debug". */
	ENC_LOG_DEBUG,
	ENC_LOG_INFO,
	ENC_LOG_WARNING, /* something failed, and the program goes on */
	ENC_LOG_ERROR,
	ENC_LOG_LEVEL_MAX,
};

/*
 * enc_log_init() - set the name of the program and read ENCLAVE_LOG; must come
 * before the first enc_log(). @program is not copied.
 */
void enc_log_init(const char *program);

/*
 * enc_log_is_known() - whether each word of a value of ENCLAVE_LOG is known;
 * others are ignored by enc_log_init()
 */
bool enc_log_is_known(const char *value);

/*
 * enc_log_find_journal() - use the journal's format if standard error is the
 * journal, and make children use it by setting ENCLAVE_LOG. Call this before
 * starting threads.
 */
void enc_log_find_journal(void);

/* enc_log() - log a message; @session is the id of the session, may be NULL */
void enc_log(enum enc_log_level level, const char *session, const char *format,
	     ...) ENC_PRINTF(3, 4);

/* Limits the lines about one kind of failure, which may go on; zeroed at first. */
struct enc_log_limit {
	int64_t next_ms; /* when the next line may be written */
	uint64_t left_out;
};

enum { ENC_LOG_LIMIT_MS = 30000 };

/*
 * enc_log_limit_pass() - whether a line may be written at @now_ms: the first
 * one, and then one per ENC_LOG_LIMIT_MS. Otherwise the line is counted.
 * @ret_left_out: set with true: count of the lines left out since the last one
 */
bool enc_log_limit_pass(struct enc_log_limit *limit, int64_t now_ms,
			uint64_t *ret_left_out);

/*
 * enc_log_limited() - log a message if @limit lets it pass; the line says how
 * many were left out before it
 */
void enc_log_limited(struct enc_log_limit *limit, enum enc_log_level level,
		     const char *session, const char *format, ...)
	ENC_PRINTF(4, 5);

#endif
