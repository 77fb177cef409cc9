#ifndef ENC_SESSION_RECORD_CODEC_H
#define ENC_SESSION_RECORD_CODEC_H

/*
 * The public Session and Result as plain values, and their JSON texts. One
 * table of fields writes and reads each: name, kind, place in the struct, and
 * the phase from which on the field is shown. The store keeps the same text
 * that users see.
 */

#include <jansson.h>

#include "backend.h"
#include "buf.h"
#include "err.h"
#include "layer.h"
#include "phase.h"
#include "store.h"

/* A number below 0, a time of 0 and a text of NULL are null in JSON. */
struct enc_record {
	const char *id;
	const char *org;
	const char *created_by;
	enum enc_phase phase;	/* as it is told */
	enum enc_phase outcome; /* PENDING: null */
	enum enc_language language;
	const char *environment;
	const char *environment_digest;
	struct enc_limits limits;
	const char *kill_reason;
	const char *reason_code; /* NULL: there is no reason */
	const char *reason_message;
	const char *backend;
	enum enc_isolation isolation;
	uint32_t layers; /* ENC_LAYER_flags */
	bool self_checked;
	int64_t checks_tried;
	int64_t checks_missed;
	const struct enc_store_label *labels;
	size_t label_count;
	int64_t cpu_ms;
	int64_t memory_peak_bytes;
	int64_t pids_peak;
	int64_t egress_attempts;
	int64_t queued_us;
	int64_t prepared_us;
	int64_t started_us;
	int64_t first_byte_us;
	int64_t finished_us;
	int64_t created_ms;
	int64_t started_ms;
	int64_t finished_ms;

	json_t *json; /* of one that was read: its texts lie in it */
	struct enc_store_label *owned_labels;
};

/* What the store keeps of a Result beside the program's own JSON. */
struct enc_result_record {
	int64_t exit_code;
	int64_t signal;
	int64_t duration_ms;
	bool stdout_cut;
	bool stderr_cut;
};

/* With every field that may be null as null. */
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

/* enc_record_done() - release what a read made; a written one owns nothing */
void enc_record_done(struct enc_record *record);

/**
 * enc_record_write() - append the members of the Session, without braces
 * @record: a field that is shown only in a later phase than record->phase is
 *          written as null
 *
 * What is appended has at most ENC_STORE_RECORD_MAX_BYTES.
 */
void enc_record_write(const struct enc_record *record, struct enc_buf *out);

/* enc_result_record_write() - the same, of the Result */
void enc_result_record_write(const struct enc_result_record *record,
			     struct enc_buf *out);

/* enc_*_write_whole() - with braces and a NUL, as the store keeps it */
void enc_record_write_whole(const struct enc_record *record,
			    struct enc_buf *out);
void enc_result_record_write_whole(const struct enc_result_record *record,
				   struct enc_buf *out);

/**
 * enc_record_read() - a Session from its whole JSON text
 *
 * A member that is missing is null, one that isn't known is passed over.
 * Return: ENC_OK, and enc_record_done() is owed; ENC_INTERNAL
 */
ENC_NODISCARD enum enc_code enc_record_read(const char *text,
					    struct enc_record *ret_record,
					    struct enc_error *err);
ENC_NODISCARD enum enc_code
enc_result_record_read(const char *text, struct enc_result_record *ret_record,
		       struct enc_error *err);

#endif
