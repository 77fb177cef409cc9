#include "session_log.h"
#include "utf8.h"

enum {
	PAUSE_MS = 1000,    /* output after such a pause is a new entry */
	LOST_MAX = 1 << 20, /* limit of entries shown but never stored */
};

struct entry {
	struct enc_list link;
	struct enc_store_entry row; /* the entry; its data points to `bytes` */
	uint8_t bytes[];
};

static struct entry *entry_of(struct enc_list *link)
{
	return ENC_HOLDER(link, struct entry, link);
}

static size_t size_of(const struct entry *entry)
{
	return sizeof(*entry) + entry->row.length;
}

static bool is_output(enum enc_entry_kind kind)
{
	return kind == ENC_ENTRY_STDOUT || kind == ENC_ENTRY_STDERR;
}

static void drop_first(struct enc_session_log *log)
{
	struct entry *entry = entry_of(log->entries.next);

	log->bytes -= size_of(entry);
	enc_list_remove(&entry->link);
	free(entry);
}

void enc_session_log_init(struct enc_session_log *log)
{
	*log = (struct enc_session_log){ 0 };
	enc_list_init(&log->entries);
	for (int i = 0; i < ENC_STREAM_MAX; i++) {
		log->open[i] = ENC_BUF(ENC_STORE_ENTRY_MAX_BYTES);
	}
}

void enc_session_log_done(struct enc_session_log *log)
{
	while (!enc_list_empty(&log->entries)) {
		drop_first(log);
	}
	for (int i = 0; i < ENC_STREAM_MAX; i++) {
		enc_buf_done(&log->open[i]);
	}
}

void enc_session_log_go_on(struct enc_session_log *log, uint64_t last_seq)
{
	log->submitted_seq = last_seq;
	log->durable_seq = last_seq;
	log->shown_seq = last_seq;
	log->last_seq = last_seq + LOST_MAX;
}

/* ---- writing ---- */

/*
 * show_output() - let readers see the output that directly follows the shown
 * entries
 */
static void show_output(struct enc_session_log *log)
{
	ENC_LIST_EACH(log->entries, at)
	{
		const struct enc_store_entry *row = &entry_of(at)->row;

		if (row->seq <= log->shown_seq) {
			continue;
		}
		if (!is_output(row->kind)) {
			return;
		}
		log->shown_seq = row->seq;
	}
}

/* number() - make an entry with the next number */
static void number(struct enc_session_log *log, enum enc_entry_kind kind,
		   const void *data, size_t length, int64_t at_ms)
{
	struct entry *entry = enc_xalloc(sizeof(*entry) + length);

	memcpy(entry->bytes, data, length);
	entry->row = (struct enc_store_entry){
		.seq = log->last_seq + 1,
		.kind = kind,
		.at_ms = at_ms,
		.data = entry->bytes,
		.length = length,
	};
	if (is_output(kind)) {
		log->output_entries++;
		if (log->shown_seq == log->last_seq) {
			log->shown_seq = entry->row.seq;
		}
	}
	log->last_seq = entry->row.seq;
	log->bytes += size_of(entry);
	log->waiting_bytes += length;
	log->unstored_bytes += length;
	enc_list_append(&log->entries, &entry->link);
}

/*
 * cut_stream() - make an entry of the collected output, without an incomplete
 * character at its end
 */
static void cut_stream(struct enc_session_log *log, enum enc_stream stream,
		       int64_t now_ms)
{
	struct enc_buf *open = &log->open[stream];
	size_t whole = open->length -
		       enc_utf8_partial(enc_buf_bytes(open), open->length);

	if (whole > 0) {
		number(log,
		       stream == ENC_STREAM_STDOUT ? ENC_ENTRY_STDOUT
						   : ENC_ENTRY_STDERR,
		       enc_buf_bytes(open), whole, log->open_ms[stream]);
		enc_buf_consume(open, whole);
		log->open_ms[stream] = now_ms;
	}
}

static bool has_many(const struct enc_session_log *log)
{
	return log->output_entries >= ENC_SESSION_LOG_OUTPUT_MAX;
}

void enc_session_log_add(struct enc_session_log *log, enum enc_entry_kind kind,
			 const void *data, size_t length, int64_t now_ms)
{
	ENC_ASSERT(!is_output(kind));
	for (int i = 0; i < ENC_STREAM_MAX && !has_many(log); i++) {
		cut_stream(log, (enum enc_stream)i, now_ms);
	}
	number(log, kind, data, length, now_ms);
}

void enc_session_log_add_text(struct enc_session_log *log,
			      enum enc_entry_kind kind, const char *text,
			      int64_t now_ms)
{
	enc_session_log_add(log, kind, text, strlen(text), now_ms);
}

void enc_session_log_output(struct enc_session_log *log, enum enc_stream stream,
			    const void *bytes, size_t length, int64_t now_ms)
{
	struct enc_buf *open = &log->open[stream];
	const uint8_t *at = bytes;

	if (!has_many(log)) {
		cut_stream(log,
			   stream == ENC_STREAM_STDOUT ? ENC_STREAM_STDERR
						       : ENC_STREAM_STDOUT,
			   now_ms);
		if (now_ms - log->open_ms[stream] >= PAUSE_MS) {
			cut_stream(log, stream, now_ms);
		}
	}
	while (length > 0) {
		size_t room = ENC_STORE_ENTRY_MAX_BYTES - open->length;
		size_t piece = ENC_MIN(length, room);

		if (open->length == 0) {
			log->open_ms[stream] = now_ms;
		}
		ENC_MUST(enc_buf_append(open, at, piece));
		at += piece;
		length -= piece;
		if (open->length == ENC_STORE_ENTRY_MAX_BYTES) {
			cut_stream(log, stream, now_ms);
		}
	}
}

size_t enc_session_log_drop_partial(struct enc_session_log *log,
				    enum enc_stream stream)
{
	struct enc_buf *open = &log->open[stream];
	size_t partial = enc_utf8_partial(enc_buf_bytes(open), open->length);

	enc_buf_truncate(open, open->length - partial);
	return partial;
}

void enc_session_log_end_output(struct enc_session_log *log, int64_t now_ms)
{
	for (int i = 0; i < ENC_STREAM_MAX; i++) {
		struct enc_buf *open = &log->open[i];

		if (open->length > 0) {
			number(log,
			       i == ENC_STREAM_STDOUT ? ENC_ENTRY_STDOUT
						      : ENC_ENTRY_STDERR,
			       enc_buf_bytes(open), open->length, now_ms);
		}
		enc_buf_done(open);
	}
}

/* ---- making it durable ---- */

bool enc_session_log_waits(const struct enc_session_log *log)
{
	return log->last_seq > log->submitted_seq;
}

bool enc_session_log_has_output_only(const struct enc_session_log *log)
{
	ENC_LIST_EACH(log->entries, at)
	{
		const struct enc_store_entry *row = &entry_of(at)->row;

		if (row->seq > log->submitted_seq && !is_output(row->kind)) {
			return false;
		}
	}
	return true;
}

bool enc_session_log_is_long(const struct enc_session_log *log)
{
	return log->waiting_bytes >= ENC_SESSION_LOG_SUBMIT_BYTES;
}

bool enc_session_log_is_ahead(const struct enc_session_log *log)
{
	return log->unstored_bytes >= ENC_SESSION_LOG_UNSTORED_BYTES;
}

void enc_session_log_submit(struct enc_session_log *log,
			    struct enc_store_change *change, const char *id)
{
	ENC_LIST_EACH(log->entries, at)
	{
		const struct enc_store_entry *row = &entry_of(at)->row;

		if (row->seq > log->submitted_seq) {
			enc_store_append_entry(change, id, log->submitted_seq,
					       row);
			log->submitted_seq = row->seq;
		}
	}
	log->waiting_bytes = 0;
}

void enc_session_log_durable(struct enc_session_log *log, uint64_t seq)
{
	ENC_ASSERT(seq >= log->durable_seq && seq <= log->submitted_seq);
	ENC_LIST_EACH(log->entries, at)
	{
		const struct enc_store_entry *row = &entry_of(at)->row;

		if (row->seq > log->durable_seq && row->seq <= seq) {
			log->unstored_bytes -= row->length;
		}
	}
	log->durable_seq = seq;
	if (log->shown_seq < seq) {
		log->shown_seq = seq;
	}
	show_output(log);
	while (log->bytes > ENC_SESSION_LOG_KEPT_BYTES &&
	       entry_of(log->entries.next)->row.seq <= seq) {
		drop_first(log);
	}
}

void enc_session_log_refused(struct enc_session_log *log)
{
	log->submitted_seq = log->durable_seq;
	log->waiting_bytes = 0;
	ENC_LIST_EACH(log->entries, at)
	{
		if (entry_of(at)->row.seq > log->durable_seq) {
			log->waiting_bytes += entry_of(at)->row.length;
		}
	}
}

/* ---- reading ---- */

bool enc_session_log_cut(struct enc_session_log *log, int64_t now_ms)
{
	bool all = true;

	for (int i = 0; i < ENC_STREAM_MAX; i++) {
		if (log->open[i].length == 0) {
			continue;
		}
		if (!has_many(log) ||
		    now_ms - log->open_ms[i] >= ENC_SESSION_LOG_PAUSE_MS) {
			cut_stream(log, (enum enc_stream)i, now_ms);
		} else {
			all = false;
		}
	}
	return all;
}

bool enc_session_log_is_whole(const struct enc_session_log *log)
{
	return !enc_list_empty(&log->entries) &&
	       entry_of(log->entries.next)->row.seq == 1;
}

/*
 * first_at() - find the entry with number @seq, or the place of the next new
 * one. Return: NULL if the entry is only in the store
 */
static struct enc_list *first_at(const struct enc_session_log *log,
				 uint64_t seq)
{
	struct enc_list *at = log->entries.previous;

	/*
	 * The search begins at the end, where a reader that follows the session
	 * is.
	 */
	while (at != &log->entries && entry_of(at)->row.seq >= seq) {
		at = at->previous;
	}
	at = at->next;
	if (at == &log->entries) {
		return seq > log->durable_seq ? at : NULL;
	}
	/* Numbers in memory have no gaps, and begin with 1. */
	return entry_of(at)->row.seq == (seq == 0 ? 1 : seq) ? at : NULL;
}

static void read_memory(const struct enc_session_log *log, struct enc_list *at,
			const struct enc_store_page *page,
			enc_store_entry_fn *visit, void *context)
{
	unsigned int kinds = page->kinds == 0 ? ~0U : page->kinds;
	size_t entries = 0;
	size_t bytes = 0;

	for (; at != &log->entries; at = at->next) {
		const struct enc_store_entry *row = &entry_of(at)->row;

		if (row->seq > log->shown_seq) {
			return;
		}
		if ((kinds >> row->kind & 1) == 0) {
			continue;
		}
		entries++;
		bytes += row->length;
		if (!visit(context, row) || entries == page->max_entries ||
		    (page->max_bytes != 0 && bytes >= page->max_bytes)) {
			return;
		}
	}
}

/*
 * Passes on entries of the store up to number @seq; later ones may not be shown
 * yet.
 */
struct shown {
	enc_store_entry_fn *visit;
	void *context;
	uint64_t seq;
};

static bool visit_shown(void *context, const struct enc_store_entry *entry)
{
	const struct shown *shown = context;

	return entry->seq <= shown->seq && shown->visit(shown->context, entry);
}

enum enc_code enc_session_log_read(const struct enc_session_source *source,
				   const struct enc_store_page *page,
				   enc_store_entry_fn *visit, void *context,
				   struct enc_error *err)
{
	const struct enc_session_log *log = source->log;
	struct shown shown = { visit, context, 0 };
	struct enc_list *at;

	if (log == NULL) {
		return enc_store_read_entries(source->store, source->id, page,
					      visit, context, err);
	}
	at = first_at(log, page->from_seq);
	if (at != NULL) {
		read_memory(log, at, page, visit, context);
		return ENC_OK;
	}
	shown.seq = log->shown_seq;
	return enc_store_read_entries(source->store, source->id, page,
				      visit_shown, &shown, err);
}
