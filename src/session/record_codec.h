#ifndef ENC_SESSION_RECORD_CODEC_H
#define ENC_SESSION_RECORD_CODEC_H

/*
 * The public Session and Result as plain values, and their JSON texts. One
 * table of fields writes and reads each text. The store keeps the same text
 * that users see.
 */

#include <jansson.h>

#include "allowlist.h"
#include "backend.h"
#include "buf.h"
#include "err.h"
#include "grants.h"
#include "layer.h"
#include "phase.h"
#include "store.h"

/*
 * The fields of a Session, in the order of its JSON text. A new field is added
 * here and nowhere else. record_codec.c explains the kinds. A field's phase
 * says from which phase on it is shown: ALWAYS, STARTED or ENDED.
 *
 *	MEMBER(kind, type, member of struct enc_record, name in JSON, phase)
 *	SHAPE(kind, offset in the struct, name in JSON, phase) has no member
 */
/* clang-format off */
#define ENC_RECORD_FIELDS(MEMBER, SHAPE)				\
	MEMBER(TEXT, const char *, id, "id", ALWAYS)			\
	MEMBER(TEXT, const char *, org, "orgId", ALWAYS)		\
	MEMBER(TEXT, const char *, created_by, "createdBy", ALWAYS)	\
	MEMBER(TEXT, const char *, name, "name", ALWAYS)		\
	MEMBER(PHASE, enum enc_phase, phase, "phase", ALWAYS)		\
	MEMBER(OUTCOME, enum enc_phase, outcome, "outcome", ENDED)	\
	MEMBER(LANGUAGE, enum enc_language, language, "language", ALWAYS)\
	SHAPE(OBJECT, 0, "environment", ALWAYS)				\
	MEMBER(TEXT, const char *, environment, "name", ALWAYS)		\
	MEMBER(TEXT, const char *, environment_digest, "digest", ALWAYS)\
	SHAPE(END, 0, NULL, ALWAYS)					\
	MEMBER(LIMITS, struct enc_limits, limits, "limits", ALWAYS)	\
	MEMBER(EGRESS, struct enc_allowlist *, allowlist, "egress", ALWAYS)\
	MEMBER(BINDINGS, const struct enc_grant *, bindings,		\
	       "serviceBindings", ALWAYS)				\
	MEMBER(TEXT, const char *, kill_reason, "killReason", ENDED)	\
	SHAPE(OBJECT_IF_TEXT, AT(reason_code), "reason", ENDED)		\
	MEMBER(TEXT, const char *, reason_code, "code", ENDED)		\
	MEMBER(TEXT, const char *, reason_message, "message", ENDED)	\
	SHAPE(END, 0, NULL, ALWAYS)					\
	MEMBER(TEXT, const char *, backend, "backend", ALWAYS)		\
	SHAPE(OBJECT, 0, "isolation", ALWAYS)				\
	MEMBER(ISOLATION, enum enc_isolation, isolation, "kernel", ALWAYS)\
	MEMBER(LAYERS, uint32_t, layers, "layers", STARTED)		\
	MEMBER(OBJECT_IF_TRUE, bool, self_checked, "selfCheck", STARTED)\
	MEMBER(COUNT, int64_t, checks_tried, "tried", STARTED)		\
	MEMBER(COUNT, int64_t, checks_missed, "missed", STARTED)	\
	SHAPE(END, 0, NULL, ALWAYS)					\
	SHAPE(END, 0, NULL, ALWAYS)					\
	MEMBER(LABELS, const struct enc_store_label *, labels,		\
	       "labels", ALWAYS)					\
	SHAPE(OBJECT, 0, "usage", ALWAYS)				\
	MEMBER(COUNT, int64_t, cpu_ms, "cpuMs", ENDED)			\
	MEMBER(COUNT, int64_t, memory_peak_bytes, "memoryPeakBytes", ENDED)\
	MEMBER(COUNT, int64_t, pids_peak, "pidsPeak", ENDED)		\
	MEMBER(COUNT, int64_t, egress_attempts, "egressAttempts", ALWAYS)\
	SHAPE(END, 0, NULL, ALWAYS)					\
	SHAPE(OBJECT, 0, "timings", ALWAYS)				\
	MEMBER(SPAN, int64_t, queued_us, "queuedMs", ALWAYS)		\
	MEMBER(SPAN, int64_t, prepared_us, "preparedMs", STARTED)	\
	MEMBER(SPAN, int64_t, started_us, "startedMs", STARTED)		\
	MEMBER(SPAN, int64_t, first_byte_us, "firstByteMs", STARTED)	\
	MEMBER(SPAN, int64_t, finished_us, "finishedMs", ENDED)		\
	SHAPE(END, 0, NULL, ALWAYS)					\
	MEMBER(TIME, int64_t, created_ms, "createdAt", ALWAYS)		\
	MEMBER(TIME, int64_t, started_ms, "startedAt", STARTED)		\
	MEMBER(TIME, int64_t, finished_ms, "finishedAt", ENDED)
/* clang-format on */

/*
 * A Session as plain values. These values are null in JSON: a number below 0, a
 * time of 0, a text of NULL, an outcome of PENDING. The phase is the one that
 * users see.
 */
struct enc_record {
#define MEMBER(kind, type, member, name, phase) type member;
#define SHAPE(...)
	ENC_RECORD_FIELDS(MEMBER, SHAPE)
#undef MEMBER
#undef SHAPE
	size_t label_count;
	size_t binding_count; /* an id that was read is NULL */

	/*
	 * enc_record_done() releases `allowlist`, too: a copy of a record
	 * borrows it, or holds it once more.
	 */
	json_t *json; /* owns the texts of a record that was read */
	void *memory; /* owns labels, and texts that were kept */
};

/*
 * The fields of a Result that the store keeps as a record. The JSON that the
 * program returned is stored apart.
 */
struct enc_result_record {
	int64_t exit_code;
	int64_t signal;
	int64_t duration_ms;
	bool stdout_cut;
	bool stderr_cut;
};

/* Initial values: every field that can be null is null. */
#define ENC_RECORD_NONE                                \
	((struct enc_record){ .cpu_ms = -1,            \
			      .memory_peak_bytes = -1, \
			      .pids_peak = -1,         \
			      .queued_us = -1,         \
			      .prepared_us = -1,       \
			      .started_us = -1,        \
			      .first_byte_us = -1,     \
			      .finished_us = -1 })
#define ENC_RESULT_RECORD_NONE \
	((struct enc_result_record){ .exit_code = -1, .signal = -1 })

/* enc_record_done() - release the record's memory and zero the record */
void enc_record_done(struct enc_record *record);

/*
 * enc_record_fill_row() - copy fields into the row's columns of the same name
 *
 * The row borrows the record's texts. A text of NULL becomes an empty column.
 */
void enc_record_fill_row(const struct enc_record *record,
			 struct enc_store_session *row);

/**
 * enc_record_write() - append the members of the Session, without braces
 * @record: a field is written as null before the phase that shows it
 * @out:    gets at most ENC_STORE_RECORD_MAX_BYTES
 */
void enc_record_write(const struct enc_record *record, struct enc_buf *out);

/* enc_record_write_bindings() - append the names of the service bindings */
void enc_record_write_bindings(const struct enc_record *record,
			       struct enc_buf *out);

/*
 * enc_result_record_write() - append the members of the Result, without braces
 */
void enc_result_record_write(const struct enc_result_record *record,
			     struct enc_buf *out);

/*
 * enc_*_write_whole() - append the JSON object and a NUL, as the store keeps it
 */
void enc_record_write_whole(const struct enc_record *record,
			    struct enc_buf *out);
void enc_result_record_write_whole(const struct enc_result_record *record,
				   struct enc_buf *out);

/**
 * enc_record_read() - read a Session from its whole JSON text
 *
 * A missing member is read as null, an unknown one is skipped.
 * Return: ENC_OK, and the caller calls enc_record_done(); ENC_INTERNAL for a
 * damaged text
 */
ENC_NODISCARD enum enc_code enc_record_read(const char *text,
					    struct enc_record *ret_record,
					    struct enc_error *err);
ENC_NODISCARD enum enc_code
enc_result_record_read(const char *text, struct enc_result_record *ret_record,
		       struct enc_error *err);

#endif
