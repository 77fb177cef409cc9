#include "gen_operations.h"
#include "keep.h"
#include "pieces.h"
#include "route.h"

/*
 * A list is made in pieces. One piece reads at most SCAN_SESSIONS sessions. A
 * filter may match few of very many sessions, so other answers need turns
 * between the pieces.
 */
enum {
	SCAN_SESSIONS = 1000,
	PIECE_BYTES = 256 * 1024, /* bytes at which a piece is complete */
};

struct list_source {
	struct enc_api_source base;
	struct enc_store *store;
	/* The rest of the list. Each piece lowers `before` and `limit`. */
	struct enc_store_filter filter;
	void *memory;  /* copies of the filter's texts */
	bool begun;    /* the first item was written */
	uint64_t last; /* number of the last item */
	/* The members below are used during a visit only. */
	struct enc_buf *out;
	size_t begin; /* offset of the piece in `out` */
	bool ended;   /* the piece is large enough */
	enum enc_code code;
	struct enc_error *err;
};

static bool note_number(void *context, const struct enc_store_session *row)
{
	*(uint64_t *)context = row->number;
	return false;
}

/*
 * begin_at_newest() - lower a cursor that is above the newest session
 *
 * A client may send any number as the cursor. Scanning numbers without sessions
 * would waste time.
 *
 * Return: ENC_OK, also if there is no session; ENC_INTERNAL
 */
static enum enc_code begin_at_newest(struct list_source *list,
				     struct enc_error *err)
{
	const struct enc_store_filter newest = {
		.like.org = list->filter.like.org,
		.limit = 1,
	};
	uint64_t number = 0;
	enum enc_code code = enc_store_list_sessions(list->store, &newest,
						     note_number, &number, err);

	if (list->filter.before == 0 || list->filter.before > number) {
		list->filter.before = number + 1;
	}
	return code;
}

static bool add_item(void *context, const struct enc_store_session *row)
{
	struct list_source *list = context;

	ENC_API_PRINT(list->out, "%s", list->begun ? "," : "");
	list->begun = true;
	list->code = enc_session_write_row(row, list->out, list->err);
	list->last = row->number;
	list->filter.limit--;
	list->ended = list->out->length - list->begin >= PIECE_BYTES;
	return list->code == ENC_OK && !list->ended;
}

/* scan() - read the next sessions, newest first, write those that match */
static enum enc_code scan(struct list_source *list, struct enc_buf *out,
			  struct enc_error *err)
{
	struct enc_store_filter *filter = &list->filter;
	enum enc_code code;

	filter->from = filter->before > SCAN_SESSIONS
			       ? filter->before - SCAN_SESSIONS
			       : 1;
	list->out = out;
	list->begin = out->length;
	list->ended = false;
	list->code = ENC_OK;
	list->err = err;
	code = enc_store_list_sessions(list->store, filter, add_item, list,
				       err);
	filter->before = list->ended ? list->last : filter->from;
	return code == ENC_OK ? list->code : code;
}

static enum enc_code next_sessions(struct enc_api_source *source,
				   struct enc_buf *out, bool *ret_done,
				   struct enc_error *err)
{
	struct list_source *list = ENC_HOLDER(source, struct list_source, base);
	enum enc_code code = ENC_OK;

	/* The first piece of the answer begins the JSON. */
	if (list->filter.from == 0) {
		ENC_API_PRINT(out, "{\"sessions\":[");
		code = begin_at_newest(list, err);
	}
	if (code == ENC_OK) {
		code = scan(list, out, err);
	}
	*ret_done = code == ENC_OK &&
		    (list->filter.limit == 0 || list->filter.before <= 1);
	if (*ret_done && list->filter.limit == 0) {
		ENC_API_PRINT(out, "],\"nextCursor\":\"%llu\"}",
			      (unsigned long long)list->last);
	} else if (*ret_done) {
		ENC_API_PRINT(out, "],\"nextCursor\":null}");
	}
	return code;
}

static void list_done(struct enc_api_source *source)
{
	enc_keep_release(&ENC_HOLDER(source, struct list_source, base)->memory);
}

/* keep_texts() - copy the filter's texts: they outlive the request */
static void keep_texts(struct list_source *list)
{
	struct enc_store_filter *filter = &list->filter;

	filter->like.org = enc_keep_text(&list->memory, filter->like.org);
	filter->like.name = enc_keep_text(&list->memory, filter->like.name);
	filter->like.phase = enc_keep_text(&list->memory, filter->like.phase);
	filter->like.outcome =
		enc_keep_text(&list->memory, filter->like.outcome);
	for (size_t i = 0; i < filter->label_count; i++) {
		struct enc_store_label *label = &filter->labels[i];

		label->name = enc_keep_text(&list->memory, label->name);
		label->value = enc_keep_text(&list->memory, label->value);
	}
}

enum enc_code op_listSessions(struct enc_api_call *call, struct enc_error *err)
{
	const struct enc_api_asker asker = enc_api_asker_of(call);
	struct enc_store_filter filter;
	struct list_source *list;
	enum enc_code code = enc_api_session_filter(call, &filter, err);

	if (code != ENC_OK) {
		return code;
	}
	list = enc_xalloc(sizeof(*list));
	list->base.next = next_sessions;
	list->base.done = list_done;
	list->store = call->api->options.store;
	list->filter = filter;
	keep_texts(list);
	enc_api_answer(&asker, 200, "application/json", &list->base);
	return ENC_OK;
}
