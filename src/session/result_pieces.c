#include "result_pieces.h"
#include "clock.h"
#include "json.h"
#include "record_codec.h"
#include "utf8.h"

enum {
	OUTPUT_PAGE_BYTES = 32 * 1024,
	OUTPUT_PAGE_ENTRIES = 512,
	JSON_PAGE_BYTES = 32 * 1024,
	/* JSON up to this size may share a piece with output. */
	SMALL_JSON_BYTES = 4 * 1024,
};

#define OUTPUT_KINDS (1U << ENC_ENTRY_STDOUT | 1U << ENC_ENTRY_STDERR)
#define PRINT(out, ...) ENC_MUST(enc_buf_printf(out, __VA_ARGS__))

static bool add_length(void *context, const struct enc_store_entry *entry)
{
	*(size_t *)context += entry->length;
	return true;
}

/* is_small() - whether the output is small enough for an event */
static enum enc_code is_small(const struct enc_result_pieces *pieces,
			      bool *ret_small, struct enc_error *err)
{
	const struct enc_store_page page = {
		.kinds = OUTPUT_KINDS,
		.max_bytes = ENC_RESULT_EVENT_OUTPUT_BYTES + 1,
	};
	size_t length = 0;
	enum enc_code code =
		enc_store_read_entries(pieces->store, pieces->session, &page,
				       add_length, &length, err);

	*ret_small = length <= ENC_RESULT_EVENT_OUTPUT_BYTES;
	return code;
}

/* A page of output, whose entries are written into two strings. */
struct both {
	struct enc_buf *out; /* buffer that gets stdout */
	struct enc_buf *err; /* buffer that gets stderr */
	size_t entries;
	size_t bytes;
};

static bool write_either(void *context, const struct enc_store_entry *entry)
{
	struct both *both = context;

	ENC_MUST(enc_json_string_part(entry->kind == ENC_ENTRY_STDOUT
					      ? both->out
					      : both->err,
				      entry->data, entry->length));
	both->entries++;
	both->bytes += entry->length;
	return true;
}

/*
 * write_page() - write stdout, stderr and json at once, if one page of the log
 * has all output and json is small
 * @ret_done: false: nothing was written
 */
static enum enc_code write_page(const struct enc_session_source *source,
				struct enc_text json, struct enc_buf *out,
				bool *ret_done, struct enc_error *err)
{
	const struct enc_store_page page = {
		.kinds = OUTPUT_KINDS,
		.max_entries = OUTPUT_PAGE_ENTRIES,
		.max_bytes = OUTPUT_PAGE_BYTES,
	};
	ENC_AUTO(buf) stderr_string = ENC_BUF(ENC_RESULT_PIECE_MAX_BYTES);
	struct both both = { .out = out, .err = &stderr_string };
	size_t before = out->length;
	enum enc_code code;

	*ret_done = false;
	if (json.length > SMALL_JSON_BYTES) {
		return ENC_OK;
	}
	PRINT(out, ",\"stdout\":\"");
	code = enc_session_log_read(source, &page, write_either, &both, err);
	if (code != ENC_OK || both.entries >= OUTPUT_PAGE_ENTRIES ||
	    both.bytes >= OUTPUT_PAGE_BYTES) {
		enc_buf_truncate(out, before);
		return code;
	}
	PRINT(out, "\",\"stderr\":\"");
	ENC_MUST(enc_buf_append(out, enc_buf_bytes(&stderr_string),
				stderr_string.length));
	PRINT(out, "\",\"json\":");
	ENC_MUST(enc_json_ascii(out, json.bytes, json.length));
	PRINT(out, "}");
	*ret_done = true;
	return ENC_OK;
}

bool enc_result_write_live(const struct enc_session *session,
			   struct enc_buf *out)
{
	const struct enc_session_source source = { &session->log, NULL,
						   session->id };
	const struct enc_result_record record =
		enc_session_result_record(session);
	const struct enc_text null = { "null", 4 };
	const struct enc_text json = {
		(const char *)enc_buf_bytes(&session->result),
		session->result.length
	};
	size_t before = out->length;
	enum enc_code code;
	bool done;

	if (!enc_session_log_is_whole(&session->log)) {
		return false;
	}
	PRINT(out, "{");
	enc_result_record_write(&record, out);
	code = write_page(&source, session->have_result ? json : null, out,
			  &done, NULL);
	ENC_ASSERT(code == ENC_OK); /* reading from memory can't fail */
	if (!done) {
		enc_buf_truncate(out, before);
	}
	return done;
}

/*
 * write_rest() - write all that follows the record; if it is too large, only
 * its beginning
 */
static enum enc_code write_rest(struct enc_result_pieces *pieces,
				const char *json, struct enc_buf *out,
				struct enc_error *err)
{
	const struct enc_session_source source = { NULL, pieces->store,
						   pieces->session };
	bool small = true;
	bool done;
	enum enc_code code =
		write_page(&source, (struct enc_text){ json, strlen(json) },
			   out, &done, err);

	if (code != ENC_OK || done) {
		pieces->part = done ? ENC_RESULT_DONE : pieces->part;
		return code;
	}
	if (pieces->at_ms != 0) {
		code = is_small(pieces, &small, err);
	}
	if (code == ENC_OK && small) {
		PRINT(out, ",\"stdout\":\"");
		pieces->part = ENC_RESULT_STDOUT;
	} else if (code == ENC_OK) {
		PRINT(out, ",\"stdout\":null,\"stderr\":null,\"json\":");
		pieces->part = ENC_RESULT_JSON;
	}
	return code;
}

static const char *json_of(const struct enc_store_result *row)
{
	return row->json == NULL ? "null" : row->json;
}

/* write_head() - write the record, and what fits into the same piece */
static enum enc_code write_head(struct enc_result_pieces *pieces,
				struct enc_buf *out, struct enc_error *err)
{
	ENC_AUTO(store_result) row = { 0 };
	struct enc_result_record record;
	enum enc_code code =
		enc_store_get_result(pieces->store, pieces->session, &row, err);

	if (code == ENC_OK) {
		code = enc_result_record_read(row.record, &record, err);
		if (code != ENC_OK) {
			enc_wrap(err, "session %s", pieces->session);
		}
	}
	if (code != ENC_OK) {
		return code;
	}
	PRINT(out, "{");
	if (pieces->at_ms != 0) {
		char at[ENC_CLOCK_ISO_BYTES];

		enc_clock_iso(pieces->at_ms, at);
		PRINT(out, "\"at\":\"%s\",", at);
	}
	enc_result_record_write(&record, out);
	return write_rest(pieces, json_of(&row), out, err);
}

/* Writes a page of output into a JSON string. */
struct output_page {
	struct enc_buf *out;
	uint64_t last_seq; /* number of the last entry; 0: the page was empty */
};

static bool write_entry(void *context, const struct enc_store_entry *entry)
{
	struct output_page *page = context;

	ENC_MUST(enc_json_string_part(page->out, entry->data, entry->length));
	page->last_seq = entry->seq;
	return true;
}

/*
 * write_output() - write the next page of a stream, or end its string after the
 * last page
 */
static enum enc_code write_output(struct enc_result_pieces *pieces,
				  enum enc_entry_kind kind, struct enc_buf *out,
				  struct enc_error *err)
{
	const struct enc_store_page page = {
		.from_seq = pieces->next_seq,
		.kinds = 1U << kind,
		.max_entries = OUTPUT_PAGE_ENTRIES,
		.max_bytes = OUTPUT_PAGE_BYTES,
	};
	struct output_page to = { .out = out };
	enum enc_code code =
		enc_store_read_entries(pieces->store, pieces->session, &page,
				       write_entry, &to, err);

	pieces->next_seq = to.last_seq + 1;
	if (code != ENC_OK || to.last_seq != 0) {
		return code;
	}
	if (kind == ENC_ENTRY_STDOUT) {
		PRINT(out, "\",\"stderr\":\"");
		pieces->part = ENC_RESULT_STDERR;
	} else {
		PRINT(out, "\",\"json\":");
		pieces->part = ENC_RESULT_JSON;
	}
	return ENC_OK;
}

/*
 * write_json() - write the next part of the program's result. It is read from
 * the store for each part, so that no memory is held for a slow reader.
 */
static enum enc_code write_json(struct enc_result_pieces *pieces,
				struct enc_buf *out, struct enc_error *err)
{
	ENC_AUTO(store_result) row = { 0 };
	enum enc_code code =
		enc_store_get_result(pieces->store, pieces->session, &row, err);
	const char *json = json_of(&row);
	const uint8_t *at;
	size_t left;
	size_t part;

	if (code != ENC_OK) {
		return code;
	}
	at = (const uint8_t *)json + pieces->next_byte;
	left = strlen(json) - pieces->next_byte;
	part = ENC_MIN(left, (size_t)JSON_PAGE_BYTES);
	if (part < left) {
		part -= enc_utf8_partial(at, part);
	}
	ENC_MUST(enc_json_ascii(out, at, part));
	pieces->next_byte += part;
	if (part == left) {
		PRINT(out, "}");
		pieces->part = ENC_RESULT_DONE;
	}
	return ENC_OK;
}

enum enc_code enc_result_pieces_next(struct enc_result_pieces *pieces,
				     struct enc_buf *out, struct enc_error *err)
{
	switch (pieces->part) {
	case ENC_RESULT_HEAD:
		return write_head(pieces, out, err);
	case ENC_RESULT_STDOUT:
		return write_output(pieces, ENC_ENTRY_STDOUT, out, err);
	case ENC_RESULT_STDERR:
		return write_output(pieces, ENC_ENTRY_STDERR, out, err);
	case ENC_RESULT_JSON:
		return write_json(pieces, out, err);
	case ENC_RESULT_DONE:
		break;
	}
	return ENC_OK;
}
