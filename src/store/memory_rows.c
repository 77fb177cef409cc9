#include "memory_rows.h"

/* ---- finding ---- */

struct enc_memory_session *enc_memory_find_session(struct enc_memory *store,
						   const char *id)
{
	ENC_LIST_EACH(store->sessions, at)
	{
		struct enc_memory_session *session =
			ENC_HOLDER(at, struct enc_memory_session, link);

		if (strcmp(session->row.id, id) == 0) {
			return session;
		}
	}
	return NULL;
}

struct enc_list *enc_memory_table(struct enc_memory *store,
				  const struct enc_row *row)
{
	return &store->tables[enc_store_table(row->type)];
}

/* find_row() - find the row with the key of @like; NULL if there is none */
static struct enc_memory_row *find_row(struct enc_memory *store,
				       const struct enc_row *like)
{
	struct enc_list *table = enc_memory_table(store, like);

	ENC_LIST_EACH(*table, at)
	{
		struct enc_memory_row *row =
			ENC_HOLDER(at, struct enc_memory_row, link);

		if (enc_row_same_key(row->row, like)) {
			return row;
		}
	}
	return NULL;
}

struct enc_memory_row *enc_memory_find_org(struct enc_memory *store,
					   const char *id)
{
	const struct enc_store_org like = {
		.base.type = &enc_store_orgs,
		.id = id,
	};

	return find_row(store, &like.base);
}

void enc_memory_put_row(struct enc_memory *store, struct enc_memory_row *row)
{
	struct enc_list *before = enc_memory_table(store, row->row);

	ENC_LIST_EACH(*before, at)
	{
		if (enc_row_order(
			    ENC_HOLDER(at, struct enc_memory_row, link)->row,
			    row->row) > 0) {
			before = at;
			break;
		}
	}
	enc_list_append(before, &row->link);
}

uint64_t enc_memory_last_seq(struct enc_memory_session *session)
{
	return enc_list_empty(&session->entries)
		       ? 0
		       : ENC_HOLDER(session->entries.previous,
				    struct enc_memory_entry, link)
				 ->row.entry.seq;
}

const char *enc_memory_last_line(struct enc_memory_session *session)
{
	struct enc_list *at = session->entries.previous;

	for (; at != &session->entries; at = at->previous) {
		const struct enc_store_entry *entry =
			&ENC_HOLDER(at, struct enc_memory_entry, link)
				 ->row.entry;

		if (entry->kind == ENC_ENTRY_AUDIT) {
			/*
			 * enc_store_copy_entry() has added a NUL to the data.
			 */
			return entry->data;
		}
	}
	return NULL;
}

/* ---- reading ---- */

void enc_memory_visit_entries(struct enc_memory_session *session,
			      const struct enc_store_page *page,
			      enc_store_entry_fn *visit, void *context)
{
	size_t left = page->max_entries == 0 ? SIZE_MAX : page->max_entries;

	ENC_LIST_EACH(session->entries, at)
	{
		const struct enc_store_entry *entry =
			&ENC_HOLDER(at, struct enc_memory_entry, link)
				 ->row.entry;

		if (entry->seq < page->from_seq ||
		    (page->kinds >> entry->kind & 1) == 0) {
			continue;
		}
		if (left-- == 0 || !visit(context, entry)) {
			return;
		}
	}
}

/* ---- rows ---- */

enum enc_code enc_memory_exists(struct enc_error *err)
{
	return enc_fail(err, ENC_CONFLICT,
			"writing to the store: it exists already");
}

enum enc_code enc_memory_no_owner(struct enc_error *err)
{
	return enc_fail(err, ENC_NOT_FOUND,
			"writing to the store: its organisation or session "
			"doesn't exist");
}

/* is_taken() - whether the key or a unique value of the row is in use */
static bool is_taken(struct enc_memory *store, const struct enc_row *row)
{
	ENC_LIST_EACH(*enc_memory_table(store, row), at)
	{
		if (enc_row_collides(
			    ENC_HOLDER(at, struct enc_memory_row, link)->row,
			    row)) {
			return true;
		}
	}
	return false;
}

/* belongs_to() - whether a row belongs to @org; always true if @org is NULL */
static bool belongs_to(const struct enc_row *row, const char *org)
{
	return org == NULL || strcmp(enc_row_org(row), org) == 0;
}

/*
 * find_own() - find a row by the key of @row; NULL if it belongs to another
 * organisation than @row
 */
static struct enc_memory_row *find_own(struct enc_memory *store,
				       const struct enc_row *row)
{
	struct enc_memory_row *element = find_row(store, row);

	return element != NULL && belongs_to(element->row, enc_row_org(row))
		       ? element
		       : NULL;
}

/* owns_rows() - whether the row is an organisation that still has other rows */
static bool owns_rows(struct enc_memory *store, const struct enc_row *row)
{
	const struct enc_store_org *org;

	if (row->type != &enc_store_orgs) {
		return false;
	}
	org = enc_row_as(row, &enc_store_orgs);
	for (size_t i = 0; i < ENC_STORE_TABLE_COUNT; i++) {
		ENC_LIST_EACH(store->tables[i], at)
		{
			const char *owner = enc_row_org(
				ENC_HOLDER(at, struct enc_memory_row, link)
					->row);

			if (owner != NULL && strcmp(owner, org->id) == 0) {
				return true;
			}
		}
	}
	ENC_LIST_EACH(store->sessions, at)
	{
		if (strcmp(ENC_HOLDER(at, struct enc_memory_session, link)
				   ->row.org,
			   org->id) == 0) {
			return true;
		}
	}
	return false;
}

static enum enc_code insert_row(struct enc_memory *store,
				const struct enc_row *row,
				struct enc_memory_row **ret_element,
				struct enc_error *err)
{
	const char *org = enc_row_org(row);
	struct enc_memory_row *element;

	if (is_taken(store, row)) {
		return enc_memory_exists(err);
	}
	if (org != NULL && enc_memory_find_org(store, org) == NULL) {
		return enc_memory_no_owner(err);
	}
	element = enc_xalloc(sizeof(*element));
	element->row = enc_row_new(row, ENC_ROW_INSERT);
	enc_memory_put_row(store, element);
	*ret_element = element;
	return ENC_OK;
}

enum enc_code enc_memory_write_row(struct enc_memory *store, enum enc_row_op op,
				   const struct enc_row *row,
				   struct enc_memory_row **ret_element,
				   struct enc_row **ret_old,
				   struct enc_error *err)
{
	struct enc_memory_row *element;

	if (op == ENC_ROW_INSERT) {
		return insert_row(store, row, ret_element, err);
	}
	element = find_own(store, row);
	if (element == NULL) {
		return enc_fail(err, ENC_NOT_FOUND, "there is no such %s",
				row->type->name);
	}
	if (op == ENC_ROW_UPDATE) {
		*ret_old = element->row;
		element->row = enc_row_updated(*ret_old, row);
	} else if (owns_rows(store, row)) {
		return enc_fail(err, ENC_CONFLICT,
				"%s: other rows belong to it", row->type->name);
	} else {
		enc_list_remove(&element->link);
	}
	*ret_element = element;
	return ENC_OK;
}

void enc_memory_read_rows(struct enc_memory *store, enum enc_row_op op,
			  const struct enc_row *wanted, enc_row_fn *visit,
			  void *context)
{
	const struct enc_memory_row *one;

	if (op == ENC_ROW_GET) {
		one = find_own(store, wanted);
		if (one != NULL) {
			(void)visit(context, one->row);
		}
		return;
	}
	ENC_LIST_EACH(*enc_memory_table(store, wanted), at)
	{
		const struct enc_row *row =
			ENC_HOLDER(at, struct enc_memory_row, link)->row;

		if (belongs_to(row, enc_row_org(wanted)) &&
		    !visit(context, row)) {
			return;
		}
	}
}

/* ---- freeing ---- */

void enc_memory_free_entry(struct enc_memory_entry *entry)
{
	enc_list_remove(&entry->link);
	enc_keep_release(&entry->row.memory);
	free(entry);
}

void enc_memory_free_line(struct enc_memory_line *line)
{
	enc_list_remove(&line->link);
	enc_keep_release(&line->row.memory);
	free(line);
}

void enc_memory_free_lines(struct enc_list *lines)
{
	ENC_LIST_EACH(*lines, at)
	{
		enc_memory_free_line(ENC_HOLDER(at, struct enc_memory_line,
						link));
	}
}

void enc_memory_free_session(struct enc_memory_session *session)
{
	enc_list_remove(&session->link);
	ENC_LIST_EACH(session->entries, at)
	{
		enc_memory_free_entry(ENC_HOLDER(at, struct enc_memory_entry,
						 link));
	}
	enc_store_session_done(&session->row);
	enc_store_result_done(&session->result);
	free(session);
}

void enc_memory_free_row(struct enc_memory_row *row)
{
	enc_list_remove(&row->link);
	enc_row_free(row->row);
	free(row);
}

/* ---- reading sessions ---- */

/* hand_session() - call the visitor for a session; false ends the visit */
static bool hand_session(struct enc_memory_session *session,
			 enc_store_session_fn *visit, void *context)
{
	struct enc_store_session row = session->row;

	row.last_seq = enc_memory_last_seq(session);
	row.last_line = enc_memory_last_line(session);
	row.labels = NULL;
	row.label_count = 0;
	row.base.memory = NULL;
	return visit(context, &row);
}

/* labelled() - whether a session has a label with this name and value */
static bool labelled(const struct enc_store_session *row,
		     const struct enc_store_label *label)
{
	for (size_t i = 0; i < row->label_count; i++) {
		if (strcmp(row->labels[i].name, label->name) == 0 &&
		    strcmp(row->labels[i].value, label->value) == 0) {
			return true;
		}
	}
	return false;
}

static bool matches(const struct enc_store_session *row,
		    const struct enc_store_filter *filter, uint64_t before)
{
	if (strcmp(row->org, filter->like.org) != 0 || row->number >= before ||
	    row->number < filter->from || row->created_ms < filter->since_ms ||
	    !enc_row_matches(&row->base, &filter->like.base)) {
		return false;
	}
	for (size_t i = 0; i < filter->label_count; i++) {
		if (!labelled(row, &filter->labels[i])) {
			return false;
		}
	}
	return true;
}

/*
 * next_match() - find the matching session with the highest number below
 * @before
 */
static struct enc_memory_session *
next_match(struct enc_memory *store, const struct enc_store_filter *filter,
	   uint64_t before)
{
	struct enc_memory_session *best = NULL;

	ENC_LIST_EACH(store->sessions, at)
	{
		struct enc_memory_session *session =
			ENC_HOLDER(at, struct enc_memory_session, link);

		if (matches(&session->row, filter, before) &&
		    (best == NULL || session->row.number > best->row.number)) {
			best = session;
		}
	}
	return best;
}

/*
 * visit_page() - visit matching sessions, newest first, up to the filter's
 * limit
 */
static void visit_page(struct enc_memory *store,
		       const struct enc_store_filter *filter,
		       enc_store_session_fn *visit, void *context)
{
	uint64_t before = filter->before == 0 ? UINT64_MAX : filter->before;

	for (unsigned int i = 0; i < filter->limit; i++) {
		struct enc_memory_session *session =
			next_match(store, filter, before);

		if (session == NULL || !hand_session(session, visit, context)) {
			return;
		}
		before = session->row.number;
	}
}

static void visit_unfinished(struct enc_memory *store,
			     enc_store_session_fn *visit, void *context)
{
	ENC_LIST_EACH(store->sessions, at)
	{
		struct enc_memory_session *session =
			ENC_HOLDER(at, struct enc_memory_session, link);

		if (!session->row.finished &&
		    !hand_session(session, visit, context)) {
			return;
		}
	}
}

/* visit_old() - visit old finished sessions; they are listed as they came */
static void visit_old(struct enc_memory *store,
		      const struct enc_store_query *query,
		      enc_store_session_fn *visit, void *context)
{
	unsigned int left = query->old_limit;

	ENC_LIST_EACH(store->sessions, at)
	{
		struct enc_memory_session *session =
			ENC_HOLDER(at, struct enc_memory_session, link);

		if (!session->row.finished ||
		    session->row.created_ms >= query->old_ms) {
			continue;
		}
		if (left-- == 0 || !hand_session(session, visit, context)) {
			return;
		}
	}
}

void enc_memory_visit_sessions(struct enc_memory *store,
			       const struct enc_store_query *query,
			       enc_store_session_fn *visit, void *context)
{
	if (query->id != NULL) {
		struct enc_memory_session *session =
			enc_memory_find_session(store, query->id);

		if (session != NULL) {
			(void)hand_session(session, visit, context);
		}
	} else if (query->old_limit > 0) {
		visit_old(store, query, visit, context);
	} else if (query->unfinished) {
		visit_unfinished(store, visit, context);
	} else {
		visit_page(store, query->filter, visit, context);
	}
}

void enc_memory_put_session(struct enc_memory *store,
			    struct enc_memory_session *session)
{
	struct enc_list *before = &store->sessions;

	ENC_LIST_EACH(store->sessions, at)
	{
		if (before == &store->sessions &&
		    ENC_HOLDER(at, struct enc_memory_session, link)
				    ->row.created_ms >
			    session->row.created_ms) {
			before = at;
		}
	}
	enc_list_append(before, &session->link);
}
