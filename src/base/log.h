#ifndef ENC_BASE_LOG_H
#define ENC_BASE_LOG_H

/*
 * Structured log: one JSON object a line on stderr, which the parent collects.
 *
 *	{"ts":"...","level":"info","program":"enclave-api","pid":7,
 *	 "session":"s-...","message":"..."}
 *
 * or, for systemd's journal, which knows time and pid, one with a priority:
 *
 *	<6>enclave-api: s-...: message
 *
 * ENCLAVE_LOG is a level, and may have the word json or journal behind a comma.
 *
 * For mains and loops; a library returns errors instead. Never a secret, never
 * a byte of a program's output. Messages are cut at 1 KiB and escaped, so one
 * call is one line and, up to PIPE_BUF, one write. It waits for no reader: what
 * a full pipe has no room for is dropped.
 */

#include "def.h"

enum enc_log_level {
	ENC_LOG_DEBUG, /* written only with ENCLAVE_LOG=debug */
	ENC_LOG_INFO,
	ENC_LOG_WARNING, /* "..., ignoring" */
	ENC_LOG_ERROR,
	ENC_LOG_LEVEL_MAX,
};

/* enc_log_init() - @program is static; before the first call of enc_log() */
void enc_log_init(const char *program);

/*
 * enc_log_find_journal() - write for the journal if standard error is one, and
 * have children do so by ENCLAVE_LOG; while there is one thread
 */
void enc_log_find_journal(void);

/* enc_log_quiet() - drop everything below @level from now on */
void enc_log_quiet(enum enc_log_level level);

/* enc_log() - @session may be NULL */
void enc_log(enum enc_log_level level, const char *session, const char *format,
	     ...) ENC_PRINTF(3, 4);

#endif
