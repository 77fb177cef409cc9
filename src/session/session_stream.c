#include "session_stream.h"
#include "base64.h"
#include "clock.h"
#include "json.h"

enum {
	PAGE_BYTES = 24 * 1024,
	PAGE_ENTRIES = 256,
	SEQ_DIGITS = 15,
};

#define PRINT(out, ...) ENC_MUST(enc_buf_printf(out, __VA_ARGS__))

bool enc_session_stream_parse(const char *text, uint64_t *ret_seq)
{
	uint64_t seq = 0;
	size_t length = strlen(text);

	if (length == 0 || length > SEQ_DIGITS) {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9') {
			return false;
		}
		seq = seq * 10 + (uint64_t)(text[i] - '0');
	}
	*ret_seq = seq;
	return true;
}

/* ---- opening ---- */

struct first {
	uint64_t seq; /* number of the first entry; 0: there is none */
	enum enc_entry_kind kind;
};

static bool take_first(void *context, const struct enc_store_entry *entry)
{
	*(struct first *)context = (struct first){ entry->seq, entry->kind };
	return false;
}

enum enc_code enc_session_stream_open(struct enc_session_stream *stream,
				      const struct enc_session_source *source,
				      uint64_t last, uint64_t last_seq,
				      struct enc_error *err)
{
	const struct enc_store_page one = { .from_seq = last,
					    .max_entries = 1 };
	struct first first = { 0 };
	enum enc_code code = ENC_OK;

	*stream = (struct enc_session_stream){ .next_seq = last + 1 };
	if (last > 0) {
		code = enc_session_log_read(source, &one, take_first, &first,
					    err);
	}
	if (code != ENC_OK || last == 0) {
		return code;
	}
	stream->lost = first.seq != last;
	stream->ended = first.seq == last && first.kind == ENC_ENTRY_END;
	if (last > last_seq) {
		/*
		 * The reader names an event that never existed. A stored
		 * session repeats its last event, which shows the end.
		 */
		stream->next_seq =
			source->log == NULL ? last_seq : last_seq + 1;
	}
	return ENC_OK;
}

/* ---- events ---- */

/* begin_event() - write an event up to its data */
static void begin_event(struct enc_buf *out, uint64_t seq, const char *kind)
{
	PRINT(out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)seq,
	      kind);
}

static void put_time(struct enc_buf *out, int64_t wall_ms)
{
	char text[ENC_CLOCK_ISO_BYTES];

	enc_clock_iso(wall_ms, text);
	PRINT(out, "{\"at\":\"%s\",", text);
}

/* put_output() - write output both as base64, which is exact, and as text */
static void put_output(struct enc_buf *out, const struct enc_store_entry *entry)
{
	enc_autofree char *exact =
		enc_base64_encode(entry->data, entry->length);

	begin_event(out, entry->seq,
		    entry->kind == ENC_ENTRY_STDOUT ? "stdout" : "stderr");
	put_time(out, entry->at_ms);
	PRINT(out, "\"base64\":\"%s\",\"text\":", exact);
	ENC_MUST(enc_json_string(out, entry->data, entry->length));
	PRINT(out, "}\n\n");
}

/* put_word() - write an event whose data is a phase or an outcome */
static void put_word(struct enc_buf *out, const struct enc_store_entry *entry,
		     const char *kind, const char *member)
{
	begin_event(out, entry->seq, kind);
	put_time(out, entry->at_ms);
	PRINT(out, "\"%s\":", member);
	ENC_MUST(enc_json_string(out, entry->data, entry->length));
	PRINT(out, "}\n\n");
}

/* A page of entries that is being written as events. */
struct page {
	struct enc_session_stream *stream;
	struct enc_buf *out;
	int64_t result_ms;
};

/*
 * put_event() - write the event of an entry; at the result the page ends, since
 * put_result() writes that event
 */
static bool put_event(void *context, const struct enc_store_entry *entry)
{
	struct page *page = context;
	struct enc_session_stream *stream = page->stream;

	stream->next_seq = entry->seq + 1;
	switch (entry->kind) {
	case ENC_ENTRY_PHASE:
		put_word(page->out, entry, "phase", "phase");
		return true;
	case ENC_ENTRY_STDOUT:
	case ENC_ENTRY_STDERR:
		put_output(page->out, entry);
		return true;
	case ENC_ENTRY_AUDIT:
		begin_event(page->out, entry->seq, "audit");
		ENC_MUST(enc_buf_append(page->out, entry->data, entry->length));
		PRINT(page->out, "\n\n");
		return true;
	case ENC_ENTRY_RESULT:
		stream->result = true;
		stream->result_seq = entry->seq;
		page->result_ms = entry->at_ms;
		return false;
	case ENC_ENTRY_END:
		put_word(page->out, entry, "end", "outcome");
		stream->ended = true;
		return false;
	case ENC_ENTRY_INVALID:
	case ENC_ENTRY_MAX:
		break;
	}
	return true; /* an entry of a later version; this one can't show it */
}

/* put_result() - write the next piece of the event `result` */
static enum enc_code put_result(struct enc_session_stream *stream,
				struct enc_buf *out, struct enc_error *err)
{
	enum enc_code code;

	if (stream->pieces.part == ENC_RESULT_HEAD) {
		begin_event(out, stream->result_seq, "result");
	}
	code = enc_result_pieces_next(&stream->pieces, out, err);
	if (stream->pieces.part == ENC_RESULT_DONE) {
		PRINT(out, "\n\n");
		stream->result = false;
	}
	return code;
}

enum enc_code enc_session_stream_next(struct enc_session_stream *stream,
				      const struct enc_session_source *source,
				      struct enc_buf *out,
				      struct enc_error *err)
{
	const struct enc_store_page wanted = {
		.from_seq = stream->next_seq,
		.max_entries = PAGE_ENTRIES,
		.max_bytes = PAGE_BYTES,
	};
	struct page page = { .stream = stream, .out = out };
	enum enc_code code;

	if (stream->lost) {
		/*
		 * The event has no id, so a reader that reconnects gets it
		 * again.
		 */
		PRINT(out, "event: gap\ndata: {\"next\":%llu}\n\n",
		      (unsigned long long)stream->next_seq);
		stream->lost = false;
	}
	if (stream->result) {
		return put_result(stream, out, err);
	}
	code = enc_session_log_read(source, &wanted, put_event, &page, err);
	if (code != ENC_OK || !stream->result) {
		return code;
	}
	stream->pieces = (struct enc_result_pieces){
		.store = source->store,
		.session = source->id,
		.at_ms = page.result_ms,
	};
	/* An empty output would mean that there is no event to show now. */
	return out->length > 0 ? ENC_OK : put_result(stream, out, err);
}
